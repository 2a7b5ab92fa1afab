/** The times of an election, which have to keep two holders apart. docs/decisions/0012. */

export interface ElectionTimes {
  /** Whole seconds; more than renewDeadlineMs + requestTimeoutMs, for a lease is no fencing token. */
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryMs: number
  /** The longest that a write of the holder, once sent, may still be carried out. */
  readonly requestTimeoutMs: number
}

/** Throws where they do not. */
export function checkElectionTimes(times: ElectionTimes): void {
  const { leaseDurationMs, renewDeadlineMs, requestTimeoutMs, retryMs } = times
  if (leaseDurationMs <= renewDeadlineMs + requestTimeoutMs || renewDeadlineMs <= retryMs || leaseDurationMs % 1000) {
    throw new Error(
      'Cannot elect a leader: it takes a lease duration of whole seconds > renew deadline + request timeout, and a renew deadline > retry',
    )
  }
}
