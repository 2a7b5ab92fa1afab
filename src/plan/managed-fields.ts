/**
 * Which of the fields that a manager applied it still holds, by what the API server keeps of every object in
 * `managedFields`. A write that changes or removes a field takes it away from whoever held it before; a field that
 * somebody adds takes nothing away. So an edit shows without the manifest, and additions of others do not count. Pure.
 */
import { digestOf } from './digest.ts'
import type { FieldsEntry, FieldTree, KubeObject } from './object.ts'

export type Fields = readonly FieldsEntry[]

/** Digits enough to tell two sets of fields of one object apart; there may be a thousand in one record. */
const DIGEST_LENGTH = 16

/** From the top of an object, such as `['spec', 'replicas']`. */
export type FieldPath = readonly string[]

const digests = new WeakMap<FieldTree, string>()

/** The set of fields that this manager applied and still holds; those that it has `yielded` to others count as held. */
export function fieldsDigest(fields: Fields, manager: string, yielded: readonly FieldPath[] = []): string {
  const held = heldBy(fields, manager)
  if (yielded.length > 0) return digestOf(yielded.reduce(withPath, held)).slice(0, DIGEST_LENGTH)
  const known = digests.get(held)
  if (known !== undefined) return known
  const digest = digestOf(held).slice(0, DIGEST_LENGTH)
  digests.set(held, digest)
  return digest
}

/** Everything in the object is held by the manager that applied it, or was changed by an admission mutator meanwhile. */
export function holdsAll(fields: Fields, manager: string, { apiVersion: _, kind: __, ...object }: KubeObject): boolean {
  const { name: ___, namespace: ____, uid: _____, ...metadata } = object.metadata
  const content = { ...object, metadata }
  return covers(heldBy(fields, manager), content) || covers(mergedTree(treesOf(fields, manager)), content)
}

/** An autoscaler, which goes through `scale`, holds this field. A person's `kubectl scale` is none. */
export function isAutoscaled(fields: Fields, path: FieldPath): boolean {
  return fields.some(entry => isAutoscaler(entry) && isIn(entry.fieldsV1, path))
}

/** Somebody holds this field, and this manager does not. */
export function isHeldByOthers(fields: Fields, manager: string, path: FieldPath): boolean {
  return !isIn(heldBy(fields, manager), path) && fields.some(({ fieldsV1 }) => isIn(fieldsV1, path))
}

/**
 * The manager that wrote last, of those whose writes can be an edit; several where they wrote within the same second.
 * Nobody is known where an edit only removed fields.
 */
export function lastEditor(fields: Fields, manager: string): string | undefined {
  const others = fields.filter(
    entry => entry.manager !== manager && entry.subresource !== 'status' && !isAutoscaler(entry),
  )
  const last = others
    .map(({ time = '' }) => time)
    .sort()
    .at(-1)
  const editors = others.filter(({ time = '' }) => time === last).map(entry => entry.manager ?? 'somebody')
  return editors.length === 0 ? undefined : [...new Set(editors)].sort().join(' or ')
}

function isAutoscaler({ manager = '', subresource }: Omit<FieldsEntry, 'fieldsV1'>): boolean {
  return subresource === 'scale' && !manager.startsWith('kubectl')
}

const NOTHING: FieldTree = {}

/** What it applied, and nothing that an admission mutator has put into the same request. */
function heldBy(fields: Fields, manager: string): FieldTree {
  const applied = fields.filter(entry => entry.manager === manager && entry.operation === 'Apply' && !entry.subresource)
  const [only = { fieldsV1: NOTHING }] = applied
  return applied.length > 1 ? mergedTree(applied.map(({ fieldsV1 = NOTHING }) => fieldsV1)) : (only.fieldsV1 ?? NOTHING)
}

function treesOf(fields: Fields, manager: string): FieldTree[] {
  return fields.flatMap(entry => (entry.manager === manager && entry.fieldsV1 ? [entry.fieldsV1] : []))
}

function mergedTree(trees: readonly FieldTree[]): FieldTree {
  const parts = new Set(trees.flatMap(tree => Object.keys(tree)))
  const below = (part: string) => mergedTree(trees.flatMap(tree => (tree[part] ? [tree[part]] : [])))
  return Object.fromEntries([...parts].map(part => [part, below(part)]))
}

function isIn(tree: FieldTree | undefined, path: FieldPath): boolean {
  return path.reduce<FieldTree | undefined>((found, field) => found?.[`f:${field}`], tree) !== undefined
}

function withPath(tree: FieldTree, [field, ...rest]: FieldPath): FieldTree {
  return field === undefined ? tree : { ...tree, [`f:${field}`]: withPath(tree[`f:${field}`] ?? NOTHING, rest) }
}

/** The tree itself says whether a map or list is held as a whole: then there is nothing below it. */
function covers(tree: FieldTree, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return Object.keys(tree).length === 0 || itemsIn(tree) >= value.length
  return Object.entries(value).every(([field, below]) => {
    if (below === undefined) return true
    const found = tree[`f:${field}`]
    return found !== undefined && (Object.keys(found).length === 0 || covers(found, below))
  })
}

function itemsIn(tree: FieldTree): number {
  return Object.keys(tree).filter(part => part !== '.').length
}
