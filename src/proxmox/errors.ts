/** What can go wrong between this operator and Proxmox VE. Nobody else matches statuses or texts. */

export type ProxmoxErrorKind =
  /** Something does not exist: the thing itself, or another one that the request names. See `isMissing`. */
  | 'missing'
  /** The name, id or tag is taken, whoever has it. */
  | 'exists'
  /** The token lacks a privilege; `path` and `privileges` where Proxmox VE says which. */
  | 'forbidden'
  /** The token itself is refused: wrong, expired, disabled. Nothing was done. */
  | 'unauthenticated'
  /** A guest holds a lock, such as for a backup; `lock` says which. */
  | 'locked'
  /** Somebody else is at it at this moment: a file, cluster or SDN lock could not be had. */
  | 'busy'
  /** The configuration changed since its digest was read. */
  | 'stale'
  /** What is there stands against it: running, protected, not empty, in use. */
  | 'conflict'
  | 'noQuorum'
  /** The node that the request is for does not answer the node that was asked. */
  | 'nodeUnreachable'
  /** `fields` where Proxmox VE names them. */
  | 'invalid'
  /** No connection to any endpoint: nothing was sent. */
  | 'unreachable'
  /** The endpoint's certificate is not the one that is trusted: nothing was sent. */
  | 'untrusted'
  /** The endpoint belongs to another cluster than the one that is meant: nothing was sent. */
  | 'otherCluster'
  /** The request was sent and no whole answer came: it may have been carried out. Look before doing it again. */
  | 'unanswered'
  /** The client was closed while it waited: nobody is interested any more. A write may have been carried out. */
  | 'closed'
  /** Not sent: this process may not write now. */
  | 'fenced'
  /** The answer is not what the API promises. A write has been carried out. */
  | 'unreadable'
  | 'unknown'

export interface Refusal {
  readonly kind: ProxmoxErrorKind
  /** In Proxmox VE's own words, in one line. */
  readonly why: string
  readonly path?: string
  readonly privileges?: readonly string[]
  readonly fields?: Readonly<Record<string, string>>
  readonly lock?: string
}

export interface ProxmoxErrorFields extends Refusal {
  /** Method and path, without parameters, which may be secret. */
  readonly what: string
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  readonly cause?: unknown
}

export class ProxmoxError extends Error {
  override readonly name = 'ProxmoxError'
  readonly kind: ProxmoxErrorKind
  readonly status: number
  readonly what: string
  readonly why: string
  readonly path?: string
  readonly privileges?: readonly string[]
  readonly fields?: Readonly<Record<string, string>>
  readonly lock?: string

  constructor({ kind, what, why, status, path, privileges, fields, lock, cause }: ProxmoxErrorFields) {
    super(`Cannot ${what}: ${why}`, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.status = status
    this.what = what
    this.why = why
    if (path !== undefined) this.path = path
    if (privileges !== undefined) this.privileges = privileges
    if (fields !== undefined) this.fields = fields
    if (lock !== undefined) this.lock = lock
  }
}

/**
 * Proves the absence of a pool, user or vnet that the request is about, if it names nothing else that may be missing.
 * Of a guest it proves only that it is not on that node. A token with rights on a pool alone does not even get this far:
 * a guest that is gone is in no pool, so that looking at it is forbidden. Its proof of absence is `cluster.getNextId`.
 */
export function isMissing(error: unknown): error is ProxmoxError {
  return hasKind(error, 'missing')
}

export function isExisting(error: unknown): error is ProxmoxError {
  return hasKind(error, 'exists')
}

export function isForbidden(error: unknown): error is ProxmoxError {
  return hasKind(error, 'forbidden')
}

/** This version of Proxmox VE has no such route. */
export function isNotServed(error: unknown): error is ProxmoxError {
  return error instanceof ProxmoxError && error.status === 501
}

export function isNodeUnreachable(error: unknown): error is ProxmoxError {
  return hasKind(error, 'nodeUnreachable')
}

/** The same request may well succeed soon without anybody changing anything. */
export function isPassing(error: unknown): error is ProxmoxError {
  return hasKind(error, 'locked', 'busy', 'stale', 'noQuorum', 'nodeUnreachable', 'unreachable', 'unanswered')
}

/** This process itself broke it off, as without its lease: it says nothing about the cluster. */
export function isInterrupted(error: unknown): boolean {
  return hasKind(error, 'closed', 'fenced')
}

/** Nothing can be said about the cluster now, because nobody of it answers. */
export function isUnreachable(error: unknown): error is ProxmoxError {
  return hasKind(error, 'unreachable', 'unanswered', 'untrusted')
}

function hasKind(error: unknown, ...kinds: ProxmoxErrorKind[]): error is ProxmoxError {
  return error instanceof ProxmoxError && kinds.includes(error.kind)
}
