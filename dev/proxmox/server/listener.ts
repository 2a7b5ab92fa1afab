/** One node's API over HTTPS, with the faults of the connection. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { type Answer, answerTo } from '../api/dispatch.ts'
import { hasRoute, type Routes } from '../api/match.ts'
import { pathOf, type RawRequest } from '../api/request.ts'
import type { Simulation } from '../simulation.ts'
import { statePage } from './page.ts'

export interface Listener {
  url: string
  close(): Promise<void>
  /** Drops every connection and takes no new ones, as a node without power. */
  cut(): void
  restore(): void
}

export interface ListenerOptions {
  host: string
  port: number
  certificate: { certificate: string; key: string }
  /** The node that answers. */
  node: string
  /** A request that is none of the API's; true where it was taken care of. */
  control: (request: RawRequest, response: ServerResponse) => Promise<boolean>
}

export async function listen(sim: Simulation, routes: Routes, options: ListenerOptions): Promise<Listener> {
  const sockets = new Set<Duplex>()
  let isCut = false
  const server: Server = createServer(
    { cert: options.certificate.certificate, key: options.certificate.key },
    (request, response) => {
      answer(sim, routes, options, request, response).catch(error => response.destroy(error))
    },
  )
  server.on('connection', socket => {
    if (isCut) return void socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(options.port, options.host, done)
  })
  const { port } = server.address() as AddressInfo
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `https://${options.host}:${port}`,
    close: () =>
      new Promise(done => {
        server.close(() => done())
        drop()
      }),
    cut: () => {
      isCut = true
      drop()
    },
    restore: () => {
      isCut = false
    },
  }
}

async function answer(
  sim: Simulation,
  routes: Routes,
  options: ListenerOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming)
  if (await options.control(request, response)) return
  const path = pathOf(request)
  if (!path.startsWith('/api2')) return statePage(sim, path, response)
  const relative = path.replace(/^\/api2\/\w+/, '')
  const route = hasRoute(routes, request.method, relative)?.route.path
  const fault = sim.faults.ofCall(request.method, relative, route)
  if (fault?.kind === 'latency') await sim.clock.sleep(fault.ms ?? 1000)
  if (fault?.kind === 'drop-before') return void response.destroy()
  const result =
    fault?.kind === 'error'
      ? await failed(fault.message ?? 'simulated error')
      : fault?.kind === 'unreachable'
        ? { status: 595, reason: 'Connection timed out' }
        : await answerTo(sim, routes, request, options.node)
  if (fault?.kind === 'drop-after') return void response.destroy()
  send(sim, response, request, result)
}

const failed = async (message: string): Promise<Answer> => ({
  status: 500,
  reason: message,
  body: { data: null, message: `${message}\n` },
})

async function readRequest(incoming: IncomingMessage): Promise<RawRequest> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  const { method = 'GET', url = '/', headers } = incoming
  return { method, url, headers, body: Buffer.concat(parts) }
}

const smallestZipped = 1024

function send(sim: Simulation, response: ServerResponse, request: RawRequest, { status, reason, body }: Answer): void {
  response.setHeader('Server', 'pve-api-daemon/3.0')
  response.setHeader('Cache-Control', 'max-age=0')
  response.setHeader('Pragma', 'no-cache')
  if (status >= 400) response.setHeader('Connection', 'close')
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(shuffledKeys(sim, body))
  let bytes = Buffer.from(text)
  if (typeof body === 'object') response.setHeader('Content-Type', 'application/json;charset=UTF-8')
  if (bytes.length > smallestZipped && String(request.headers['accept-encoding'] ?? '').includes('gzip')) {
    response.setHeader('Content-Encoding', 'gzip')
    bytes = gzipSync(bytes)
  }
  response.setHeader('Content-Length', bytes.length)
  // A status line holds no line ends and no characters beyond Latin-1.
  response.writeHead(status, reason.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?'))
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** Perl's hashes have no order, and nobody may rely on one. */
function shuffledKeys(sim: Simulation, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(each => shuffledKeys(sim, each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(sim.random.shuffled(Object.entries(value)).map(([k, v]) => [k, shuffledKeys(sim, v)]))
}
