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
/** How many pods there are: the one field that an autoscaler takes over. */
const REPLICAS = ['f:spec', 'f:replicas']

const digests = new WeakMap<FieldTree, string>()

/** The set of fields that this manager applied and still holds; the count of pods counts as held where it is `scaled`. */
export function fieldsDigest(fields: Fields, manager: string, scaled = false): string {
  const held = heldBy(fields, manager)
  if (scaled) return digestOf(withPath(held, REPLICAS)).slice(0, DIGEST_LENGTH)
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

/** An autoscaler, which goes through `scale`, holds the count of pods. A person's `kubectl scale` is none. */
export function isAutoscaled(fields: Fields): boolean {
  return fields.some(({ fieldsV1, ...entry }) => isAutoscaler(entry) && at(fieldsV1, REPLICAS) !== undefined)
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

function at(tree: FieldTree | undefined, path: readonly string[]): FieldTree | undefined {
  return path.reduce<FieldTree | undefined>((found, part) => found?.[part], tree)
}

function withPath(tree: FieldTree, [part, ...rest]: readonly string[]): FieldTree {
  return part === undefined ? tree : { ...tree, [part]: withPath(tree[part] ?? NOTHING, rest) }
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
