/**
 * The inventory is written once for a revision, before the first of its applies, and says already what it will come to.
 * Helm's record of that revision, written after the last of them, makes it true. Pure.
 *
 *   change    Helm's record says deployed     otherwise
 *   ──────────────────────────────────────────────────────────────────
 *   Apply     applied in full                 there or not, old or new
 *   Delete    gone, or not ours to delete     there or not
 *   none      as the entry says               as the entry says
 */
import type { InventoryEntry, TenantReleaseSpec } from '../crds/tenant-release.ts'
import type { ReleaseRecord } from '../plan/observation.ts'
import type { RevisionRecord } from './history.ts'
import { digestLabel } from './record.ts'

/** What the inventory says when its promises have been kept, and when nobody knows how many of them have. */
export function settled(inventory: readonly InventoryEntry[], kept: boolean): InventoryEntry[] {
  return inventory.flatMap(({ change, ...entry }) => {
    if (change === undefined) return [entry]
    if (!kept) return [withoutDigest(entry)]
    return change === 'Delete' ? [] : [entry]
  })
}

/** The record as it is to be read next to Helm's. An older revision that counts as deployed too has still to be superseded. */
export function settledRecord(spec: TenantReleaseSpec, history: readonly RevisionRecord[]): ReleaseRecord {
  const { revision } = spec
  const kept = history.some(
    record =>
      record.revision === revision && record.status === 'deployed' && record.digest === digestLabel(spec.digest),
  )
  const inventory = settled(spec.inventory, kept)
  const isWhole = inventory.every(({ digest }) => digest !== undefined)
  const isAlone = !history.some(record => record.revision < revision && record.status === 'deployed')
  return { ...spec, inventory, state: kept && isWhole && isAlone ? 'Deployed' : 'Applying' }
}

export function withoutDigest({ digest: _, fields: __, ...entry }: InventoryEntry): InventoryEntry {
  return entry
}
