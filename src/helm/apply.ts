/**
 * Brings the cluster to a release. Every write but the first relies on the one before, so that this can break off
 * between any two of them and simply be called again:
 *
 *   render ─▶ refuse ─▶ TenantRelease, old and new objects ─▶ apply what changed ─▶ prune what is gone
 *                                                                                           │
 *                        supersede the older revisions ◀─ Helm's record of the new one ◀────┘
 *
 * Until Helm's record is there, a new call makes the same revision again; from then on it only finishes it. A chart with
 * hooks has its record written before the first of them, as pending, and what was rendered is read from there: attempt.ts.
 */
import type { ObjectRef } from '../plan/object.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { type Approach, planApproach } from './approach.ts'
import { abandonAttempt, beginAttempt, continueAttempt, heldFailure, hooksOfAttempt, runMoment } from './attempt.ts'
import { distrustedAt } from './change.ts'
import { type ObservedRelease, observeRelease } from './observe.ts'
import type { ReleasePorts } from './port.ts'
import { createRecordStore } from './record-store.ts'
import {
  type ApplyOutcome,
  prepareRevision,
  type Revision,
  type RevisionWork,
  wait,
  waitUntilGone,
  writeRevision,
} from './revision.ts'

/**
 * Idempotent. Writes nothing where the release is as desired. Waits for no rollout. What was `seen` a moment ago is not
 * looked at again: what somebody else has written since is a conflict. @throws HelmError, and the client's
 */
export async function applyRelease(
  ports: ReleasePorts,
  desired: DesiredRelease,
  seen?: ObservedRelease,
): Promise<ApplyOutcome> {
  const observed = seen ?? (await observeRelease(ports.kube, desired))
  const work = workOf(ports, desired, observed)
  const approach = planApproach(desired, observed, ports.now())
  switch (approach.approach) {
    case 'none':
      return { outcome: 'done', revision: approach.revision, applied: [], pruned: [], foreign: [], grown: [] }
    case 'wait':
      return wait([`somebody's helm, at work on revision ${approach.revision} (${approach.status})`])
    case 'unlock':
      await work.store.markFailed(approach.revision)
      return wait([`another look, now that the abandoned revision ${approach.revision} is marked as failed`])
    case 'abandon':
      return wait([await abandonAttempt(work, approach.revision)])
    case 'hold':
    case 'resume':
      return resumeRelease(work, approach)
    case 'finish':
    case 'render':
      return convergeRelease(work, approach)
    default:
      return approach satisfies never
  }
}

/**
 * Applies these objects of the deployed revision again, from Helm's record of it. Breaks off and is finished like any
 * other revision: by `applyRelease`. Where another revision is there by now, it is that one which is brought about.
 */
export async function repairRelease(
  ports: ReleasePorts,
  desired: DesiredRelease,
  objects: readonly ObjectRef[],
  seen?: ObservedRelease,
): Promise<ApplyOutcome> {
  const observed = seen ?? (await observeRelease(ports.kube, desired))
  const { record } = observed
  const approach = planApproach(desired, observed, ports.now())
  if (approach.approach !== 'none' || record === undefined) return applyRelease(ports, desired, observed)
  const inventory = distrustedAt(record.inventory, objects)
  const distrusting = { ...observed, record: { ...record, inventory } }
  return convergeRelease(workOf(ports, desired, distrusting), {
    approach: 'finish',
    revision: approach.revision,
    trusted: true,
  })
}

function workOf(ports: ReleasePorts, desired: DesiredRelease, observed: ObservedRelease): RevisionWork {
  const store = createRecordStore(ports.kube, desired, ports.now)
  return { ports, release: desired, desired, observed, history: observed.history, store }
}

type ApproachOf<A extends Approach['approach']> = Extract<Approach, { approach: A }>

/** A revision whose hooks are under way, or have failed. Its objects are looked at when the hooks before them are done. */
async function resumeRelease(
  work: RevisionWork,
  { approach, revision }: ApproachOf<'hold' | 'resume'>,
): Promise<ApplyOutcome> {
  const open = await work.store.open(revision)
  if (open === undefined) {
    await work.store.remove(revision)
    return wait([`another look, now that the record of revision ${revision}, which nobody can read, is gone`])
  }
  const failure = approach === 'hold' ? await heldFailure(work, open) : undefined
  if (failure !== undefined) throw failure
  const before = await runMoment(work, await continueAttempt(work, open), 'pre')
  if (before.outcome === 'wait') return before
  const prepared = await prepareRevision(work, before.open)
  return isBlocked(prepared) ? waitUntilGone(prepared.admission.leaving) : writeRevision(work, prepared)
}

async function convergeRelease(work: RevisionWork, { approach, revision }: ApproachOf<'finish' | 'render'>) {
  const prepared = await prepareRevision(work, approach === 'finish' ? await work.store.open(revision) : undefined)
  if (isBlocked(prepared)) return waitUntilGone(prepared.admission.leaving)
  if (prepared.open !== undefined || hooksOfAttempt(work, prepared.release).length === 0) {
    return writeRevision(work, prepared)
  }
  const before = await runMoment(work, await beginAttempt(work, prepared.release, work.desired.digest), 'pre')
  return before.outcome === 'wait' ? before : writeRevision(work, { ...prepared, open: before.open })
}

function isBlocked({ admission }: Revision): boolean {
  return admission.leaving.length > 0
}
