/**
 * Takes a release away, wave by wave, without waiting: each call asks for what can go now and says what is still there.
 *
 *   hooks before  ─▶  what serves or uses  ─▶  the rest, databases first  ─▶  hooks after  ─▶  Helm's records  ─▶  TenantRelease
 */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import * as names from '../plan/names.ts'
import { type ObjectRef, refOfEntry } from '../plan/object.ts'
import { runHooksAfterDeletion, runHooksBeforeDeletion } from './delete-hooks.ts'
import { knownInventory } from './inventory.ts'
import { uninstallWaves } from './kind-order.ts'
import { observeRelease } from './observe.ts'
import type { ReleaseIdentity } from './ownership.ts'
import type { ReleasePorts } from './port.ts'
import { createRecordStore } from './record-store.ts'
import { type RemovalOptions, removeObject } from './removal.ts'
import { tenantReleaseRef } from './tenant-release.ts'

export interface UninstallOutcome {
  /** Asked to go, and still there. Empty when nothing of the release is left but what is to be kept. */
  readonly remaining: readonly ObjectRef[]
  /** Left alone: they belong to somebody else by now. */
  readonly foreign: readonly ObjectRef[]
  /** Hooks that are awaited, in words for people. */
  readonly hooks: readonly string[]
  /** A hook after the deletion has failed, in words; that holds nothing up. */
  readonly hookFailure?: string
}

export interface UninstallOptions {
  /** As `helm uninstall --no-hooks`. */
  readonly skipHooks?: boolean
}

/** Idempotent; needs neither a chart nor values. @throws HelmError, and the client's */
export async function uninstallRelease(
  ports: Omit<ReleasePorts, 'renderer'>,
  release: ReleaseIdentity,
  { skipHooks = false }: UninstallOptions = {},
): Promise<UninstallOutcome> {
  const { kube, scopeOf, now } = ports
  const observed = await observeRelease(kube, release)
  const { record, latest, history } = observed
  const isInstalled = record !== undefined || history.some(({ status }) => status !== 'pending-install')
  const work = skipHooks || latest === undefined ? undefined : { ports, release, latest, isInstalled }
  const before = work === undefined ? [] : await runHooksBeforeDeletion(work)
  if (before.length > 0) return { ...NOTHING, hooks: before }
  const store = createRecordStore(kube, release, now)
  const inventory = await knownInventory(ports, store, release, observed)
  const [first, second] = uninstallWaves(inventory)
  const options = { kube: kube.as(names.releaseUser(release.namespace)), scopeOf, release }
  // A workload is gone when its pods are: nobody is to write to a database that is going.
  const begun = await removeWave(first, { ...options, propagation: 'Foreground' })
  if (begun.remaining.length > 0) return begun
  const rest = await removeWave(second, { ...options, propagation: 'Background' })
  const foreign = [...begun.foreign, ...rest.foreign]
  if (rest.remaining.length > 0) return { ...rest, foreign }
  const after = work === undefined ? undefined : await runHooksAfterDeletion(work)
  if (after !== undefined && after.waitingFor.length > 0) return { ...NOTHING, foreign, hooks: after.waitingFor }
  await store.deleteAll(observed.history)
  if (observed.record !== undefined) await kube.delete(tenantReleaseRef(release), { uid: observed.record.uid })
  return { ...NOTHING, foreign, ...(after?.failure === undefined ? {} : { hookFailure: after.failure }) }
}

const NOTHING: UninstallOutcome = { remaining: [], foreign: [], hooks: [] }

async function removeWave(wave: readonly InventoryEntry[], options: RemovalOptions): Promise<UninstallOutcome> {
  const remaining: ObjectRef[] = []
  const foreign: ObjectRef[] = []
  for (const entry of wave) {
    const removal = await removeObject(entry, options)
    if (removal === 'deleting') remaining.push(refOfEntry(entry))
    if (removal === 'foreign') foreign.push(refOfEntry(entry))
  }
  return { remaining, foreign, hooks: [] }
}
