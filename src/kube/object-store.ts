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
    get: (name, namespace = '') => shelves.byName.get(namespace)?.get(name),
    list: namespace => (namespace === undefined ? shelves.all() : [...(shelves.byName.get(namespace)?.values() ?? [])]),
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

interface Shelves {
  readonly byName: ReadonlyMap<string, ReadonlyMap<string, KubeObject>>
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
  const byName = new Map<string, Map<string, KubeObject>>()
  const byKey = new Map<string, Set<KubeObject>>()
  let size = 0
  const same = ({ metadata }: KubeObject) => byName.get(metadata.namespace ?? '')?.get(metadata.name)
  const remove = (object: KubeObject) => {
    const found = same(object)
    if (found === undefined) return undefined
    const { name, namespace = '' } = object.metadata
    const shelf = byName.get(namespace)
    shelf?.delete(name)
    if (shelf?.size === 0) byName.delete(namespace)
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
    all: () => [...byName.values()].flatMap(shelf => [...shelf.values()]),
    same,
    remove,
    put(object) {
      const before = remove(object)
      const { name, namespace = '' } = object.metadata
      byName.set(namespace, (byName.get(namespace) ?? new Map()).set(name, object))
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
