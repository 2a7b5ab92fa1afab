/**
 * What was deleted or edited behind the operator's back: which objects have to be there and how one tells that they are
 * still as they were applied, without their manifests. Pure.
 */
import type { TenantStatus } from '../crds/tenant.ts'
import type { InventoryEntry } from '../crds/tenant-release.ts'
import { holdsAll, lastEditor } from './managed-fields.ts'
import * as names from './names.ts'
import { isOwnNamespace } from './namespace.ts'
import { type KubeObject, type ObjectMeta, type ObjectRef, refOf, refOfEntry } from './object.ts'
import type { TenantObservation } from './observation.ts'
import { isSeeded } from './seeded.ts'
import { appliedDigestOf, type DesiredTenant, releaseIsCurrent } from './tenant.ts'
import { holdsStill } from './yielded-fields.ts'

export interface DriftedObject {
  readonly ref: ObjectRef
  readonly what: 'gone' | 'edited'
  /** The field manager that wrote last, where one can be told. */
  readonly by?: string
}

export interface Drift {
  /** Put back in this pass. */
  readonly due: readonly DriftedObject[]
  /** Put back so often within a short time that somebody must be undoing it; left alone for a while. */
  readonly held: readonly DriftedObject[]
}

export const NO_DRIFT: Drift = { due: [], held: [] }

/** An object that was applied in full before. */
export interface ExpectedObject {
  readonly ref: ObjectRef
  readonly manager: string
  readonly isIntact: (metadata: ObjectMeta) => boolean
}

/** Nothing of a tenant that is still being set up: what is not there yet has not been taken away. */
export function expectedObjects(
  desired: DesiredTenant,
  observed: Pick<TenantObservation, 'namespace' | 'release'>,
  before: TenantStatus | undefined,
): ExpectedObject[] {
  if (before?.release === undefined || !isOwnNamespace(observed.namespace, desired.release.tenant)) return []
  const own = [desired.namespace, ...desired.access, ...desired.policies].map(expectedOwn)
  if (!releaseIsCurrent(desired, observed)) return own
  return [...own, ...(observed.release.record?.inventory ?? []).flatMap(expectedOfRelease)]
}

/** Secrets are not watched but read by name. */
export function missingSecrets(
  { secrets }: DesiredTenant,
  { secretKeys, isReadable }: Pick<TenantObservation, 'secretKeys' | 'isReadable'>,
  before: TenantStatus | undefined,
): DriftedObject[] {
  if (before?.credentials === undefined || !isReadable) return []
  const refs = secrets.map(({ object }) => refOf(object)).filter(({ name }) => !secretKeys.has(name))
  return refs.map(ref => ({ ref, what: 'gone' }))
}

/** Another digest that is still ours to write is an older plan's, and no drift. */
function expectedOwn(object: KubeObject): ExpectedObject {
  const manager = names.FIELD_MANAGER
  const { kind, apiVersion, metadata } = object
  const digest = { apiVersion, kind, metadata: { name: metadata.name, annotations: metadata.annotations ?? {} } }
  return {
    ref: refOf(object),
    manager,
    isIntact: ({ annotations, managedFields }) => {
      if (managedFields === undefined) return true
      const isOlder = annotations?.[names.APPLIED_ANNOTATION] !== appliedDigestOf(object)
      return holdsAll(managedFields, manager, isOlder ? digest : object)
    },
  }
}

function expectedOfRelease({ digest, fields, ...entry }: InventoryEntry): ExpectedObject[] {
  if (digest === undefined) return []
  const manager = names.RELEASE_FIELD_MANAGER
  return [
    {
      ref: refOfEntry(entry),
      manager,
      isIntact: ({ managedFields }) => {
        if (isSeeded(entry) || fields === undefined || managedFields === undefined) return true
        return holdsStill(fields, entry, managedFields, manager)
      },
    },
  ]
}

export function driftOf({ ref, manager }: ExpectedObject, live: KubeObject | undefined): DriftedObject {
  if (live === undefined) return { ref, what: 'gone' }
  const by = lastEditor(live.metadata.managedFields ?? [], manager)
  return { ref, what: 'edited', ...(by === undefined ? {} : { by }) }
}

/** `Deployment api was edited by kubectl-edit`. */
export function driftText({ ref: { kind, name }, what, by }: DriftedObject): string {
  return what === 'gone' ? `${kind} ${name} is gone` : `${kind} ${name} was edited by ${by ?? 'somebody'}`
}

/** The same for the same objects, in whatever order they were found. */
export function driftTexts(drifted: readonly DriftedObject[]): string {
  return drifted.map(driftText).sort().join('; ')
}
