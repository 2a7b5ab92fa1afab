/** The copy that an informer keeps, and what changes in it. Knows no network. */
import type { KubeObject } from '../plan/object.ts'

export interface Change {
  readonly type: 'added' | 'updated' | 'deleted'
  readonly object: KubeObject
  readonly previous?: KubeObject
}

export interface ObjectStore {
  get(name: string, namespace?: string): KubeObject | undefined
  list(): KubeObject[]
  /** Takes a complete list for the truth. Says what differs from before. */
  replace(objects: readonly KubeObject[]): Change[]
  put(object: KubeObject): Change[]
  remove(object: KubeObject): Change[]
}

export function createObjectStore(): ObjectStore {
  let objects = new Map<string, KubeObject>()
  return {
    get: (name, namespace) => objects.get(keyOf(name, namespace)),
    list: () => [...objects.values()],
    replace(listed) {
      const before = objects
      objects = new Map(listed.map(object => [keyOfObject(object), object]))
      const gone = [...before].filter(([key]) => !objects.has(key)).map(([, object]) => deletion(object))
      return [...gone, ...[...objects].flatMap(([key, object]) => changesBetween(before.get(key), object))]
    },
    put(object) {
      const key = keyOfObject(object)
      const changes = changesBetween(objects.get(key), object)
      objects.set(key, object)
      return changes
    },
    remove(object) {
      const key = keyOfObject(object)
      if (!objects.delete(key)) return []
      return [deletion(object)]
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

function keyOfObject({ metadata }: KubeObject): string {
  return keyOf(metadata.name, metadata.namespace)
}

function keyOf(name: string, namespace = ''): string {
  return `${namespace}/${name}`
}
