/** A TLS server on the loopback address that stands for an API server: the handler you pass in is what it answers. */
import { once } from 'node:events'
import * as http2 from 'node:http2'
import { createServer as createHttp1Server } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { type Authority, createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'

export type Handler = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

export interface ApiServer {
  readonly server: string
  readonly authority: Authority
  /** The connections that clients have opened, closed ones included. */
  readonly sessions: http2.ServerHttp2Session[]
  /** From now on nothing goes through in either direction, as when a cable is pulled. */
  freeze(): void
  stop(): Promise<void>
}

export interface ApiServerOptions {
  readonly handler: Handler
  readonly protocol?: 'h2' | 'http/1.1'
  readonly maxStreams?: number
  /** Serves under a certificate of this authority, and takes no clients but those that have one too. */
  readonly authority?: Authority
}

let ownAuthority: Promise<Authority> | undefined

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  ownAuthority ??= createAuthority('test')
  const authority = options.authority ?? (await ownAuthority)
  const { certificate: cert, key } = await issueCertificate(authority, { commonName: 'a', ipAddresses: ['127.0.0.1'] })
  const tls = { cert, key, ca: authority.certificate, requestCert: options.authority !== undefined }
  const sessions: http2.ServerHttp2Session[] = []
  const inner =
    options.protocol === 'http/1.1'
      ? createHttp1Server(tls, options.handler as never)
      : http2
          .createSecureServer(
            { ...tls, settings: { maxConcurrentStreams: options.maxStreams ?? 100 } },
            options.handler,
          )
          .on('session', session => {
            sessions.push(session)
            session.on('error', () => undefined)
          })
          .on('sessionError', () => undefined)
  await listen(inner)
  const sockets = new Set<Socket>()
  let frozen = false
  const outer = createTcpServer(client => {
    const target = connect((inner.address() as AddressInfo).port, '127.0.0.1')
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          for (const end of [client, target]) if (!frozen) end.destroy()
        })
    }
    client.on('data', data => frozen || target.write(data))
    target.on('data', data => frozen || client.write(data))
  })
  await listen(outer)
  return {
    server: `https://127.0.0.1:${(outer.address() as AddressInfo).port}`,
    authority,
    sessions,
    freeze() {
      frozen = true
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([inner, outer].map(server => new Promise(resolve => server.close(resolve))))
    },
  }
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
