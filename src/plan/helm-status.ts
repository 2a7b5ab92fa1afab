/** What Helm's words for a revision say about who is at work on it. Pure. */
import type { ReleaseObservation } from './observation.ts'

const ENDS: ReadonlySet<string> = new Set(['deployed', 'superseded', 'failed', 'uninstalled'])

/** Somebody is at work on it, or died at it: `pending-install`, `uninstalling` and the like. */
export function isUnderWay({ status }: { readonly status: string }): boolean {
  return !ENDS.has(status)
}

/** The revision that somebody's helm is at work on, or died at: one of its own, or whichever it uninstalls. */
export function foreignRevision({ latest }: ReleaseObservation): ReleaseObservation['latest'] {
  if (latest === undefined || !isUnderWay(latest)) return undefined
  return latest.digest === undefined || latest.status === 'uninstalling' ? latest : undefined
}
