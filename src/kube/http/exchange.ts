/** Sends one request once: as whom, over which connection, and whether it may be sent at all. */

import { KubeError, OWN_REASONS } from '../errors.ts'
import type { CredentialSource, Credentials } from '../identity/credentials.ts'
import type { TransportRequest } from '../transport.ts'
import { abortable } from './abortable.ts'
import type { Answer } from './channel.ts'
import type { ConnectionPool } from './pool.ts'

export type Exchange = (request: TransportRequest, signal: AbortSignal) => Promise<Answer>

export interface ExchangeOptions {
  readonly pool: ConnectionPool
  readonly credentials: CredentialSource
  readonly mayWrite: () => boolean
  readonly userAgent: string
}

/** A 401 is proof that nothing was done, so that anything may be sent once more with fresh credentials. */
export function createExchange({ pool, credentials, mayWrite, userAgent }: ExchangeOptions): Exchange {
  const sendAs = async ({ headers, tls }: Credentials, request: TransportRequest, signal: AbortSignal) => {
    pool.identify(tls)
    const slot = await pool.acquire(request.verb === 'watch', signal)
    if (request.method !== 'GET' && !mayWrite()) {
      slot.giveBack()
      throw fencedError(request.what)
    }
    if (signal.aborted) {
      slot.giveBack()
      throw signal.reason
    }
    return slot.send({ ...request, headers: { 'user-agent': userAgent, ...headers, ...request.headers } }, signal)
  }
  return async (request, signal) => {
    const used = await abortable(credentials.current(), signal)
    const answer = await sendAs(used, request, signal)
    if (answer.status !== 401 || !credentials.refresh(used)) return answer
    answer.body.resume()
    return sendAs(await abortable(credentials.current(), signal), request, signal)
  }
}

function fencedError(what: string): KubeError {
  return new KubeError({
    status: 0,
    reason: OWN_REASONS.fenced,
    message: `Cannot ${what}: this process does not hold the lease now`,
  })
}
