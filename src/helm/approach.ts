/**
 * How to get from what was found to the desired revision. Pure; the clock is an argument.
 *
 *   helm's newest record           the operator's record       approach
 *   ─────────────────────────────────────────────────────────────────────────────────────────────────
 *   under way, young               any                         wait: somebody's helm is at work
 *   under way, old                 any                         unlock, then look again
 *   ours, deployed, as desired     Deployed, that revision     none
 *   ours, deployed, as desired     anything else               finish: that record says what to apply
 *   ours, deployed, otherwise      of that revision or next    render; the inventory can be relied on
 *   none                           Applying, revision 1        render; the same
 *   anything else                  any                         render, and apply every object again
 */
import type { DesiredRelease } from '../plan/release.ts'
import { isUnderWay } from './history.ts'
import type { ObservedRelease } from './observe.ts'
import { digestLabel } from './record.ts'

export type Approach =
  | { readonly approach: 'none'; readonly revision: number }
  | { readonly approach: 'wait' | 'unlock'; readonly revision: number; readonly status: string }
  /** `trusted`: objects whose digest in the inventory is as desired need not be applied. */
  | { readonly approach: 'finish' | 'render'; readonly revision: number; readonly trusted: boolean }

type Found = Pick<ObservedRelease, 'record' | 'latest'>

/** No helm command is silent for longer: each writes its record when it begins and when it ends, after 5 min at most. */
export const ABANDONED_AFTER_MS = 5 * 60_000

export function planApproach(desired: Pick<DesiredRelease, 'digest'>, found: Found, nowMs: number): Approach {
  const { record, latest } = found
  if (latest === undefined) return { approach: 'render', revision: 1, trusted: inventoryHolds(found) }
  const { revision, status } = latest
  if (isUnderWay(latest)) {
    const isYoung = nowMs - latest.modifiedAtMs < ABANDONED_AFTER_MS
    return { approach: isYoung ? 'wait' : 'unlock', revision, status }
  }
  const trusted = inventoryHolds(found)
  if (status === 'deployed' && latest.digest === digestLabel(desired.digest)) {
    const isDone = trusted && record?.state === 'Deployed' && record.digest === desired.digest
    return isDone ? { approach: 'none', revision } : { approach: 'finish', revision, trusted }
  }
  return { approach: 'render', revision: revision + 1, trusted }
}

/** Since the inventory was written, nobody but this operator has brought objects of the release to a revision. */
export function inventoryHolds({ record, latest }: Found): boolean {
  if (record === undefined) return false
  if (latest === undefined) return record.state === 'Applying' && record.revision === 1
  if (latest.digest === undefined || latest.status !== 'deployed') return false
  const isNext = record.state === 'Applying' && record.revision === latest.revision + 1
  return isNext || record.revision === latest.revision
}
