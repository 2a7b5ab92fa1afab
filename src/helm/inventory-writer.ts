/** Writes the operator's own record of a release, only where it would say something new. */
import { isDeepStrictEqual } from 'node:util'
import type { InventoryEntry, TenantReleaseSpec } from '../crds/tenant-release.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { DesiredRelease } from '../plan/release.ts'
import type { ObservedRelease } from './observe.ts'
import type { ReleaseKube } from './port.ts'
import { tenantReleaseObject, tenantReleaseRef } from './tenant-release.ts'

export type InventoryWriter = (inventory: readonly InventoryEntry[]) => Promise<void>

export interface InventoryOptions {
  readonly kube: ReleaseKube
  readonly desired: DesiredRelease
  readonly revision: number
  readonly before: ObservedRelease['record']
  /** What the record comes to as it is. */
  readonly known: readonly InventoryEntry[]
}

/** For one revision. The resourceVersion is a precondition: what somebody else has written since is not written over. */
export function inventoryWriter({ kube, desired, revision, before, known }: InventoryOptions): InventoryWriter {
  const { name: release, chart, digest, clusterRole } = desired
  const head = { release, chart: chart.name, chartVersion: chart.version, digest, clusterRole, revision }
  let resourceVersion = before?.resourceVersion
  let written = before?.revision === revision && before.digest === digest ? known : undefined
  return async inventory => {
    if (isDeepStrictEqual(inventory, written)) return
    const saved = await save(kube, desired, { ...head, inventory: [...inventory] }, resourceVersion)
    resourceVersion = saved.metadata.resourceVersion
    written = inventory
  }
}

async function save(
  kube: ReleaseKube,
  desired: DesiredRelease,
  spec: TenantReleaseSpec,
  resourceVersion: string | undefined,
): Promise<KubeObject> {
  const object = tenantReleaseObject(desired, spec)
  const options = { manager: names.FIELD_MANAGER, metadataOnly: true }
  if (resourceVersion === undefined) return kube.create(object, options)
  const { labels } = object.metadata
  return kube.patch(tenantReleaseRef(desired), { metadata: { resourceVersion, labels }, spec }, options)
}
