/**
 * The one way into a node: ports of the machine's loopback address that end inside.
 *
 *   client ── 127.0.0.1:8443 ──▶ listening socket, made by the supervisor in the machine's network namespace
 *                                  │ handed over: a socket stays in the namespace it was made in
 *                                  ▼
 *                                init, in the node's namespace ── 10.96.0.20:443 ──▶ ingress controller
 */

import type { ChildProcess } from 'node:child_process'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { apiserverPort, ingressAddress, nodeAddress, proxmoxPort } from './layout.ts'

export interface Link {
  /** Port of the machine that is tried first; any other where it is taken or absent. */
  preferredPort?: number
  to: { host: string; port: number }
}

export const links = {
  api: { to: { host: nodeAddress, port: apiserverPort } },
  https: { preferredPort: 8443, to: { host: ingressAddress, port: 443 } },
  http: { preferredPort: 8080, to: { host: ingressAddress, port: 80 } },
  proxmox: { preferredPort: 8006, to: { host: nodeAddress, port: proxmoxPort } },
} as const satisfies Record<string, Link>

export type LinkName = keyof typeof links
export const linkNames = Object.keys(links) as LinkName[]
export type LinkPorts = Record<LinkName, number>

const loopback = '127.0.0.1'

/** On the machine: opens the ports and hands them to the node. They close when the node ends. */
export async function openLinks(node: ChildProcess): Promise<LinkPorts> {
  const ports: Partial<LinkPorts> = {}
  for (const name of linkNames) {
    const server = await listen((links[name] as Link).preferredPort ?? 0)
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error(`no port for ${name}`)
    ports[name] = address.port
    await new Promise<void>((resolve, reject) => {
      node.send({ link: name }, server, error => (error ? reject(error) : resolve()))
    })
    server.close()
  }
  return ports as LinkPorts
}

/** In the node: serves the ports that the machine hands over. */
export function acceptLinks(receiver: NodeJS.Process): void {
  receiver.on('message', (message: { link: LinkName }, server) => {
    const { to } = links[message.link]
    ;(server as Server).on('connection', socket => join(socket, connect(to)))
  })
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one)
  // Either side is of no use without the other; what went wrong, the client sees as a closed connection.
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.setNoDelay()
    socket.on('error', () => peer.destroy())
    socket.on('close', () => peer.destroy())
  }
}

async function listen(preferredPort: number): Promise<Server> {
  try {
    return await listenOn(preferredPort)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return listenOn(0)
  }
}

function listenOn(port: number): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, loopback, () => resolve(server))
  })
}
