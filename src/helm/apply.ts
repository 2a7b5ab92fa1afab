/**
 * Brings the cluster to a release. Every write but the first relies on the one before, so that this can break off
 * between any two of them and simply be called again:
 *
 *   render ─▶ refuse ─▶ TenantRelease: Applying, old and new objects ─▶ apply what changed ─▶ prune what is gone
 *                                                                                                    │
 *   TenantRelease: Deployed, exactly the new objects ◀─ supersede the older revisions ◀─ Helm's record of the new one
 *
 * Until Helm's record is there, a new call makes the same revision again; from then on it only finishes it. A chart with
 * hooks has its record written before the first of them, as pending, and what was rendered is read from there: attempt.ts.
 */
import type { InventoryEntry, TenantReleaseSpec } from '../crds/tenant-release.ts'
import { fieldsDigest } from '../plan/managed-fields.ts'
import * as names from '../plan/names.ts'
import { type KubeObject, type ObjectRef, refOf, refOfEntry } from '../plan/object.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { type Admission, admitObjects } from './admission.ts'
import { type Approach, planApproach } from './approach.ts'
import {
  type AttemptWork,
  abandonAttempt,
  beginAttempt,
  continueAttempt,
  heldFailure,
  hooksOfAttempt,
  runMoment,
} from './attempt.ts'
import { type Change, distrustedAt, planChange, withFields } from './change.ts'
import { knownInventory } from './inventory.ts'
import { objectKey } from './manifest.ts'
import { applyObject, asRelease } from './object-write.ts'
import { type ObservedRelease, observeRelease } from './observe.ts'
import type { ReleaseKube, ReleasePorts } from './port.ts'
import { deployedRelease, releaseRecord } from './record.ts'
import { createRecordStore, type OpenRecord } from './record-store.ts'
import type { ReleaseObject } from './release-object.ts'
import { removeObject } from './removal.ts'
import { hookObjectOf, renderedObjects } from './rendered-objects.ts'
import { tenantReleaseObject, tenantReleaseRef } from './tenant-release.ts'

export type ApplyOutcome =
  | {
      readonly outcome: 'done'
      readonly revision: number
      readonly applied: readonly ObjectRef[]
      readonly pruned: readonly ObjectRef[]
      /** Left alone though they are gone from the chart: they belong to somebody else by now. */
      readonly foreign: readonly ObjectRef[]
    }
  /** Nothing is wrong; the same call has to be made again later. In words for people. */
  | { readonly outcome: 'wait'; readonly waitingFor: readonly string[] }

/** Idempotent. Writes nothing where the release is as desired. Waits for no rollout. @throws HelmError, and the client's */
export async function applyRelease(ports: ReleasePorts, desired: DesiredRelease): Promise<ApplyOutcome> {
  const observed = await observeRelease(ports.kube, desired)
  const work: Work = { ports, release: desired, desired, observed, history: observed.history }
  const approach = planApproach(desired, observed, ports.now())
  switch (approach.approach) {
    case 'none':
      return { outcome: 'done', revision: approach.revision, applied: [], pruned: [], foreign: [] }
    case 'wait':
      return wait([`somebody's helm, at work on revision ${approach.revision} (${approach.status})`])
    case 'unlock':
      await createRecordStore(ports.kube, desired, ports.now).markFailed(approach.revision)
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
): Promise<ApplyOutcome> {
  const observed = await observeRelease(ports.kube, desired)
  const { record } = observed
  const approach = planApproach(desired, observed, ports.now())
  if (approach.approach !== 'none' || record === undefined) return applyRelease(ports, desired)
  const inventory = distrustedAt(record.inventory, objects)
  const distrusting = { ...observed, record: { ...record, inventory } }
  const work: Work = { ports, release: desired, desired, observed: distrusting, history: observed.history }
  return convergeRelease(work, { approach: 'finish', revision: approach.revision, trusted: true })
}

interface Work extends AttemptWork {
  readonly desired: DesiredRelease
  readonly observed: ObservedRelease
}

type ApproachOf<A extends Approach['approach']> = Extract<Approach, { approach: A }>

/** A revision whose hooks are under way, or have failed. Its objects are looked at when the hooks before them are done. */
async function resumeRelease(work: Work, { approach, revision }: ApproachOf<'hold' | 'resume'>): Promise<ApplyOutcome> {
  const store = createRecordStore(work.ports.kube, work.desired, work.ports.now)
  const open = await store.open(revision)
  if (open === undefined) {
    await store.remove(revision)
    return wait([`another look, now that the record of revision ${revision}, which nobody can read, is gone`])
  }
  const failure = approach === 'hold' ? await heldFailure(work, open) : undefined
  if (failure !== undefined) throw failure
  const before = await runMoment(work, await continueAttempt(work, open), 'pre')
  if (before.outcome === 'wait') return before
  const prepared = await prepareRevision(work, before.open)
  return isBlocked(prepared) ? waitUntilGone(prepared.admission.leaving) : writeRevision(work, prepared)
}

async function convergeRelease(work: Work, { approach, revision }: ApproachOf<'finish' | 'render'>) {
  const { ports, desired } = work
  const store = createRecordStore(ports.kube, desired, ports.now)
  const prepared = await prepareRevision(work, approach === 'finish' ? await store.open(revision) : undefined)
  if (isBlocked(prepared)) return waitUntilGone(prepared.admission.leaving)
  if (prepared.open !== undefined || hooksOfAttempt(work, prepared.release).length === 0) {
    return writeRevision(work, prepared)
  }
  const before = await runMoment(work, await beginAttempt(work, prepared.release, desired.digest), 'pre')
  return before.outcome === 'wait' ? before : writeRevision(work, { ...prepared, open: before.open })
}

/** A revision of which everything is known. */
interface Revision {
  readonly release: ReleaseObject
  /** Helm's record, where it is there already; else what is to become of it. */
  readonly open?: OpenRecord | undefined
  readonly record?: KubeObject
  readonly change: Change
  readonly admission: Admission
}

function isBlocked({ admission }: Revision): boolean {
  return admission.leaving.length > 0
}

/** Reads only. What has to be refused is refused here. */
async function prepareRevision(work: Work, open: OpenRecord | undefined): Promise<Revision> {
  const { ports, desired, observed } = work
  const { kube, renderer, scopeOf, now } = ports
  const store = createRecordStore(kube, desired, now)
  const revision = (observed.latest?.revision ?? 0) + 1
  const release = open?.release ?? deployedRelease(await renderer.render(desired), revision, now())
  const record = open === undefined ? { record: releaseRecord(release, desired.digest, now()) } : {}
  const objects = await renderedObjects(release, desired, scopeOf)
  for (const hook of hooksOfAttempt(work, release)) await hookObjectOf(hook, desired, scopeOf)
  const change = planChange(objects, await knownInventory(ports, store, desired, observed))
  // Of a release that it does not know, helm has just looked at every object.
  const isNew = observed.record === undefined && observed.latest === undefined
  const admission = isNew
    ? { objects: change.apply, leaving: [] }
    : await admitObjects(asRelease(kube, desired), desired, change.apply)
  return { release, open, change, admission, ...record }
}

async function writeRevision(
  work: Work,
  { release, open, record, change, admission }: Revision,
): Promise<ApplyOutcome> {
  const { ports, desired, observed } = work
  const { kube, scopeOf, now } = ports
  const revision = release.version
  const releaseKube = asRelease(kube, desired)
  const store = createRecordStore(kube, desired, now)
  const { version: chartVersion, name: chart } = desired.chart
  const spec = { release: desired.name, chart, chartVersion, digest: desired.digest, revision }
  let resourceVersion = observed.record?.resourceVersion
  const save = async (state: TenantReleaseSpec['state'], inventory: readonly InventoryEntry[]) => {
    const saved = await saveTenantRelease(kube, desired, { ...spec, state, inventory: [...inventory] }, resourceVersion)
    resourceVersion = saved.metadata.resourceVersion
  }

  const isWritten = observed.record?.revision === revision && change.apply.length + change.prune.length === 0
  if (!isWritten) await save('Applying', change.inventoryDuring)
  const fields = new Map<string, string>()
  for (const [index, object] of admission.objects.entries()) {
    const applied = await applyObject(releaseKube, object)
    if (applied.metadata.deletionTimestamp !== undefined) return waitUntilGone([refOf(object)])
    const { managedFields } = applied.metadata
    const isScaled = hasReplicas(change.apply[index])
    const digest = managedFields && fieldsDigest(managedFields, names.RELEASE_FIELD_MANAGER, isScaled)
    if (digest !== undefined) fields.set(objectKey(object), digest)
  }
  const removals = await removeAll(change.prune, { kube: releaseKube, scopeOf, release: desired })
  if (open !== undefined && open.release.info.status !== 'deployed') {
    // While the hooks after them are awaited, the objects count as applied.
    if (!isWritten) await save('Applying', withFields(change.inventoryAfter, fields))
    const after = await runMoment(work, open, 'post')
    if (after.outcome === 'wait') return after
    await store.save(after.open, deployedRelease(after.open.release, revision, now()))
  }
  if (record !== undefined && open === undefined) await store.write(record)
  await store.supersede(observed.history, revision)
  await store.trim(observed.history, { revision, status: 'deployed' }, ports.historyLimit)
  await save('Deployed', withFields(change.inventoryAfter, fields))
  return { outcome: 'done', revision, applied: change.apply.map(refOf), ...removals }
}

/** The resourceVersion is a precondition: what somebody else has written since is not written over. */
async function saveTenantRelease(
  kube: ReleaseKube,
  desired: DesiredRelease,
  spec: TenantReleaseSpec,
  resourceVersion: string | undefined,
): Promise<KubeObject> {
  const object = tenantReleaseObject(desired, spec)
  const manager = { manager: names.FIELD_MANAGER }
  if (resourceVersion === undefined) return kube.create(object, manager)
  const { labels } = object.metadata
  return kube.patch(tenantReleaseRef(desired), { metadata: { resourceVersion, labels }, spec }, manager)
}

function hasReplicas(object: KubeObject | undefined): boolean {
  return (object?.spec as { replicas?: number } | undefined)?.replicas !== undefined
}

async function removeAll(
  entries: readonly InventoryEntry[],
  options: Omit<Parameters<typeof removeObject>[1], 'propagation'>,
): Promise<{ pruned: ObjectRef[]; foreign: ObjectRef[] }> {
  const pruned: ObjectRef[] = []
  const foreign: ObjectRef[] = []
  for (const entry of entries) {
    const removal = await removeObject(entry, { ...options, propagation: 'Background' })
    if (removal === 'foreign') foreign.push(refOfEntry(entry))
    if (removal === 'deleting') pruned.push(refOfEntry(entry))
  }
  return { pruned, foreign }
}

function waitUntilGone(refs: readonly ObjectRef[]): ApplyOutcome {
  return wait(refs.map(({ kind, name }) => `${kind} ${name}, which is being deleted, to be gone`))
}

function wait(waitingFor: readonly string[]): ApplyOutcome {
  return { outcome: 'wait', waitingFor }
}
