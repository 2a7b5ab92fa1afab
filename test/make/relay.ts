/** A TCP cable to a server on the loopback address: it can be cut, and it can go dead without a word. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /** Connections that were taken so far. */
  readonly taken: number
  /** Ends every connection, and takes no more until `heal`. */
  cut(): void
  /** Connections that stand carry nothing any more, in either direction, and nobody is told. New ones do. */
  mute(): void
  heal(): void
  stop(): Promise<void>
}

export async function startRelay(targetPort: number): Promise<Relay> {
  const cables = new Set<{ ends: readonly Socket[]; muted: boolean }>()
  let isCut = false
  let taken = 0
  const server = createServer(near => {
    if (isCut) return void near.destroy()
    taken += 1
    const far = connect(targetPort, '127.0.0.1')
    const cable = { ends: [near, far], muted: false }
    cables.add(cable)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', data => cable.muted || to.write(data))
      from.on('end', () => cable.muted || to.end())
      from.on('error', () => undefined)
      from.on('close', () => {
        if (cable.muted) return
        to.destroy()
        cables.delete(cable)
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    isCut = true
    for (const { ends } of cables) for (const end of ends) end.destroy()
    cables.clear()
  }
  return {
    port: (server.address() as AddressInfo).port,
    get taken() {
      return taken
    },
    cut,
    mute() {
      for (const cable of cables) cable.muted = true
    },
    heal() {
      isCut = false
    },
    async stop() {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
