/** Leases in memory, with the API server's optimistic concurrency. `mood` is how it treats one client's requests. */
import { KubeError } from '../../src/kube/errors.ts'
import type { ShardElectionOptions } from '../../src/kube/shard-election.ts'
import type { KubeObject } from '../../src/plan/object.ts'

export interface Mood {
  /** `away`: no connection; `hanging`: no answer; `deaf`: carried out, and the answer is lost. */
  value: 'well' | 'away' | 'hanging' | 'deaf'
  /** Awaited on the way there, and on the way back. */
  delay?: (way: 'there' | 'back', call: string) => Promise<void>
}

export interface LeaseKube {
  kubeFor(mood: Mood, onCall?: (call: string) => void): ShardElectionOptions['kube']
  /** Name to holder, without the random part; empty where it is free. */
  holders(): Record<string, string>
  readonly leases: Map<string, KubeObject>
  /** Somebody puts a label on this one, new each time. */
  label(name: string): void
}

export function makeLeaseKube(): LeaseKube {
  const leases = new Map<string, KubeObject>()
  let version = 0
  const store = (object: KubeObject) => {
    version += 1
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } }
    leases.set(object.metadata.name, stored)
    return structuredClone(stored)
  }
  return {
    leases,
    label(name) {
      const found = leases.get(name)
      if (found) store({ ...found, metadata: { ...found.metadata, labels: { looked: `${version}` } } })
    },
    kubeFor(mood, onCall = () => undefined) {
      const answering = async <T>(call: string, work: () => T): Promise<T> => {
        onCall(call)
        if (mood.value === 'hanging') return new Promise(() => undefined)
        if (mood.value === 'away') throw new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
        await mood.delay?.('there', call)
        const result = structuredClone(work())
        await mood.delay?.('back', call)
        if (mood.value === 'deaf') throw new KubeError({ status: 0, reason: 'NoAnswerInTime', message: 'deaf' })
        return result
      }
      return {
        get: ({ name }) => answering(`get ${name}`, () => leases.get(name)),
        list: () => answering('list', () => [...leases.values()]),
        create: object =>
          answering(`create ${object.metadata.name}`, () => {
            const metadata = { ...object.metadata, uid: `uid-${version}` }
            if (!leases.has(object.metadata.name)) return store({ ...object, metadata })
            throw new KubeError({ status: 409, reason: 'AlreadyExists', message: 'there' })
          }),
        patch: ({ name }, patch) =>
          answering(`patch ${name}`, () => {
            const before = leases.get(name)
            const { resourceVersion, annotations } = patch.metadata as KubeObject['metadata']
            if (before === undefined || resourceVersion !== before.metadata.resourceVersion) {
              throw new KubeError({ status: 409, reason: 'Conflict', message: 'changed' })
            }
            const merged = Object.entries({ ...before.metadata.annotations, ...annotations })
            const metadata = {
              ...before.metadata,
              annotations: Object.fromEntries(merged.filter(([, value]) => (value as unknown) !== null)),
            }
            return store({ ...before, metadata, spec: { ...(before.spec as object), ...(patch.spec as object) } })
          }),
      }
    },
    holders: () => Object.fromEntries([...leases].map(([name, lease]) => [name, holderOf(lease)])),
  }
}

function holderOf({ spec }: KubeObject): string {
  return ((spec as { holderIdentity?: string }).holderIdentity ?? '').replace(/_[-0-9a-f]+$/, '')
}
