/** What can go wrong with a release. Messages are for people: no values, no times, the same for each try. */

export type HelmReason =
  /** helm cannot be started at all. */
  | 'HelmUnusable'
  | 'ChartNotFound'
  /** The archive of the chart is being fetched. */
  | 'ChartPending'
  /** The repository does not give the chart out, or does not answer. */
  | 'ChartUnavailable'
  /** What the repository gives out is no such chart. */
  | 'ChartInvalid'
  | 'ChartDigestMismatch'
  /** The Secret for a repository is not there, or is not meant for it. */
  | 'CredentialsRefused'
  | 'RenderFailed'
  /** The release's own account lacks a right. */
  | 'Forbidden'
  | 'RenderTimedOut'
  /** Broken off, or not begun, because the operator stops or lacks its lease, or nobody wants it any more. Never told. */
  | 'RenderAborted'
  /** helm's answer, or the manifest in it, is not what it promises to be. */
  | 'ReleaseUnreadable'
  /** A hook of the chart has ended with a failure, or has not ended in time. */
  | 'HookFailed'
  /** An object is cluster-scoped or names another namespace. */
  | 'OutsideNamespace'
  | 'DuplicateObject'
  | 'KindNotServed'
  /** Helm's record of the release would not fit into a Secret. */
  | 'ReleaseTooLarge'
  /** An object of that name is there and belongs to somebody else. */
  | 'OwnedByAnother'
  /** A record in the cluster, Helm's or ours, cannot be read. */
  | 'RecordUnreadable'
  /** The API server refuses a Secret with words that may quote it. */
  | 'SecretRefused'

export interface HelmErrorFields {
  readonly reason: HelmReason
  /** "what: why". */
  readonly message: string
  readonly exitCode?: number
  /** The end of what helm wrote, without the values it was given. */
  readonly stderr?: string
}

/** This process itself broke it off: it says nothing about the chart. */
export function isAborted(error: unknown): error is HelmError {
  return error instanceof HelmError && error.reason === 'RenderAborted'
}

/** No failure: what the caller wants is on its way, and a later call will have it. */
export class RenderUnderWay extends Error {
  override readonly name = 'RenderUnderWay'

  constructor({ name }: { readonly name: string }) {
    super(`Cannot tell yet what the chart of release ${name} becomes: it is still being rendered`)
  }
}

/** Carries no `cause`: what is underneath may hold the values. */
export class HelmError extends Error {
  override readonly name = 'HelmError'
  readonly reason: HelmReason
  readonly exitCode?: number
  readonly stderr?: string

  constructor({ reason, message, exitCode, stderr }: HelmErrorFields) {
    super(message)
    this.reason = reason
    if (exitCode !== undefined) this.exitCode = exitCode
    if (stderr !== undefined) this.stderr = stderr
  }
}
