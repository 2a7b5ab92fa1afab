/**
 * From what a revision renders and what the inventory says of the revisions before, what has to be written and what to
 * be deleted. Pure.
 *
 * A digest in the inventory is a promise that this very manifest was applied in full and nothing of ours has touched the
 * object since. So whatever happens in between, the next revision knows every object and what it cannot rely on.
 */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import { inUninstallOrder } from './kind-order.ts'
import { entryKey, objectKey } from './manifest.ts'
import { isKept } from './ownership.ts'
import { withoutDigest } from './promise.ts'
import { stampedDigest } from './stamp.ts'

export interface Change {
  /** In install order. */
  readonly apply: readonly KubeObject[]
  /** In uninstall order. What the object in the cluster says itself decides whether it is to be kept. */
  readonly prune: readonly InventoryEntry[]
  readonly unchanged: number
  /** Old and new objects, and what becomes of them: promise.ts. */
  readonly inventory: readonly InventoryEntry[]
}

/** `objects` are stamped, in install order. */
export function planChange(objects: readonly KubeObject[], inventory: readonly InventoryEntry[]): Change {
  const before = new Map(inventory.map(entry => [entryKey(entry), entry]))
  const apply = objects.filter(object => before.get(objectKey(object))?.digest !== stampedDigest(object))
  const changing = new Set(apply.map(objectKey))
  const staying = new Set(objects.map(objectKey))
  const leaving = inventory.filter(entry => !staying.has(entryKey(entry)))
  return {
    apply,
    prune: inUninstallOrder(leaving),
    unchanged: objects.length - apply.length,
    inventory: [
      ...objects.map(object => {
        const entry = inventoryEntryOf(object, before.get(objectKey(object)))
        return changing.has(objectKey(object)) ? { ...entry, change: 'Apply' as const } : entry
      }),
      ...leaving.map(entry => ({ ...withoutDigest(entry), change: 'Delete' as const })),
    ],
  }
}

/** Nothing is relied on: every object is applied again. */
export function distrusted(inventory: readonly InventoryEntry[]): InventoryEntry[] {
  return inventory.map(withoutDigest)
}

/** Objects that somebody else's revision holds, added to those we know. */
export function joined(known: readonly InventoryEntry[], others: readonly KubeObject[]): InventoryEntry[] {
  const keys = new Set(known.map(entryKey))
  const added = others.filter(object => !keys.has(objectKey(object))).map(object => inventoryEntryOf(object))
  return [...known, ...added.map(withoutDigest)]
}

/** These objects are not as they were applied: they are applied again. */
export function distrustedAt(inventory: readonly InventoryEntry[], objects: readonly ObjectRef[]): InventoryEntry[] {
  const keys = new Set(objects.map(entryKey))
  return distrustedWhere(inventory, entry => keys.has(entryKey(entry)))
}

export function distrustedWhere(
  inventory: readonly InventoryEntry[],
  isDoubtful: (entry: InventoryEntry) => boolean,
): InventoryEntry[] {
  return inventory.map(entry => (isDoubtful(entry) ? withoutDigest(entry) : entry))
}

/** With the fields that it will probably hold, where nothing is known of those that it holds. */
export function withExpectedFields(
  { inventory, apply }: Change,
  expected: (object: KubeObject) => string | undefined,
): InventoryEntry[] {
  const objects = new Map(apply.map(object => [objectKey(object), object]))
  return inventory.map(entry => {
    const object = entry.fields === undefined ? objects.get(entryKey(entry)) : undefined
    const fields = object && expected(object)
    return fields === undefined ? entry : { ...entry, fields }
  })
}

/** With what the API server said of the fields of those that were applied. */
export function withFields(
  inventory: readonly InventoryEntry[],
  applied: ReadonlyMap<string, string>,
): InventoryEntry[] {
  return inventory.map(entry => {
    const fields = applied.get(entryKey(entry))
    return fields === undefined ? entry : { ...entry, fields }
  })
}

function inventoryEntryOf(object: KubeObject, before?: InventoryEntry): InventoryEntry {
  const { namespace, name } = object.metadata
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    digest: stampedDigest(object),
    // A change of values leaves the set of fields as it was; where it does not, the answer to the apply will say so.
    ...(before?.fields === undefined ? {} : { fields: before.fields }),
    ...(isKept(object) ? { keep: true } : {}),
  }
}
