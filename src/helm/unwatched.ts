/** What of a release nobody watches, so that nobody can tell whether it is still as it was applied. Reads only. */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import { refOfEntry } from '../plan/object.ts'
import { isSeeded } from '../plan/seeded.ts'
import { distrustedWhere } from './change.ts'
import { entryKey } from './manifest.ts'
import type { ReleaseKube, ReleasePorts } from './port.ts'

/** To be applied again, but what was seeded and is there: that belongs to whoever changed it. */
export async function unwatchedDistrusted(
  kube: Pick<ReleaseKube, 'get'>,
  { isWatched }: Pick<ReleasePorts, 'isWatched'>,
  inventory: readonly InventoryEntry[],
): Promise<InventoryEntry[]> {
  const unwatched = inventory.filter(entry => entry.digest !== undefined && !isWatched(entry))
  const seeded = unwatched.filter(isSeeded)
  const found = await Promise.all(seeded.map(entry => kube.get(refOfEntry(entry))))
  const isThere = (index: number) => found[index] !== undefined && !found[index].metadata.deletionTimestamp
  const trusted = new Set(seeded.filter((_, index) => isThere(index)).map(entryKey))
  return distrustedWhere(inventory, entry => !isWatched(entry) && !trusted.has(entryKey(entry)))
}
