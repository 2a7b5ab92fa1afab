/** A Kubernetes API in memory, as far as releases use one: uids, resourceVersions, preconditions, finalizers, managed fields. */
import type { ReleaseKube } from '../../src/helm/port.ts'
import { type FieldTree, type KubeObject, type ObjectRef, refKey, refOf } from '../../src/plan/object.ts'

export interface MemoryKube extends ReleaseKube {
  /** Every object there is, by `refKey`. */
  readonly objects: Map<string, KubeObject>
  /** Of every call, in order: who, what, and on which object. */
  readonly calls: KubeCall[]
  /** Called before and after each call; what it throws, the caller gets. */
  disturb(when: (call: KubeCall, moment: 'before' | 'after') => void): void
  /** Puts an object there, or removes it, as somebody else. */
  put(object: KubeObject): void
  remove(ref: ObjectRef): void
  /** What the containers of a pod have written. */
  readonly logs: Map<string, string>
}

export interface KubeCall {
  readonly verb: 'get' | 'list' | 'create' | 'apply' | 'patch' | 'delete' | 'log'
  readonly user: string
  readonly what: string
}

export class MemoryKubeError extends Error {
  readonly status: number
  readonly reason: string
  constructor(status: number, reason: string, what: string) {
    super(`${what}: ${reason}`)
    this.status = status
    this.reason = reason
  }
}

export function memoryKube(): MemoryKube {
  const objects = new Map<string, KubeObject>()
  const calls: KubeCall[] = []
  const logs = new Map<string, string>()
  let count = 0
  let disturbance: (call: KubeCall, moment: 'before' | 'after') => void = () => {}

  const store = (object: KubeObject, before?: KubeObject) => {
    const { uid, resourceVersion } = before?.metadata ?? {}
    const kept: KubeObject = { ...object, metadata: { ...object.metadata, uid: uid ?? `uid-${++count}` } }
    const same = before !== undefined && JSON.stringify(kept) === JSON.stringify(without(before))
    const stored: KubeObject = {
      ...kept,
      metadata: { ...kept.metadata, resourceVersion: same ? (resourceVersion ?? '') : `${++count}` },
    }
    objects.set(refKey(refOf(stored)), stored)
    return structuredClone(stored)
  }

  const client = (user: string): ReleaseKube => {
    const call = async <T>(verb: KubeCall['verb'], what: string, work: () => T): Promise<T> => {
      const made = { verb, user, what }
      calls.push(made)
      disturbance(made, 'before')
      const result = work()
      disturbance(made, 'after')
      return structuredClone(result)
    }
    return {
      get: ref => call('get', refKey(ref), () => objects.get(refKey(ref))),
      list: (kind, { namespace, labelSelector = '', metadataOnly } = {}) =>
        call('list', kind.kind, () =>
          [...objects.values()]
            .filter(object => object.kind === kind.kind && object.metadata.namespace === namespace)
            .filter(object => selected(object, labelSelector))
            .map(({ apiVersion, kind, metadata, ...rest }) => ({
              apiVersion,
              kind,
              metadata,
              ...(metadataOnly ? {} : rest),
            })),
        ),
      create: object =>
        call('create', refKey(refOf(object)), () => {
          if (objects.has(refKey(refOf(object)))) throw new MemoryKubeError(409, 'AlreadyExists', object.metadata.name)
          return store(object)
        }),
      apply: (object, { manager }) =>
        call('apply', refKey(refOf(object)), () => {
          const before = objects.get(refKey(refOf(object)))
          const { uid, resourceVersion } = object.metadata
          const isOther =
            resourceVersion !== undefined && before !== undefined && resourceVersion !== before.metadata.resourceVersion
          if (isOther || (uid !== undefined && uid !== before?.metadata.uid)) {
            throw new MemoryKubeError(409, 'Conflict', object.metadata.name)
          }
          const { finalizers, deletionTimestamp } = before?.metadata ?? {}
          const going = deletionTimestamp === undefined ? {} : { deletionTimestamp, finalizers: finalizers ?? [] }
          const managedFields = [{ manager, operation: 'Apply', fieldsV1: fieldsOf({ data: object.data }) }]
          return store(without({ ...object, metadata: { ...object.metadata, ...going, managedFields } }), before)
        }),
      patch: (ref, patch) =>
        call('patch', refKey(ref), () => {
          const before = objects.get(refKey(ref))
          if (before === undefined) throw new MemoryKubeError(404, 'NotFound', ref.name)
          const wanted = (patch.metadata as { resourceVersion?: string } | undefined)?.resourceVersion
          if (wanted !== undefined && wanted !== before.metadata.resourceVersion) {
            throw new MemoryKubeError(409, 'Conflict', ref.name)
          }
          return store(without(merged(before, patch) as KubeObject), before)
        }),
      delete: (ref, { uid } = {}) =>
        call('delete', refKey(ref), () => {
          const found = objects.get(refKey(ref))
          if (found === undefined) return 'absent'
          if (uid !== undefined && uid !== found.metadata.uid) return 'absent'
          if ((found.metadata.finalizers ?? []).length === 0) objects.delete(refKey(ref))
          else store({ ...found, metadata: { ...found.metadata, deletionTimestamp: '2026-11-21T00:00:00Z' } }, found)
          return 'deleted'
        }),
      log: ({ name }, { lines, bytes }) =>
        call('log', name, () => (logs.get(name) ?? '').split('\n').slice(-lines).join('\n').slice(0, bytes)),
      as: other => client(other),
    }
  }
  return {
    ...client('operator'),
    objects,
    calls,
    logs,
    disturb: when => {
      disturbance = when
    },
    put: object => void store(object, objects.get(refKey(refOf(object)))),
    remove: ref => void objects.delete(refKey(ref)),
  }
}

function without({ metadata: { resourceVersion: _, ...metadata }, ...rest }: KubeObject): KubeObject {
  return { ...rest, metadata } as KubeObject
}

function selected({ metadata: { labels = {} } }: KubeObject, selector: string): boolean {
  return selector.split(',').every(part => {
    const [, key = '', operator, value] = /^([^!=]*)(!?=)(.*)$/.exec(part) ?? []
    return key === '' || (labels[key] === value) === (operator === '=')
  })
}

/** Paths, never values. */
function fieldsOf(value: unknown): FieldTree {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([field, below]) => [`f:${field}`, fieldsOf(below)]))
}

/** RFC 7396. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  }
  return result
}
