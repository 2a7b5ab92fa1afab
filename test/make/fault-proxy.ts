/**
 * Stands before an API server, passes on what it is asked, counts that, and answers badly where it is told to. Faults are
 * plain data. Clients have to authenticate by tokens: TLS ends here, so that client certificates go no further.
 */
import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { type Certificate, createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'
import { startRelay } from './relay.ts'

export type Fault =
  /** Every connection ends, and no new one is taken. */
  | { readonly does: 'cut' }
  /** Connections that stand carry nothing any more, and nobody is told; new ones do. */
  | { readonly does: 'mute' }
  | { readonly does: 'delay'; readonly ms: number; readonly to?: Target }
  /** Taken, and never answered. */
  | { readonly does: 'hang'; readonly to?: Target }
  | { readonly does: 'answer'; readonly status: number; readonly retryAfterSeconds?: number; readonly to?: Target }
  /** Breaks off in the middle of the body. */
  | { readonly does: 'truncate'; readonly to?: Target }

type Target = 'reads' | 'writes' | 'watches'

export interface PassedRequest {
  readonly atMs: number
  readonly method: string
  readonly path: string
}

export interface FaultProxy {
  readonly server: string
  /** PEM; of whoever signed the proxy's certificate. */
  readonly authority: string
  /** Every request that arrived, in order, whatever was answered. */
  readonly requests: readonly PassedRequest[]
  /** Faults from now on; none heals. */
  set(...faults: Fault[]): void
  stop(): Promise<void>
}

export interface FaultProxyOptions {
  /** https://host:port */
  readonly server: string
  /** PEM; whom the server is verified against. */
  readonly authority: string
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const authority = await createAuthority('fault-proxy')
  const own: Certificate = await issueCertificate(authority, { commonName: 'proxy', ipAddresses: ['127.0.0.1'] })
  const requests: PassedRequest[] = []
  const upstream = createUpstream(options)
  let faults: readonly Fault[] = []

  const server = http2.createSecureServer(
    { cert: own.certificate, key: own.key, allowHTTP1: true, settings: { maxConcurrentStreams: 250 } },
    (request, response) => {
      requests.push({ atMs: performance.now(), method: request.method, path: request.url })
      const fault = faults.find(fault => concerns(fault, request))
      // A client that goes away is no failure here.
      for (const end of [request, response]) end.on('error', () => undefined)
      const pass = () => passOn(upstream(), request, response, fault?.does === 'truncate')
      switch (fault?.does) {
        case 'hang':
          return
        case 'delay':
          return void setTimeout(pass, fault.ms)
        case 'answer':
          return refuse(response, fault)
        default:
          return pass()
      }
    },
  )
  server.on('sessionError', () => undefined).on('session', session => session.on('error', () => undefined))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const relay = await startRelay((server.address() as AddressInfo).port)
  return {
    server: `https://127.0.0.1:${relay.port}`,
    authority: authority.certificate,
    requests,
    set(...given) {
      faults = given
      relay.heal()
      if (given.some(({ does }) => does === 'cut')) relay.cut()
      if (given.some(({ does }) => does === 'mute')) relay.mute()
    },
    async stop() {
      upstream().destroy()
      await relay.stop()
      server.close()
    },
  }
}

function concerns(fault: Fault, { method, url }: http2.Http2ServerRequest): boolean {
  if (fault.does === 'cut' || fault.does === 'mute') return false
  const target = method !== 'GET' ? 'writes' : /[?&]watch=(true|1)/.test(url) ? 'watches' : 'reads'
  return fault.to === undefined || fault.to === target
}

/** One connection for all, opened again when it is lost. */
function createUpstream({ server, authority }: FaultProxyOptions): () => http2.ClientHttp2Session {
  let session: http2.ClientHttp2Session | undefined
  return () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = http2.connect(server, { ca: authority })
      session.on('error', () => undefined)
    }
    return session
  }
}

const HOP_BY_HOP = ['connection', 'host', 'keep-alive', 'transfer-encoding', 'upgrade', 'http2-settings']

function passOn(
  upstream: http2.ClientHttp2Session,
  request: http2.Http2ServerRequest,
  response: http2.Http2ServerResponse,
  truncates: boolean,
): void {
  const headers = Object.entries(request.headers).filter(
    ([name]) => !name.startsWith(':') && !HOP_BY_HOP.includes(name),
  )
  const asked = upstream.request({ ...Object.fromEntries(headers), ':method': request.method, ':path': request.url })
  const breakOff = () => {
    if (response.stream === undefined) response.socket?.destroy()
    else response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
  }
  asked.on('error', breakOff)
  asked.on('close', () => response.writableEnded || breakOff())
  request.pipe(asked)
  request.on('close', () => asked.destroyed || response.writableEnded || asked.close(http2.constants.NGHTTP2_CANCEL))
  asked.on('response', ({ ':status': status = 0, ...answer }) => {
    response.writeHead(status, Object.fromEntries(Object.entries(answer).filter(([name]) => !name.startsWith(':'))))
    if (truncates) truncate(asked, response, breakOff)
    else asked.pipe(response)
  })
}

function truncate(from: Readable, to: http2.Http2ServerResponse, breakOff: () => void): void {
  from.once('data', (piece: Buffer) => {
    to.write(piece.subarray(0, piece.length / 2))
    setImmediate(breakOff)
  })
}

function refuse(response: http2.Http2ServerResponse, { status, retryAfterSeconds }: Fault & { does: 'answer' }): void {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': `${retryAfterSeconds}` }
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message: 'fault' }))
}

/** The most requests that arrived within any second since then. */
export function mostPerSecond(requests: readonly PassedRequest[], sinceMs: number): number {
  const times = requests.map(({ atMs }) => atMs).filter(atMs => atMs >= sinceMs)
  return Math.max(0, ...times.map((from, index) => times.slice(index).filter(atMs => atMs < from + 1000).length))
}
