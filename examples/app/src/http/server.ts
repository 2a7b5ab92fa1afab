/** Serves routes over HTTP and stops without cutting anybody off. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../log.ts'
import { HttpError, replyToError } from './error.ts'
import { parseUrl, requestOf } from './request.ts'
import type { Reply, Route } from './route.ts'

export interface HttpServer {
  readonly port: number
  /** Takes no new connections, lets running requests end, and closes what is left after `graceMs`. */
  stop(graceMs?: number): Promise<void>
}

export interface ServerOptions {
  readonly port: number
  readonly routes: readonly Route[]
  readonly log: Log
}

export async function startServer({ port, routes, log }: ServerOptions): Promise<HttpServer> {
  let stopping = false
  const server = createServer(async (message, response) => {
    const startedAt = performance.now()
    const reply = await replyTo(message, routes).catch((error: unknown) => {
      if (!(error instanceof HttpError)) log('request failed', { method: message.method, error: String(error) })
      return replyToError(error)
    })
    // A connection that stays open would hold up the stop.
    if (stopping) response.setHeader('connection', 'close')
    send(response, reply)
    logRequest(log, message, reply.status, performance.now() - startedAt)
  })
  server.requestTimeout = 30_000
  // Longer than an ingress controller keeps an idle connection, so that it never writes into one that closes.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    stop(graceMs = 15_000) {
      stopping = true
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      return new Promise<void>(resolve => server.close(() => resolve())).finally(() => clearTimeout(timer))
    },
  }
}

async function replyTo(message: IncomingMessage, routes: readonly Route[]): Promise<Reply> {
  const url = parseUrl(message.url ?? '')
  const here = routes.filter(({ path }) => path === url.pathname)
  if (here.length === 0) throw new HttpError(404, 'not_found', 'There is nothing here.')
  // Node leaves the body out of an answer to HEAD.
  const method = message.method === 'HEAD' ? 'GET' : message.method
  const route = here.find(route => route.method === method)
  if (route === undefined) {
    const allow = here.map(({ method }) => method).join(', ')
    throw new HttpError(405, 'method_not_allowed', `Use ${allow}.`, { allow })
  }
  return await route.answer(requestOf(message, url))
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** Not the probes that succeed: they come every few seconds for ever. Not the query: it may say more than a path. */
function logRequest(log: Log, { method, url = '' }: IncomingMessage, status: number, durationMs: number): void {
  const path = url.split('?')[0] ?? ''
  if (/\/(livez|readyz)$/.test(path) && status < 400) return
  log('request', { method, path, status, durationMs: Math.round(durationMs) })
}
