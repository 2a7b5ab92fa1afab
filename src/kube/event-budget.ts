/** How many new events one object may cause: a handful at once, then one a minute. Pure but for its own count. */

export interface EventBudget {
  /** `false`: the budget of this object is used up. */
  spend(uid: string, nowMs: number): boolean
}

const BURST = 25
const REFILL_MS = 60_000
const MAX_OBJECTS = 5000

export function createEventBudget(): EventBudget {
  /** Per object: the time at which its budget is, or was, full again. */
  const fullAtMs = new Map<string, number>()
  return {
    spend(uid, nowMs) {
      const fullAt = Math.max(fullAtMs.get(uid) ?? nowMs, nowMs)
      if (fullAt - nowMs > (BURST - 1) * REFILL_MS) return false
      fullAtMs.delete(uid)
      fullAtMs.set(uid, fullAt + REFILL_MS)
      const [oldest] = fullAtMs.keys()
      if (fullAtMs.size > MAX_OBJECTS && oldest !== undefined) fullAtMs.delete(oldest)
      return true
    },
  }
}
