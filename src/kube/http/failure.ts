/** Says in words for people, the same for each try, why no answer came. */

import { KubeError, OWN_REASONS } from '../errors.ts'
import { ExchangeError } from './channel.ts'

export interface Attempt {
  readonly what: string
  readonly server: string
  readonly signal: AbortSignal
}

export function transportError({ what, server, signal }: Attempt, error: unknown): KubeError {
  if (signal.aborted && signal.reason instanceof KubeError) return signal.reason
  if (error instanceof KubeError) return error
  const lost = error instanceof ExchangeError && error.processed === 'maybe'
  return new KubeError({
    status: 0,
    reason: OWN_REASONS.unreachable,
    message: `Cannot ${what}: ${lost ? 'the connection was lost before the answer' : `the API server at ${server} cannot be reached`} (${codeOf(error)})`,
    cause: error,
  })
}

/** Such as ECONNREFUSED or ERR_TLS_CERT_ALTNAME_INVALID. */
function codeOf(error: unknown): string {
  const source = error instanceof ExchangeError ? error.cause : error
  const { code, message } = (source ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code === 'string') return code
  return typeof message === 'string' ? message : String(source)
}
