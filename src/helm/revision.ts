/**
 * One revision of a release, from what is to be written to its last write. Each write relies on the one before:
 *
 *   inventory, old and new ─▶ objects ─▶ what is gone ─▶ Helm's record ─▶ older records superseded
 *                                │                             ▲
 *                                └─ the inventory once more ───┘   where the API server holds other fields than expected
 */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import * as names from '../plan/names.ts'
import { type KubeObject, type ObjectRef, onlyIfAbsent, refOf, refOfEntry } from '../plan/object.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { heldDigest } from '../plan/yielded-fields.ts'
import { type Admission, admitObjects } from './admission.ts'
import { type AttemptWork, hooksOfAttempt, runMoment } from './attempt.ts'
import { type Change, planChange, withExpectedFields, withFields } from './change.ts'
import type { FieldsMemory } from './fields-memory.ts'
import { knownInventory } from './inventory.ts'
import { inventoryWriter } from './inventory-writer.ts'
import { objectKey } from './manifest.ts'
import { applyObject, asRelease, isConflict } from './object-write.ts'
import type { ObservedRelease } from './observe.ts'
import type { ReleaseKube, Rendered } from './port.ts'
import { settled } from './promise.ts'
import { deployedRelease, releaseRecord } from './record.ts'
import type { OpenRecord } from './record-store.ts'
import type { ReleaseObject } from './release-object.ts'
import { removeObject } from './removal.ts'
import { hookObjectOf, renderedObjects } from './rendered-objects.ts'
import { revisionBefore } from './revision-before.ts'
import { takenBack } from './taken-back.ts'
import { unwatchedDistrusted } from './unwatched.ts'

export type ApplyOutcome =
  | {
      readonly outcome: 'done'
      readonly revision: number
      readonly applied: readonly ObjectRef[]
      readonly pruned: readonly ObjectRef[]
      /** Left alone though they are gone from the chart: they belong to somebody else by now. */
      readonly foreign: readonly ObjectRef[]
      /** What somebody's helm did, and this revision undoes. In words for people. */
      readonly takenBack?: string
      /** Storage that stays larger than the chart says. In words for people. */
      readonly grown: readonly string[]
    }
  /** Nothing is wrong; the same call has to be made again later. In words for people. */
  | { readonly outcome: 'wait'; readonly waitingFor: readonly string[] }

export interface RevisionWork extends AttemptWork {
  readonly desired: DesiredRelease
  readonly observed: ObservedRelease
}

/** A revision of which everything is known. */
export interface Revision {
  readonly release: ReleaseObject
  /** Helm's record, where it is there already; else what is to become of it. */
  readonly open?: OpenRecord | undefined
  readonly record?: KubeObject
  readonly change: Change
  readonly admission: Admission
}

/** Reads only. What has to be refused is refused here. */
export async function prepareRevision(work: RevisionWork, open: OpenRecord | undefined): Promise<Revision> {
  const { ports, desired, observed, store } = work
  const { kube, scopeOf, now } = ports
  const found: Rendered = open ?? (await rendered(work))
  const { release } = found
  const record = open === undefined ? { record: releaseRecord(release, desired.digest, now()) } : {}
  const objects = await renderedObjects(found, desired, scopeOf)
  for (const hook of hooksOfAttempt(work, release)) await hookObjectOf(hook, desired, scopeOf)
  const known = await knownInventory(ports, store, desired, observed)
  // What nobody watches is applied by every revision, and once by each: from its own inventory on, it counts as applied.
  const isBegun = observed.record?.revision === release.version
  const releaseKube = asRelease(kube, desired)
  const change = planChange(objects, isBegun ? known : await unwatchedDistrusted(releaseKube, ports, known))
  // Of a new release nothing is looked for, since nothing is expected: what is there all the same is a conflict.
  const isNew = observed.record === undefined && observed.latest === undefined
  const admission = isNew
    ? { objects: change.apply.map(onlyIfAbsent), leaving: [], grown: [] }
    : await admitObjects(releaseKube, desired, change.apply)
  return { release, open, change, admission, ...record }
}

async function rendered({ ports, desired: release, observed, history, store }: RevisionWork): Promise<Rendered> {
  const before = await revisionBefore(store, history)
  const request = before === undefined ? { release } : { release, before }
  const revision = (observed.latest?.revision ?? 0) + 1
  const { release: made, documents } = await ports.renderer.render(request)
  return { release: deployedRelease(made, revision, ports.now()), documents }
}

export async function writeRevision(
  work: RevisionWork,
  { release, open, record, change, admission }: Revision,
): Promise<ApplyOutcome> {
  const { ports, desired, observed, store } = work
  const { kube, scopeOf, fields, now } = ports
  const revision = release.version
  const releaseKube = asRelease(kube, desired)
  const status = open?.release.info.status
  const known = withExpectedFields(change, fields.expected)
  const save = inventoryWriter({ kube, desired, revision, before: observed.record, known })

  // A record that says deployed before the first apply makes no promise true.
  await save(status === 'deployed' ? settled(known, false) : known)
  const written = await applyAll(releaseKube, fields, change, admission).catch(async error => {
    // Whose it is, for people; where it is our own, the next pass finds that out.
    if (isConflict(error)) await admitObjects(releaseKube, desired, change.apply)
    throw error
  })
  if (written.leaving !== undefined) return waitUntilGone([written.leaving])
  const removals = await removeAll(change.prune, { kube: releaseKube, scopeOf, release: desired })
  // One that is there already says so too late, or said so before: while hooks are awaited, the objects count as applied.
  await save(withFields(status === undefined ? known : settled(known, true), written.fields))
  if (open !== undefined && status !== 'deployed') {
    const after = await runMoment(work, open, 'post')
    if (after.outcome === 'wait') return after
    await store.save(after.open, deployedRelease(after.open.release, revision, now()))
  }
  if (record !== undefined && open === undefined) await store.write(record)
  await store.supersede(observed.history, revision)
  await store.trim(observed.history, { revision, status: 'deployed' }, ports.historyLimit)
  // Told by the pass that makes the revision deployed, and by none that only finishes it.
  const undone = status === 'deployed' ? undefined : takenBack(observed.history, revision)
  const { grown } = admission
  const done = { outcome: 'done', revision, applied: change.apply.map(refOf), ...removals, grown } as const
  return undone === undefined ? done : { ...done, takenBack: undone }
}

interface Written {
  /** Digests of the fields that were held afterwards. */
  readonly fields: ReadonlyMap<string, string>
  /** Found on its way out, so that what was applied goes with it. */
  readonly leaving?: ObjectRef
}

async function applyAll(
  kube: ReleaseKube,
  memory: FieldsMemory,
  { apply }: Change,
  { objects }: Admission,
): Promise<Written> {
  const fields = new Map<string, string>()
  for (const [index, object] of objects.entries()) {
    const applied = await applyObject(kube, object, { metadataOnly: true })
    if (applied.metadata.deletionTimestamp !== undefined) return { fields, leaving: refOf(object) }
    const { managedFields } = applied.metadata
    const wanted = apply[index] ?? object
    const digest = managedFields && heldDigest(wanted, managedFields, names.RELEASE_FIELD_MANAGER)
    if (digest === undefined) continue
    fields.set(objectKey(object), digest)
    memory.learn(wanted, digest)
  }
  return { fields }
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

export function waitUntilGone(refs: readonly ObjectRef[]): ApplyOutcome {
  return wait(refs.map(({ kind, name }) => `${kind} ${name}, which is being deleted, to be gone`))
}

export function wait(waitingFor: readonly string[]): ApplyOutcome {
  return { outcome: 'wait', waitingFor }
}
