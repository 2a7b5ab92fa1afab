/** The copy that an informer keeps, and what changes in it. Knows no network. No look at it costs more with more namespaces. */
import type { KubeObject } from '../plan/object.ts'
import { isPacked, type Kept, nameOf, pack, unpack } from './packed-object.ts'
import { sharedText } from './shared-text.ts'

export interface Change {
  readonly type: 'added' | 'updated' | 'deleted'
  readonly object: KubeObject
  readonly previous?: KubeObject
}

export interface ObjectStore {
  get(name: string, namespace?: string): KubeObject | undefined
  /** All, or those of one namespace. */
  list(namespace?: string): KubeObject[]
  /** Those for which `keyOf` answers this key. */
  indexed(key: string): KubeObject[]
  readonly size: number
  /** Takes a complete list for the truth. Says what differs from before. */
  replace(objects: readonly KubeObject[]): Change[]
  put(object: KubeObject): Change[]
  remove(object: KubeObject): Change[]
}

export type KeyOf = (object: KubeObject) => string | undefined

export interface StoreOptions {
  /** What `indexed` finds them by. */
  readonly keyOf?: KeyOf
  /** There are many alike: they take less memory, and each look at one makes it anew. */
  readonly packed?: boolean
}

export function createObjectStore({ keyOf = () => undefined, packed = false }: StoreOptions = {}): ObjectStore {
  const keep = packed ? pack : (object: KubeObject) => object
  const newShelves = () => createShelves(keyOf, keep)
  let shelves = newShelves()
  return {
    get(name, namespace = '') {
      const found = findOn(shelves.byName.get(namespace), name)
      return found === undefined ? undefined : unpack(found)
    },
    list: namespace => (namespace === undefined ? shelves.all() : onShelf(shelves.byName.get(namespace)).map(unpack)),
    indexed: key => [...(shelves.byKey.get(key) ?? [])].map(unpack),
    get size() {
      return shelves.size
    },
    replace(listed) {
      const before = shelves
      shelves = newShelves()
      for (const object of listed) shelves.put(object)
      const gone = before.all().filter(object => shelves.same(object) === undefined)
      return [...gone.map(deletion), ...listed.flatMap(object => changesBetween(before.same(object), object))]
    },
    put: object => changesBetween(shelves.put(object), object),
    remove: object => (shelves.remove(object) === undefined ? [] : [deletion(object)]),
  }
}

/**
 * What a namespace has. Of a few objects, as most have of a kind, a list takes a third of a map's memory, and one alone needs
 * nothing around it.
 */
type Shelf = Kept | readonly Kept[] | Map<string, Kept>

const FEW = 8

function isMap(shelf: Shelf | undefined): shelf is Map<string, Kept> {
  return shelf instanceof Map
}

function fewOn(shelf: Exclude<Shelf, Map<string, Kept>> | undefined): readonly Kept[] {
  if (shelf === undefined) return []
  return Array.isArray(shelf) && !isPacked(shelf) ? (shelf as readonly Kept[]) : [shelf as Kept]
}

function onShelf(shelf: Shelf | undefined): Kept[] {
  return isMap(shelf) ? [...shelf.values()] : [...fewOn(shelf)]
}

function findOn(shelf: Shelf | undefined, name: string): Kept | undefined {
  return isMap(shelf) ? shelf.get(name) : fewOn(shelf).find(kept => nameOf(kept) === name)
}

/** It is not there yet. */
function putOn(shelf: Shelf | undefined, kept: Kept): Shelf {
  if (shelf === undefined) return kept
  if (isMap(shelf)) return shelf.set(nameOf(kept), kept)
  // No room for more than there is, as a list that grows would have.
  const all = fewOn(shelf).concat([kept])
  return all.length <= FEW ? all : new Map(all.map(one => [nameOf(one), one]))
}

/** Undefined where nothing is left. */
function takeFrom(shelf: Shelf | undefined, kept: Kept): Shelf | undefined {
  if (isMap(shelf)) {
    shelf.delete(nameOf(kept))
    return shelf.size === 0 ? undefined : shelf
  }
  const rest = fewOn(shelf).filter(one => one !== kept)
  return rest.length > 1 ? rest : rest[0]
}

interface Shelves {
  readonly byName: ReadonlyMap<string, Shelf>
  readonly byKey: ReadonlyMap<string, ReadonlySet<Kept>>
  readonly size: number
  all(): KubeObject[]
  /** What lies where this object would lie. */
  same(object: KubeObject): KubeObject | undefined
  /** Both answer what lay there before. */
  put(object: KubeObject): KubeObject | undefined
  remove(object: KubeObject): KubeObject | undefined
}

function createShelves(keyOf: KeyOf, keep: (object: KubeObject) => Kept): Shelves {
  const byName = new Map<string, Shelf>()
  const byKey = new Map<string, Set<Kept>>()
  let size = 0
  const keptSame = ({ metadata }: KubeObject) => findOn(byName.get(metadata.namespace ?? ''), metadata.name)
  const same = (object: KubeObject) => {
    const kept = keptSame(object)
    return kept === undefined ? undefined : unpack(kept)
  }
  const remove = (object: KubeObject) => {
    const kept = keptSame(object)
    if (kept === undefined) return undefined
    const found = unpack(kept)
    const { namespace = '' } = found.metadata
    const rest = takeFrom(byName.get(namespace), kept)
    if (rest === undefined) byName.delete(namespace)
    else byName.set(namespace, rest)
    const key = keyOf(found)
    const others = key === undefined ? undefined : byKey.get(key)
    others?.delete(kept)
    if (key !== undefined && others?.size === 0) byKey.delete(key)
    size -= 1
    return found
  }
  return {
    byName,
    byKey,
    get size() {
      return size
    },
    all: () => [...byName.values()].flatMap(shelf => onShelf(shelf).map(unpack)),
    same,
    remove,
    put(object) {
      const before = remove(object)
      const kept = keep(object)
      const namespace = sharedText(object.metadata.namespace ?? '')
      byName.set(namespace, putOn(byName.get(namespace), kept))
      const key = keyOf(object)
      if (key !== undefined) byKey.set(key, (byKey.get(key) ?? new Set()).add(kept))
      size += 1
      return before
    },
  }
}

/** Another uid is another object, which took the name while nobody looked. */
function changesBetween(before: KubeObject | undefined, object: KubeObject): Change[] {
  if (before === undefined) return [{ type: 'added', object }]
  if (before.metadata.uid !== object.metadata.uid) return [deletion(before), { type: 'added', object }]
  if (before.metadata.resourceVersion === object.metadata.resourceVersion) return []
  return [{ type: 'updated', object, previous: before }]
}

function deletion(object: KubeObject): Change {
  return { type: 'deleted', object }
}
