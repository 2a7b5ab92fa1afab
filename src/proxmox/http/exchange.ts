/** Sends one request to one endpoint, once. */
import { Pool } from 'undici'
import { ConnectFailure, createConnector, type Trust } from './trust.ts'
import { createTurns } from './turns.ts'

export interface Message {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: string
  readonly authorization: string
}

export interface RawAnswer {
  readonly status: number
  readonly reason: string
  readonly body: string
}

export interface Host {
  /** https://host:port */
  readonly origin: string
  /**
   * Throws a ConnectFailure where nothing was sent, and anything else but what `mayBegin` throws where the request may have been
   * carried out. The time runs from when it is sent: before that it may wait twice as long for one of few connections.
   */
  send(message: Message, limits: SendLimits): Promise<RawAnswer>
  destroy(): Promise<void>
}

export interface SendLimits {
  readonly timeoutMs: number
  /** Asked at the very moment of sending; throws where it may not be. */
  readonly mayBegin?: () => void
}

export interface HostOptions {
  readonly origin: string
  readonly trust: Trust
  readonly connectTimeoutMs: number
}

const CONNECTIONS = 4
/** Proxmox VE ends an idle connection after a few seconds; a request sent in that moment would be lost. */
const IDLE_MS = 2000
/** The resources of ten thousand guests are some five megabytes. */
const MOST_BYTES = 64 * 1024 * 1024

export function createHost({ origin, trust, connectTimeoutMs }: HostOptions): Host {
  const turns = createTurns(CONNECTIONS)
  const pool = new Pool(origin, {
    connect: createConnector(trust, connectTimeoutMs),
    connections: CONNECTIONS,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    maxResponseSize: MOST_BYTES,
    // The signal is the only limit of time.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    origin,
    async send({ method, path, body, authorization }, { timeoutMs, mayBegin }) {
      if (!(await turns.take(2 * timeoutMs))) throw new ConnectFailure('no connection came free', 'unreachable')
      try {
        mayBegin?.()
        const answer = await pool.request({
          method,
          path: `/api2/json${path}`,
          headers: {
            authorization,
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          },
          ...(body === undefined ? {} : { body }),
          signal: AbortSignal.timeout(timeoutMs),
        })
        return { status: answer.statusCode, reason: answer.statusText, body: await answer.body.text() }
      } finally {
        turns.give()
      }
    },
    destroy() {
      turns.end()
      return pool.destroy()
    },
  }
}

export function wasNotSent(error: unknown): error is ConnectFailure {
  return error instanceof ConnectFailure
}

/** Undefined for what is no answer of Proxmox VE. */
export function dataOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { data?: unknown }).data
  } catch {
    return undefined
  }
}
