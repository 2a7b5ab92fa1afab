/** The operator's two small HTTP servers: health for the kubelet, metrics for Prometheus. GET only, no secrets. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Page = () => Promise<{ status: number; contentType: string; body: string }>

export interface HttpServer {
  readonly port: number
  stop(): Promise<void>
}

export async function serveHttp(port: number, pages: Readonly<Record<string, Page>>): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const page = request.method === 'GET' && Object.hasOwn(pages, path) ? pages[path] : undefined
    if (page === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
      return
    }
    page().then(
      ({ status, contentType, body }) => response.writeHead(status, { 'content-type': contentType }).end(body),
      () => response.writeHead(500, { 'content-type': 'text/plain' }).end('error\n'),
    )
  })
  await listening(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, resolve)
  })
}
