/** How long to wait before the next try: twice as long each time, with jitter, so that many do not come at once. */

export interface Backoff {
  /** ms until the next try. */
  next(): number
  /** It worked: the next failure is a first one. */
  reset(): void
}

export interface BackoffOptions {
  readonly minMs: number
  readonly maxMs: number
  /** From 0 to below 1. */
  readonly random?: () => number
}

/** The jitter takes away up to half. */
export function createBackoff({ minMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let failures = 0
  return {
    next() {
      const wholeMs = Math.min(maxMs, minMs * 2 ** failures)
      failures += 1
      return wholeMs * (1 - random() / 2)
    },
    reset() {
      failures = 0
    },
  }
}
