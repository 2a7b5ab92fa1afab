/**
 * How often one object is put back: a few times within a while. Whoever undoes it each time is another controller, and
 * writing on would only be a fight. Pure but for its own memory.
 */

export interface RewriteBudget {
  /** Whether there is something left to spend. */
  allows(key: string, nowMs: number): boolean
  /** It was put back. */
  spend(key: string, nowMs: number): void
}

/** The same, at this moment. */
export interface Rewrites {
  readonly allows: (key: string) => boolean
  readonly spend: (key: string) => void
}

export const REWRITES = 5
export const WINDOW_MS = 10 * 60_000
const MAX_OBJECTS = 5000

/** Allows no more than `REWRITES` of one object within any `WINDOW_MS`. */
export function createRewriteBudget(): RewriteBudget {
  const spent = new Map<string, readonly number[]>()
  const recentOf = (key: string, nowMs: number) => (spent.get(key) ?? []).filter(atMs => nowMs - atMs < WINDOW_MS)
  return {
    allows: (key, nowMs) => recentOf(key, nowMs).length < REWRITES,
    spend(key, nowMs) {
      const recent = recentOf(key, nowMs)
      // The object that was put back last is the last to be forgotten.
      spent.delete(key)
      spent.set(key, recent.length < REWRITES ? [...recent, nowMs] : recent)
      const [oldest] = spent.keys()
      if (spent.size > MAX_OBJECTS && oldest !== undefined) spent.delete(oldest)
    },
  }
}
