/** HTTP/1.1 where a server, or what stands before it, does not offer HTTP/2: a bundle of kept-alive connections. */
import { Agent, request } from 'node:https'
import type { TlsIdentity } from '../identity/credentials.ts'
import { type Answer, type Channel, type ChannelEvents, ExchangeError, type Message, type Slot } from './channel.ts'

export interface Http1Options extends Pick<ChannelEvents, 'onEnd'> {
  readonly server: string
  readonly tls: TlsIdentity
}

const MAX_CONNECTIONS = 32

export function createHttp1({ server, tls, onEnd }: Http1Options): Channel {
  const options = { ...tls, noDelay: true, keepAlive: true }
  const agents = { request: new Agent({ ...options, maxSockets: MAX_CONNECTIONS }), watch: new Agent(options) }
  let underWay = 0
  let retired = false

  const reserve = (forWatch: boolean): Slot | undefined => {
    if (retired) return undefined
    let held = true
    underWay += 1
    const giveBack = () => {
      if (!held) return
      held = false
      underWay -= 1
      if (retired && underWay === 0) onEnd()
    }
    const agent = forWatch ? agents.watch : agents.request
    return { send: (message, signal) => sendBy({ agent, server, giveBack }, message, signal), giveBack }
  }

  return {
    reserve,
    isRetired: () => retired,
    retire() {
      retired = true
      for (const agent of Object.values(agents)) closeIdle(agent)
      if (underWay === 0) onEnd()
    },
    destroy() {
      retired = true
      for (const agent of Object.values(agents)) agent.destroy()
      onEnd()
    },
    connections: () => Object.values(agents).reduce((sum, agent) => sum + count(agent), 0),
  }
}

function closeIdle(agent: Agent): void {
  agent.maxFreeSockets = 0
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
}

function count({ sockets, freeSockets }: Agent): number {
  return [...Object.values(sockets), ...Object.values(freeSockets)].flat().length
}

interface Sending {
  readonly agent: Agent
  readonly server: string
  readonly giveBack: () => void
}

function sendBy({ agent, server, giveBack }: Sending, message: Message, signal: AbortSignal): Promise<Answer> {
  const { method, path, headers, body } = message
  return new Promise((resolve, reject) => {
    let processed: 'no' | 'maybe' = 'no'
    const outgoing = request(new URL(path, server), { agent, method, headers, signal }, incoming => {
      resolve({
        status: incoming.statusCode ?? 0,
        headers: Object.fromEntries(
          Object.entries(incoming.headers).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, `${value}`]],
          ),
        ),
        body: incoming,
        isComplete: () => incoming.complete,
      })
    })
    outgoing.on('socket', socket => {
      const sending = () => {
        processed = 'maybe'
      }
      if (socket.connecting) socket.once('secureConnect', sending)
      else sending()
    })
    outgoing.on('close', giveBack)
    outgoing.on('error', error => reject(new ExchangeError(processed, error)))
    outgoing.end(body)
  })
}
