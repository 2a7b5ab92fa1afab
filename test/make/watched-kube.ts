/** A Kubernetes API in memory whose watches hear of every change: enough for passes over objects of our own kinds. */
import type { Kube } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/errors.ts'
import { type TenantCache, watchOf } from '../../src/kube/tenant-cache.ts'
import { type KubeObject, type ObjectRef, refKey, refOf } from '../../src/plan/object.ts'
import { makeCache, type TestCache } from './tenant-cache.ts'

export interface WatchedKube {
  readonly kube: Kube
  readonly cache: TestCache & TenantCache
  /** Puts an object there as somebody else would: with a uid, unless it has one. */
  put(object: KubeObject): KubeObject
  get(kind: string, name: string): KubeObject | undefined
  list(kind: string): KubeObject[]
  /** Away with it, whatever its finalizers say. */
  remove(kind: string, name: string): void
  /** `create NetworkLease proxmox-100`, in order; reads are left out. */
  readonly writes: string[]
  /** Watches hear nothing until it is called again with false. */
  lag(lags: boolean): void
}

export function watchedKube(): WatchedKube {
  const objects = new Map<string, KubeObject>()
  const cache = makeCache()
  const writes: string[] = []
  const unheard: (() => void)[] = []
  let count = 0
  let lags = false
  const tell = (hear: () => void) => (lags ? void unheard.push(hear) : hear())
  const informerOf = (object: KubeObject) => {
    const watch = watchOf(object)
    return watch === undefined ? undefined : cache[watch]
  }

  const store = (object: KubeObject) => {
    const { uid = `uid-${++count}`, creationTimestamp = '2026-11-21T12:00:00Z', generation = 1 } = object.metadata
    const metadata = { ...object.metadata, uid, creationTimestamp, generation, resourceVersion: `${++count}` }
    const stored = { ...structuredClone(object), metadata } as KubeObject
    objects.set(refKey(refOf(stored)), stored)
    tell(() => informerOf(stored)?.put(structuredClone(stored)))
    return structuredClone(stored)
  }
  const drop = (object: KubeObject) => {
    objects.delete(refKey(refOf(object)))
    tell(() => informerOf(object)?.remove(object))
  }
  const settled = (object: KubeObject) => {
    const { deletionTimestamp, finalizers = [] } = object.metadata
    if (deletionTimestamp === undefined || finalizers.length > 0) return store(object)
    drop(object)
    return object
  }
  const found = (ref: ObjectRef) => {
    const object = objects.get(refKey(ref))
    if (object === undefined) throw refused(404, 'NotFound', ref)
    return object
  }
  const check = (ref: ObjectRef, { uid, resourceVersion }: { uid?: unknown; resourceVersion?: unknown }) => {
    const { metadata } = found(ref)
    const isOther = uid !== undefined && uid !== metadata.uid
    const isNewer = resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion
    if (isOther || isNewer) throw refused(409, 'Conflict', ref)
  }
  const wrote = (verb: string, { kind, name }: ObjectRef) => void writes.push(`${verb} ${kind} ${name}`)

  const kube: Pick<Kube, 'get' | 'list' | 'create' | 'apply' | 'patch' | 'delete'> = {
    get: async ref => structuredClone(objects.get(refKey(ref))),
    list: async ({ kind }, { fieldSelector } = {}) => {
      const [path, value] = fieldSelector?.split('=') ?? []
      return listed(objects, kind).filter(object => path === undefined || `${fieldOf(object, path)}` === value)
    },
    async create(object) {
      wrote('create', refOf(object))
      if (objects.has(refKey(refOf(object)))) throw refused(409, 'AlreadyExists', refOf(object))
      return store(object)
    },
    async apply(object, { subresource }) {
      const ref = refOf(object)
      wrote(subresource === undefined ? 'apply' : 'apply status of', ref)
      check(ref, object.metadata)
      const before = found(ref)
      if (subresource === 'status') return store({ ...before, status: object.status })
      const finalizers = [...new Set([...(before.metadata.finalizers ?? []), ...(object.metadata.finalizers ?? [])])]
      return store({ ...before, metadata: { ...before.metadata, finalizers } })
    },
    async patch(ref, { metadata }) {
      wrote('patch', ref)
      const { finalizers, resourceVersion } = (metadata ?? {}) as KubeObject['metadata']
      check(ref, { resourceVersion })
      const before = found(ref)
      return settled({
        ...before,
        metadata: { ...before.metadata, ...(finalizers === undefined ? {} : { finalizers }) },
      })
    },
    async delete(ref, { uid } = {}) {
      wrote('delete', ref)
      const object = objects.get(refKey(ref))
      if (object === undefined || (uid !== undefined && uid !== object.metadata.uid)) return 'absent'
      settled({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-11-21T13:00:00Z' } })
      return 'deleted'
    },
  }
  return {
    kube: kube as Kube,
    cache,
    writes,
    put: store,
    get: (kind, name) => listed(objects, kind).find(({ metadata }) => metadata.name === name),
    list: kind => listed(objects, kind),
    remove(kind, name) {
      const object = [...objects.values()].find(each => each.kind === kind && each.metadata.name === name)
      if (object !== undefined) drop(object)
    },
    lag(now) {
      lags = now
      if (!now) for (const hear of unheard.splice(0)) hear()
    },
  }
}

function listed(objects: ReadonlyMap<string, KubeObject>, kind: string): KubeObject[] {
  return structuredClone([...objects.values()].filter(object => object.kind === kind))
}

function fieldOf(object: KubeObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object)
}

function refused(status: number, reason: string, { kind, name }: ObjectRef): KubeError {
  return new KubeError({ status, reason, message: `Cannot write ${kind} ${name}: ${reason}`, details: { name } })
}
