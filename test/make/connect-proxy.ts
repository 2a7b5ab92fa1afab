/** An HTTP proxy that takes CONNECT only, wants to know who asks, and leads every tunnel to one port of this machine. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ConnectProxy {
  /** With the credentials that it takes. */
  readonly url: string
  readonly port: number
  /** `host:port`, for each tunnel that was asked for, with the status that was the answer. */
  readonly asked: string[]
  stop(): Promise<void>
}

export const PROXY_USER = { name: 'ada', password: 'pr0xy-s3cret' }

export async function startConnectProxy(targetPort: number): Promise<ConnectProxy> {
  const expected = `Basic ${Buffer.from(`${PROXY_USER.name}:${PROXY_USER.password}`).toString('base64')}`
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', ({ url = '', headers }, near: Socket, head: Buffer) => {
    const status = headers['proxy-authorization'] === expected ? 200 : 407
    asked.push(`${url} ${status}`)
    if (status !== 200) return void near.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const far = connect(targetPort, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.write(head)
      near.pipe(far).pipe(near)
    })
    for (const end of [near, far]) {
      sockets.add(end)
      end.on('error', () => undefined).on('close', () => [near, far].map(other => other.destroy()))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${PROXY_USER.name}:${PROXY_USER.password}@127.0.0.1:${port}`,
    port,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
