/** The operator's watches in a test: what is in them is what a test puts there. */

import { KubeError, OWN_REASONS } from '../../src/kube/errors.ts'
import type { ChangeListener, Informer } from '../../src/kube/informer.ts'
import { type Change, createObjectStore, type StoreOptions } from '../../src/kube/object-store.ts'
import { type TenantCache, WATCHED, type WatchedKind, type WatchedName } from '../../src/kube/tenant-cache.ts'
import type { KubeObject } from '../../src/plan/object.ts'

export interface TestInformer extends Informer {
  put(object: KubeObject): void
  remove(object: KubeObject): void
  /** Before the first list, and after the kind has gone. */
  lose(): void
}

export type TestCache = Readonly<Record<WatchedName, TestInformer>>

export function makeCache(objects: Partial<Record<WatchedName, readonly KubeObject[]>> = {}): TestCache & TenantCache {
  const informers = (Object.keys(WATCHED) as WatchedName[]).map(name => [
    name,
    makeInformer(objects[name], { ...WATCHED[name], packed: (WATCHED[name] as WatchedKind).few !== true }),
  ])
  return Object.fromEntries(informers) as TestCache
}

export function makeInformer(objects: readonly KubeObject[] = [], options?: StoreOptions): TestInformer {
  const store = createObjectStore(options)
  store.replace(objects)
  const listeners: ChangeListener[] = []
  let synced = true
  const tell = (changes: readonly Change[]) => {
    for (const change of changes) for (const listener of listeners) listener(change)
  }
  const known = () => {
    if (synced) return store
    throw new KubeError({ status: 0, reason: OWN_REASONS.notSynced, message: 'Cannot tell yet' })
  }
  return {
    put: object => tell(store.put(object)),
    remove: object => tell(store.remove(object)),
    lose: () => {
      synced = false
    },
    get synced() {
      return synced
    },
    get: (name, namespace) => known().get(name, namespace),
    list: namespace => known().list(namespace),
    indexed: key => known().indexed(key),
    onChange(listener) {
      listeners.push(listener)
      for (const object of store.list()) listener({ type: 'added', object })
    },
    start: () => undefined,
    stop: () => Promise.resolve(),
    whenSynced: () => Promise.resolve(),
    whenAnswered: () => Promise.resolve(),
    idleForMs: () => 0,
  }
}
