/**
 * Brings the cluster to a release. Every write but the first relies on the one before, so that this can break off
 * between any two of them and simply be called again:
 *
 *   render ─▶ refuse ─▶ TenantRelease: Applying, old and new objects ─▶ apply what changed ─▶ prune what is gone
 *                                                                                                    │
 *   TenantRelease: Deployed, exactly the new objects ◀─ supersede the older revisions ◀─ Helm's record of the new one
 *
 * Until Helm's record is there, a new call makes the same revision again; from then on it only finishes it.
 */
import type { InventoryEntry, TenantReleaseSpec } from '../crds/tenant-release.ts'
import * as names from '../plan/names.ts'
import { type KubeObject, type ObjectRef, refOf } from '../plan/object.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { type Admission, admitObjects } from './admission.ts'
import { type Approach, planApproach } from './approach.ts'
import { type Change, planChange } from './change.ts'
import { HelmError } from './errors.ts'
import { knownInventory } from './inventory.ts'
import { type ObservedRelease, observeRelease } from './observe.ts'
import type { ReleaseKube, ReleasePorts } from './port.ts'
import { deployedRecord, deployedRelease } from './record.ts'
import { createRecordStore } from './record-store.ts'
import { refOfEntry, removeObject } from './removal.ts'
import { renderedObjects } from './rendered-objects.ts'
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
  const approach = planApproach(desired, observed, ports.now())
  switch (approach.approach) {
    case 'none':
      return { outcome: 'done', revision: approach.revision, applied: [], pruned: [], foreign: [] }
    case 'wait':
      return wait([`somebody's helm, at work on revision ${approach.revision} (${approach.status})`])
    case 'unlock':
      await createRecordStore(ports.kube, desired, ports.now).markFailed(approach.revision)
      return wait([`another look, now that the abandoned revision ${approach.revision} is marked as failed`])
    case 'finish':
    case 'render':
      return convergeRelease(ports, desired, observed, approach)
    default:
      return approach satisfies never
  }
}

type WorkToDo = Extract<Approach, { approach: 'finish' | 'render' }>

/** A revision of which everything is known and nothing is written yet. */
interface Revision {
  readonly revision: number
  /** Helm's record, where it is not there already. */
  readonly record?: KubeObject
  readonly change: Change
  readonly admission: Admission
}

async function convergeRelease(
  ports: ReleasePorts,
  desired: DesiredRelease,
  observed: ObservedRelease,
  approach: WorkToDo,
): Promise<ApplyOutcome> {
  const prepared = await prepareRevision(ports, desired, observed, approach)
  const { leaving } = prepared.admission
  return leaving.length > 0 ? waitUntilGone(leaving) : writeRevision(ports, desired, observed, prepared)
}

/** Reads only. What has to be refused is refused here. */
async function prepareRevision(
  ports: ReleasePorts,
  desired: DesiredRelease,
  observed: ObservedRelease,
  { approach, revision: known }: WorkToDo,
): Promise<Revision> {
  const { kube, renderer, scopeOf, now } = ports
  const store = createRecordStore(kube, desired, now)
  const written = approach === 'finish' ? await store.read(known) : undefined
  const revision = written === undefined ? (observed.latest?.revision ?? 0) + 1 : known
  const release = written ?? deployedRelease(await renderer.render(desired), revision, now())
  const record = written === undefined ? deployedRecord(release, desired.digest, now()) : undefined
  const objects = await renderedObjects(release, desired, scopeOf)
  const change = planChange(objects, await knownInventory(ports, store, desired, observed))
  // Of a release that it does not know, helm has just looked at every object.
  const isNew = observed.record === undefined && observed.latest === undefined
  const admission = isNew
    ? { objects: change.apply, leaving: [] }
    : await admitObjects(asRelease(kube, desired), desired, change.apply)
  return { revision, change, admission, ...(record === undefined ? {} : { record }) }
}

async function writeRevision(
  { kube, scopeOf, now }: ReleasePorts,
  desired: DesiredRelease,
  observed: ObservedRelease,
  { revision, record, change, admission }: Revision,
): Promise<ApplyOutcome> {
  const releaseKube = asRelease(kube, desired)
  const store = createRecordStore(kube, desired, now)
  const { version: chartVersion, name: chart } = desired.chart
  const spec = { release: desired.name, chart, chartVersion, digest: desired.digest, revision }
  const save = (state: TenantReleaseSpec['state'], inventory: readonly InventoryEntry[], resourceVersion?: string) =>
    saveTenantRelease(kube, desired, { ...spec, state, inventory: [...inventory] }, resourceVersion)

  const begun = await save('Applying', change.inventoryDuring, observed.record?.resourceVersion)
  for (const object of admission.objects) {
    const applied = await applyObject(releaseKube, object)
    if (applied.metadata.deletionTimestamp !== undefined) return waitUntilGone([refOf(object)])
  }
  const removals = await removeAll(change.prune, { kube: releaseKube, scopeOf, release: desired })
  if (record !== undefined) await store.write(record)
  await store.supersede(observed.history, revision)
  await save('Deployed', change.inventoryAfter, begun.metadata.resourceVersion)
  return { outcome: 'done', revision, applied: change.apply.map(refOf), ...removals }
}

/** As the service account of the tenant's namespace, which can reach nothing outside it. */
function asRelease(kube: ReleaseKube, { namespace }: DesiredRelease): ReleaseKube {
  return kube.as(names.releaseUser(namespace))
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

async function applyObject(kube: ReleaseKube, object: KubeObject): Promise<KubeObject> {
  try {
    return await kube.apply(object, { manager: names.RELEASE_FIELD_MANAGER, force: true })
  } catch (error) {
    throw object.kind === 'Secret' ? withoutContent(error, object) : error
  }
}

/** Answers that speak of access and load, and never of what is inside. */
const SILENT_ABOUT_CONTENT = new Set(['Forbidden', 'Unauthorized', 'NotFound', 'Conflict', 'TooManyRequests'])

/** An answer that refuses a Secret may quote it. */
function withoutContent(error: unknown, { metadata }: KubeObject): unknown {
  const { reason, status } = error as { reason?: unknown; status?: unknown }
  if (status === 0 || status === undefined || SILENT_ABOUT_CONTENT.has(String(reason))) return error
  return new HelmError({
    reason: 'SecretRefused',
    message: `Cannot apply Secret ${metadata.namespace}/${metadata.name}: the API server refuses it (${reason}); its words are left out, for they may quote the Secret`,
  })
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
