/** Everything a release may have in the cluster: our own inventory, and what others have brought in since. Reads only. */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import { inventoryHolds } from './approach.ts'
import { distrusted, joined } from './change.ts'
import type { ObservedRelease } from './observe.ts'
import type { ReleaseIdentity } from './ownership.ts'
import type { ReleasePorts } from './port.ts'
import type { RecordStore } from './record-store.ts'
import { foreignObjects } from './rendered-objects.ts'

/**
 * As it was written, where nobody else has been at work. Else without digests, and with the objects of every revision
 * that the inventory does not cover: those of somebody's helm, or all of them where our own record is lost.
 */
export async function knownInventory(
  { scopeOf }: Pick<ReleasePorts, 'scopeOf'>,
  store: Pick<RecordStore, 'read'>,
  release: ReleaseIdentity,
  observed: ObservedRelease,
): Promise<InventoryEntry[]> {
  const { record, history } = observed
  if (record !== undefined && inventoryHolds(observed)) return record.inventory
  const uncovered = history.filter(({ digest }) => record === undefined || digest === undefined)
  let inventory = distrusted(record?.inventory ?? [])
  for (const { revision } of uncovered) {
    const rendered = await store.read(revision)
    if (rendered !== undefined) inventory = joined(inventory, await foreignObjects(rendered, release, scopeOf))
  }
  return inventory
}
