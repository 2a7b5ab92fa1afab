/** A TLS server on the loopback address that stands for an API server: the handler you pass in is what it answers. */
import { once } from 'node:events'
import * as http2 from 'node:http2'
import { createServer as createHttp1Server } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { type Authority, createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'
import { startRelay } from './relay.ts'

export type Handler = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

export interface ApiServer {
  readonly server: string
  readonly authority: Authority
  /** The connections that clients have opened, closed ones included. */
  readonly sessions: http2.ServerHttp2Session[]
  /** Connections that stand carry nothing any more, and nobody is told. */
  mute(): void
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
  const relay = await startRelay((inner.address() as AddressInfo).port)
  return {
    server: `https://127.0.0.1:${relay.port}`,
    authority,
    sessions,
    mute: relay.mute,
    async stop() {
      await relay.stop()
      await new Promise(resolve => inner.close(resolve))
    },
  }
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
