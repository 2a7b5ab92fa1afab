/** Reads what the API server answered: an object, or the KubeError that a Status stands for. */
import type { KindRef } from './client.ts'
import { KubeError, OWN_REASONS, type StatusDetails } from './errors.ts'
import type { TransportResponse } from './transport.ts'

interface Status {
  readonly kind: 'Status'
  readonly code?: number
  readonly reason?: string
  readonly message?: string
  readonly details?: StatusDetails
}

/** What was asked, for the error's text: `apply ConfigMap tenant-acme/api`, of which kind. */
export interface Question {
  readonly what: string
  readonly kind: string
}

/** Throws a KubeError for anything but success. */
export function parseAnswer<T>(question: Question, response: TransportResponse): T {
  if (response.status < 200 || response.status > 299) throw errorOf(question, response)
  try {
    return JSON.parse(response.body) as T
  } catch (cause) {
    // The cause's own text would quote the body.
    const type = response.headers['content-type'] ?? 'nothing'
    throw new KubeError({
      status: response.status,
      reason: OWN_REASONS.badAnswer,
      message: `Cannot ${question.what}: the answer is not JSON but ${type}`,
      cause: cause instanceof SyntaxError ? undefined : cause,
    })
  }
}

/** The list's own items lack apiVersion and kind, and metadata-only ones carry those of the wrapper. */
export function withKind<T extends object>(kind: KindRef, item: T): T & KindRef {
  return { ...item, apiVersion: kind.apiVersion, kind: kind.kind }
}

export function errorOf(question: Question, { status, headers, body }: TransportResponse): KubeError {
  const parsed = parseStatus(body)
  const retryAfter = Number(headers['retry-after'] ?? parsed?.details?.retryAfterSeconds ?? Number.NaN)
  return statusError(question, parsed, status, Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined)
}

/** For a Status that came otherwise than as a whole answer, such as in a watch. */
export function statusError(
  question: Question,
  status: Partial<Status> | undefined,
  code = status?.code ?? 0,
  retryAfterMs?: number,
): KubeError {
  const reason = reasonOf(status, code)
  const details = question.kind === 'Secret' ? withoutQuotes(status?.details) : status?.details
  return new KubeError({
    status: code,
    reason,
    message: `Cannot ${question.what}: ${whyOf(question, reason, status, code)}`,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** Says of a 404 that it proves the absence of exactly this object, rather than of its kind or namespace. */
export function provesAbsence(error: unknown, name: string): boolean {
  return error instanceof KubeError && error.reason === 'NotFound' && error.details?.name === name
}

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith('{')) return undefined
  try {
    const parsed = JSON.parse(body) as { kind?: unknown }
    return parsed.kind === 'Status' ? (parsed as Status) : undefined
  } catch {
    return undefined
  }
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** A path that is not served is answered by a page without Status, or by a Status that names no object. */
function reasonOf(status: Partial<Status> | undefined, code: number): string {
  if (code === 404 && status?.details?.name === undefined) return OWN_REASONS.kindNotServed
  return status?.reason || REASONS[code] || (code >= 500 ? 'ServerError' : 'UnexpectedStatus')
}

/** Messages about a Secret's content may quote it. */
const MAY_QUOTE = new Set(['Invalid', 'BadRequest', 'InternalError', 'UnexpectedStatus', 'ServerError', 'Unknown'])

function withoutQuotes(details: StatusDetails | undefined): StatusDetails | undefined {
  if (details?.causes === undefined) return details
  return {
    ...details,
    causes: details.causes.map(({ reason, field }) => ({ ...(reason && { reason }), ...(field && { field }) })),
  }
}

function whyOf({ kind }: Question, reason: string, status: Partial<Status> | undefined, code: number): string {
  if (reason === OWN_REASONS.kindNotServed) return `the API server does not serve the kind ${kind}`
  if (kind === 'Secret' && MAY_QUOTE.has(reason)) {
    const fields = (status?.details?.causes ?? []).map(({ field }) => field).filter(field => field !== undefined)
    return `the API server answers ${reason}${fields.length > 0 ? ` about ${fields.join(', ')}` : ''}`
  }
  return status?.message || `the API server answers with status ${code}`
}
