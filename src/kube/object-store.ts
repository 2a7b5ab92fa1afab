/** The copy that an informer keeps, and what changes in it. Knows no network. No look at it costs more with more namespaces. */
import type { KubeObject } from '../plan/object.ts'

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

export function createObjectStore(keyOf: KeyOf = () => undefined): ObjectStore {
  let shelves = createShelves(keyOf)
  return {
    get: (name, namespace = '') => findOn(shelves.byName.get(namespace), name),
    list: namespace => (namespace === undefined ? shelves.all() : [...onShelf(shelves.byName.get(namespace))]),
    indexed: key => [...(shelves.byKey.get(key) ?? [])],
    get size() {
      return shelves.size
    },
    replace(listed) {
      const before = shelves
      shelves = createShelves(keyOf)
      for (const object of listed) shelves.put(object)
      const gone = before.all().filter(object => shelves.same(object) === undefined)
      return [...gone.map(deletion), ...shelves.all().flatMap(object => changesBetween(before.same(object), object))]
    },
    put: object => changesBetween(shelves.put(object), object),
    remove: object => (shelves.remove(object) === undefined ? [] : [deletion(object)]),
  }
}

/** What a namespace has. Of a few objects, as most have of a kind, a list takes a third of a map's memory. */
type Shelf = readonly KubeObject[] | Map<string, KubeObject>

const FEW = 8

function onShelf(shelf: Shelf = []): Iterable<KubeObject> {
  return shelf.values()
}

function findOn(shelf: Shelf | undefined, name: string): KubeObject | undefined {
  return shelf instanceof Map ? shelf.get(name) : shelf?.find(({ metadata }) => metadata.name === name)
}

/** `object` is not on it yet. */
function putOn(shelf: Shelf = [], object: KubeObject): Shelf {
  if (shelf instanceof Map) return shelf.set(object.metadata.name, object)
  // No room for more than there is, as a list that grows would have.
  const all = shelf.concat([object])
  return all.length <= FEW ? all : new Map(all.map(one => [one.metadata.name, one]))
}

/** Undefined where nothing is left. */
function takeFrom(shelf: Shelf | undefined, object: KubeObject): Shelf | undefined {
  if (shelf instanceof Map) {
    shelf.delete(object.metadata.name)
    return shelf.size === 0 ? undefined : shelf
  }
  const rest = shelf?.filter(one => one !== object) ?? []
  return rest.length === 0 ? undefined : rest
}

interface Shelves {
  readonly byName: ReadonlyMap<string, Shelf>
  readonly byKey: ReadonlyMap<string, ReadonlySet<KubeObject>>
  readonly size: number
  all(): KubeObject[]
  /** What lies where this object would lie. */
  same(object: KubeObject): KubeObject | undefined
  /** Both answer what lay there before. */
  put(object: KubeObject): KubeObject | undefined
  remove(object: KubeObject): KubeObject | undefined
}

function createShelves(keyOf: KeyOf): Shelves {
  const byName = new Map<string, Shelf>()
  const byKey = new Map<string, Set<KubeObject>>()
  let size = 0
  const same = ({ metadata }: KubeObject) => findOn(byName.get(metadata.namespace ?? ''), metadata.name)
  const remove = (object: KubeObject) => {
    const found = same(object)
    if (found === undefined) return undefined
    const { namespace = '' } = object.metadata
    const rest = takeFrom(byName.get(namespace), found)
    if (rest === undefined) byName.delete(namespace)
    else byName.set(namespace, rest)
    const key = keyOf(found)
    const others = key === undefined ? undefined : byKey.get(key)
    others?.delete(found)
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
    all: () => [...byName.values()].flatMap(shelf => [...onShelf(shelf)]),
    same,
    remove,
    put(object) {
      const before = remove(object)
      const { namespace = '' } = object.metadata
      byName.set(namespace, putOn(byName.get(namespace), object))
      const key = keyOf(object)
      if (key !== undefined) byKey.set(key, (byKey.get(key) ?? new Set()).add(object))
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
