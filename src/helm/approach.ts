/**
 * How to get from what was found to the desired revision. Pure; the clock is an argument.
 *
 *   helm's newest record           the operator's record       approach
 *   ─────────────────────────────────────────────────────────────────────────────────────────────────
 *   ours, its hooks under way      any                         resume: that record says what to do
 *   ours, the same, not desired    any                         abandon, then look again
 *   ours, its hook has failed      any                         hold for a while, then resume from the first hook
 *   under way, young               any                         wait: somebody's helm is at work
 *   under way, old                 any                         unlock, then look again
 *   ours, deployed, as desired     Deployed, that revision     none
 *   ours, deployed, as desired     anything else               finish: that record says what to apply
 *   ours, deployed, otherwise      of that revision or next    render; the inventory can be relied on
 *   anything else                  any                         render, and apply every object again
 */
import { isUnderWay } from '../plan/helm-status.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { isOwnAttempt } from './history.ts'
import type { ObservedRelease } from './observe.ts'
import { digestLabel } from './record.ts'

export type Approach =
  | { readonly approach: 'none'; readonly revision: number }
  | { readonly approach: 'wait' | 'unlock' | 'abandon'; readonly revision: number; readonly status: string }
  /** `trusted`: objects whose digest in the inventory is as desired need not be applied. */
  | { readonly approach: 'finish' | 'render'; readonly revision: number; readonly trusted: boolean }
  | { readonly approach: 'resume' | 'hold'; readonly revision: number }

type Found = Pick<ObservedRelease, 'record' | 'latest'> & Partial<Pick<ObservedRelease, 'history'>>

/** No helm command is silent for longer: each writes its record when it begins and when it ends, after 5 min at most. */
export const ABANDONED_AFTER_MS = 5 * 60_000

/** How long a hook that has failed is left alone, so that its end can be looked into and the cause be put right. */
export const HOOK_RETRY_MS = 5 * 60_000

export function planApproach(desired: Pick<DesiredRelease, 'digest'>, found: Found, nowMs: number): Approach {
  const { record, latest } = found
  if (latest === undefined) return { approach: 'render', revision: 1, trusted: inventoryHolds(found) }
  const { revision, status } = latest
  const trusted = inventoryHolds(found)
  const isAsDesired = latest.digest === digestLabel(desired.digest)
  if (isOwnAttempt(latest) && isAsDesired) {
    const isHeld = status === 'failed' && nowMs - latest.modifiedAtMs < HOOK_RETRY_MS
    return { approach: isHeld ? 'hold' : 'resume', revision }
  }
  if (isOwnAttempt(latest) && status !== 'failed') return { approach: 'abandon', revision, status }
  if (isUnderWay(latest)) {
    const isYoung = nowMs - latest.modifiedAtMs < ABANDONED_AFTER_MS
    return { approach: isYoung ? 'wait' : 'unlock', revision, status }
  }
  if (status === 'deployed' && isAsDesired) {
    const isDone = trusted && record?.state === 'Deployed' && record.digest === desired.digest
    return isDone ? { approach: 'none', revision } : { approach: 'finish', revision, trusted }
  }
  return { approach: 'render', revision: revision + 1, trusted }
}

/** Since the inventory was written, nobody but this operator has brought objects of the release to a revision. */
export function inventoryHolds({ record, latest, history = latest === undefined ? [] : [latest] }: Found): boolean {
  if (record === undefined) return false
  const isApplying = record.state === 'Applying'
  const [basis] = history.filter(({ revision }) => revision <= record.revision)
  if (!history.every(other => other.revision <= record.revision || isOwnAttempt(other))) return false
  if (basis === undefined) return false
  if (!isOwnAttempt(basis) && (basis.digest === undefined || basis.status !== 'deployed')) return false
  return basis.revision === record.revision || (isApplying && basis.revision === record.revision - 1)
}
