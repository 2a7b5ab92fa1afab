/**
 * From what a revision renders and what the inventory says of the revisions before, what has to be written and what to
 * be deleted. Pure.
 *
 *   inventoryDuring   before the first write: old and new objects; what is about to change or go has no digest
 *   inventoryAfter    when all is done: exactly the new objects
 *
 * A digest in the inventory is a promise that this very manifest was applied in full and nothing of ours has touched the
 * object since. So whatever happens in between, the next revision knows every object and what it cannot rely on.
 */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import type { KubeObject } from '../plan/object.ts'
import { inUninstallOrder } from './kind-order.ts'
import { entryKey, objectKey } from './manifest.ts'
import { isKept } from './ownership.ts'
import { stampedDigest } from './stamp.ts'

export interface Change {
  /** In install order. */
  readonly apply: readonly KubeObject[]
  /** In uninstall order. What the object in the cluster says itself decides whether it is to be kept. */
  readonly prune: readonly InventoryEntry[]
  readonly unchanged: number
  readonly inventoryDuring: readonly InventoryEntry[]
  readonly inventoryAfter: readonly InventoryEntry[]
}

/** `objects` are stamped, in install order. */
export function planChange(objects: readonly KubeObject[], inventory: readonly InventoryEntry[]): Change {
  const before = new Map(inventory.map(entry => [entryKey(entry), entry]))
  const apply = objects.filter(object => before.get(objectKey(object))?.digest !== stampedDigest(object))
  const changing = new Set(apply.map(objectKey))
  const staying = new Set(objects.map(objectKey))
  const leaving = inventory.filter(entry => !staying.has(entryKey(entry)))
  const inventoryAfter = objects.map(inventoryEntryOf)
  return {
    apply,
    prune: inUninstallOrder(leaving),
    unchanged: objects.length - apply.length,
    inventoryDuring: [
      ...inventoryAfter.map(entry => (changing.has(entryKey(entry)) ? withoutDigest(entry) : entry)),
      ...leaving.map(withoutDigest),
    ],
    inventoryAfter,
  }
}

/** Nothing is relied on: every object is applied again. */
export function distrusted(inventory: readonly InventoryEntry[]): InventoryEntry[] {
  return inventory.map(withoutDigest)
}

/** Objects that somebody else's revision holds, added to those we know. */
export function joined(known: readonly InventoryEntry[], others: readonly KubeObject[]): InventoryEntry[] {
  const keys = new Set(known.map(entryKey))
  const added = others.filter(object => !keys.has(objectKey(object))).map(inventoryEntryOf)
  return [...known, ...added.map(withoutDigest)]
}

function inventoryEntryOf(object: KubeObject): InventoryEntry {
  const { namespace, name } = object.metadata
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    digest: stampedDigest(object),
    ...(isKept(object) ? { keep: true } : {}),
  }
}

function withoutDigest({ digest: _, ...entry }: InventoryEntry): InventoryEntry {
  return entry
}
