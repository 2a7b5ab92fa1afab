/** HTTP/1.1 where a server, or what stands before it, does not offer HTTP/2: a bundle of kept-alive connections. */
import { Agent, type AgentOptions, request } from 'node:https'
import type { Duplex } from 'node:stream'
import { type Answer, type Channel, type ChannelEvents, ExchangeError, type Message, type Slot } from './channel.ts'
import { type DialOptions, dial } from './dial.ts'

export interface Http1Options extends Pick<ChannelEvents, 'onEnd'>, DialOptions {}

const MAX_CONNECTIONS = 32

export function createHttp1({ onEnd, ...way }: Http1Options): Channel {
  const { server } = way
  const agents = {
    request: new DiallingAgent(way, { keepAlive: true, maxSockets: MAX_CONNECTIONS }),
    watch: new DiallingAgent(way, { keepAlive: true }),
  }
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

/** Its connections are made as all others are. */
class DiallingAgent extends Agent {
  readonly #way: DialOptions

  constructor(way: DialOptions, options: AgentOptions) {
    super(options)
    this.#way = way
  }

  override createConnection(_: unknown, callback: (error: Error | null, stream: Duplex) => void): undefined {
    const failed = (error: Error) => callback(error, undefined as never)
    dial({ ...this.#way, protocols: ['http/1.1'] }, (_, socket) => socket).then(
      socket => callback(null, socket),
      failed,
    )
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
    // A connection stands before it is handed out.
    outgoing.on('socket', () => {
      processed = 'maybe'
    })
    outgoing.on('close', giveBack)
    outgoing.on('error', error => reject(new ExchangeError(processed, error)))
    outgoing.end(body)
  })
}
