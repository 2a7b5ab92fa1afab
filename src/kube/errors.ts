/** What can go wrong between this operator and the API server. Nobody else matches statuses or texts. */

export interface KubeErrorFields {
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  /** One CamelCase word: the API server's own `reason`, or one of `OWN_REASONS`. */
  readonly reason: string
  /** "what: why", for people: no secrets, no times, the same for each try. */
  readonly message: string
  readonly details?: StatusDetails
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** The part of `meta/v1 Status.details` that is used. */
export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  readonly retryAfterSeconds?: number
}

/** Reasons that no API server gives. */
export const OWN_REASONS = {
  /** No connection, or it was lost before the answer was complete. A write may have been carried out. */
  unreachable: 'Unreachable',
  /** No answer in time. A write may have been carried out. */
  noAnswer: 'NoAnswerInTime',
  /** The transport is closed, or the caller gave up. */
  closed: 'Closed',
  /** The write was not sent: this process may not write now. */
  fenced: 'WriteFenced',
  /** The API server does not know the kind. */
  kindNotServed: 'KindNotServed',
  /** Nobody can say now whether the kind exists: the server behind its API group does not answer. */
  kindUnknown: 'KindUnknown',
  /** An informer was asked before its copy was complete. */
  notSynced: 'NotSynced',
  /** The answer is not what the API promises. */
  badAnswer: 'UnreadableAnswer',
  /** Credentials or their files are unusable. */
  badCredentials: 'CredentialsUnusable',
} as const

export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly status: number
  readonly reason: string
  readonly details?: StatusDetails
  readonly retryAfterMs?: number

  constructor({ status, reason, message, details, retryAfterMs, cause }: KubeErrorFields) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.reason = reason
    if (details !== undefined) this.details = details
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

/** The object, or the namespace it was to be in, is proven absent. A kind that is not served is not meant. */
export function isNotFound(error: unknown): error is KubeError {
  return hasReason(error, 'NotFound')
}

export function isKindNotServed(error: unknown): error is KubeError {
  return hasReason(error, OWN_REASONS.kindNotServed)
}

/** Somebody else changed the object, or owns a field of it. An object that exists already is not meant. */
export function isConflict(error: unknown): error is KubeError {
  return hasReason(error, 'Conflict')
}

export function isAlreadyExists(error: unknown): error is KubeError {
  return hasReason(error, 'AlreadyExists')
}

export function isForbidden(error: unknown): error is KubeError {
  return hasReason(error, 'Forbidden')
}

/** The server understood the object and refuses it; trying again unchanged is in vain. */
export function isInvalid(error: unknown): error is KubeError {
  return hasReason(error, 'Invalid', 'BadRequest')
}

/** The resourceVersion or continue token is too old: list again. */
export function isExpired(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 410 || error.reason === 'Expired')
}

function isTooManyRequests(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 429
}

/** No answer came, so that nothing is known; a write may have been carried out. */
export function isUnreachable(error: unknown): error is KubeError {
  return hasReason(error, OWN_REASONS.unreachable, OWN_REASONS.noAnswer)
}

/** Something on the way answered, such as a load balancer with a page of its own. */
function isGarbled(error: unknown): error is KubeError {
  return hasReason(error, OWN_REASONS.badAnswer)
}

/** The API server itself answered, though not with what was asked for; it may be that kind alone. */
export function isRefusal(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status !== 0 && !isTooManyRequests(error) && !isGarbled(error)
}

/** The same request may well succeed soon without anybody changing anything. */
export function isPassing(error: unknown): error is KubeError {
  if (isGarbled(error)) return true
  if (!(error instanceof KubeError) || error.reason === OWN_REASONS.badCredentials) return false
  return [0, 409, 429].includes(error.status) || error.status >= 500
}

/**
 * The API server or the way to it is to blame, be it only that the lease could not be renewed, so that other requests fail as
 * well: it says nothing about the object.
 */
export function isServerTrouble(error: unknown): error is KubeError {
  if (isUnreachable(error) || isTooManyRequests(error) || isGarbled(error) || isFenced(error)) return true
  return error instanceof KubeError && error.status >= 500 && causeOf(error) !== WEBHOOK_UNAVAILABLE
}

export function isFenced(error: unknown): error is KubeError {
  return hasReason(error, OWN_REASONS.fenced)
}

export function isClosed(error: unknown): error is KubeError {
  return hasReason(error, OWN_REASONS.closed)
}

const WEBHOOK_UNAVAILABLE = 'WebhookUnavailable'

/** The finer word for people, where the API server's own reason leaves open who refuses. */
export function causeOf({ reason, message }: KubeError): string {
  if (message.includes('exceeded quota: ')) return 'QuotaExceeded'
  if (message.includes('failed calling webhook ')) return WEBHOOK_UNAVAILABLE
  if (/denied the request|denied request: |violates PodSecurity/.test(message)) return 'AdmissionRefused'
  return reason
}

function hasReason(error: unknown, ...reasons: string[]): error is KubeError {
  return error instanceof KubeError && reasons.includes(error.reason)
}
