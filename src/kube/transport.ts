/** Sends requests to the API server over a few shared connections. Knows HTTP, nothing of kinds and objects. */

import type { KubeConnection } from './config.ts'
import { readPieces, readText } from './http/body.ts'
import { createExchange } from './http/exchange.ts'
import { transportError } from './http/failure.ts'
import { createFlights } from './http/flight.ts'
import { ConnectionPool } from './http/pool.ts'
import { repeating } from './http/repeat.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete'

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path with query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For metrics. */
  readonly verb: Verb
  readonly resource: string
  /** For errors: `apply ConfigMap tenant-acme/api`. */
  readonly what: string
  /** Over all, waiting for a connection included. Default: the transport's. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface TransportStream {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body, decoded, in pieces as they come. Ends with the response; throws a KubeError where that breaks off. */
  readonly body: AsyncIterable<string>
}

export interface Transport {
  /** Any HTTP status is an answer; throws a KubeError (status 0) where none came. */
  request(request: TransportRequest): Promise<TransportResponse>
  /** As `request`, but returns when the headers are there; `timeoutMs` is for those. End it by the signal. */
  stream(request: TransportRequest): Promise<TransportStream>
  /** Open connections. */
  connections(): number
  /** Breaks off what is in flight and refuses everything from now on. */
  close(): void
}

export interface TransportOptions {
  readonly connection: KubeConnection
  /** Default 30 s. */
  readonly timeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly pingIntervalMs?: number
  readonly pingTimeoutMs?: number
  readonly onRequest?: (request: RequestReport) => void
  /** Asked at the moment a write is sent; `false` refuses it. */
  readonly mayWrite?: () => boolean
  /** Who this is, for the API server's audit log. */
  readonly userAgent?: string
}

export interface RequestReport {
  readonly verb: Verb
  readonly resource: string
  /** 0 where no answer came. */
  readonly status: number
  readonly durationMs: number
}

const DEFAULTS = { timeoutMs: 30_000, connectTimeoutMs: 10_000, pingIntervalMs: 15_000, pingTimeoutMs: 10_000 }

export function createTransport(options: TransportOptions): Transport {
  const { connection, mayWrite = () => true, onRequest = () => undefined, ...rest } = { ...DEFAULTS, ...options }
  const { userAgent = 'tenantry', ...settings } = rest
  const { server, proxy, credentials } = connection
  const pool = new ConnectionPool({ server, ...(proxy === undefined ? {} : { proxy }), ...settings })
  const flights = createFlights()
  const exchange = createExchange({ pool, credentials, mayWrite, userAgent })
  const startFlight = (request: TransportRequest) => flights.start({ timeoutMs: settings.timeoutMs, ...request })

  return {
    async request(request) {
      const report = reporting(request, onRequest)
      const flight = startFlight(request)
      try {
        const response = await repeating(request, flight.signal, async () => {
          const answer = await exchange(request, flight.signal)
          return { status: answer.status, headers: answer.headers, body: await readText(answer) }
        })
        report(response.status)
        return response
      } catch (error) {
        report(0)
        throw transportError({ what: request.what, server, signal: flight.signal }, error)
      } finally {
        flight.land()
      }
    },
    async stream(request) {
      const report = reporting(request, onRequest)
      const flight = startFlight(request)
      const failure = (error: unknown) => transportError({ what: request.what, server, signal: flight.signal }, error)
      try {
        const answer = await repeating(request, flight.signal, () => exchange(request, flight.signal))
        flight.keepGoing()
        report(answer.status)
        const body = endingWith(readPieces(answer), failure, flight.land)
        return { status: answer.status, headers: answer.headers, body }
      } catch (error) {
        report(0)
        flight.land()
        throw failure(error)
      }
    },
    connections: () => pool.connections(),
    close() {
      flights.endAll()
      pool.close(new Error('closed'))
    },
  }
}

async function* endingWith(
  pieces: AsyncIterable<string>,
  failure: (error: unknown) => Error,
  onEnd: () => void,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* pieces
  } catch (error) {
    throw failure(error)
  } finally {
    onEnd()
  }
}

function reporting({ verb, resource }: TransportRequest, onRequest: (report: RequestReport) => void) {
  const startedMs = performance.now()
  return (status: number) => onRequest({ verb, resource, status, durationMs: performance.now() - startedMs })
}
