/**
 * Which nodes did not take the networks over although they were told to: telling them again at each look would reload every
 * node for nothing. Pure but for its own memory, which a new process begins without.
 */

export interface VainApplies {
  /** Whether telling the nodes again may help: for the first time, when something is different, or after a while. */
  mayHelp(cluster: string, situation: Situation, nowMs: number): boolean
  tried(cluster: string, situation: Situation, nowMs: number): void
}

export interface Situation {
  /** Nodes that are behind, and why, in words. */
  readonly behind: readonly string[]
  readonly online: readonly string[]
}

export const APPLY_AGAIN_MS = 10 * 60_000

export function createVainApplies(): VainApplies {
  const last = new Map<string, { readonly situation: string; readonly atMs: number }>()
  return {
    mayHelp(cluster, situation, nowMs) {
      if (situation.behind.length === 0) {
        last.delete(cluster)
        return false
      }
      const before = last.get(cluster)
      return before?.situation !== textOf(situation) || nowMs - before.atMs >= APPLY_AGAIN_MS
    },
    tried: (cluster, situation, nowMs) => void last.set(cluster, { situation: textOf(situation), atMs: nowMs }),
  }
}

function textOf({ behind, online }: Situation): string {
  return JSON.stringify([[...new Set(behind)].sort(), [...online].sort()])
}
