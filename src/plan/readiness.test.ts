import { expect, test } from 'vitest'
import type { KubeObject } from './object.ts'
import { isJudgedByStatus, unreadyOf } from './readiness.ts'

function lackOf(apiVersion: string, kind: string, status: unknown, spec: object = {}): string | undefined {
  const object: KubeObject = {
    apiVersion,
    kind,
    metadata: { name: 'x', namespace: 'tenant-acme', generation: 2 },
    spec,
  }
  const found = unreadyOf({ ...object, status })
  return found && `${found.reason}: ${found.message}`
}

test('kinds that say how they are, and of which the operator knows nothing else, are judged', () => {
  const kinds = [
    ['apps/v1', 'DaemonSet'],
    ['batch/v1', 'Job'],
    ['cert-manager.io/v1', 'Certificate'],
    ['cluster.x-k8s.io/v1beta1', 'Cluster'],
    ['postgresql.cnpg.io/v1', 'Pooler'],
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['postgresql.cnpg.io/v1', 'Cluster'],
    ['v1', 'Secret'],
    ['networking.k8s.io/v1', 'Ingress'],
    ['batch/v1', 'CronJob'],
  ] as const
  const judged = kinds.filter(([apiVersion, kind]) => isJudgedByStatus({ apiVersion, kind }))
  expect(judged).toEqual(kinds.slice(0, 5))
})

test('a DaemonSet is ready when each of its pods is new and available', () => {
  const daemonSet = (status: object, spec?: object) => lackOf('apps/v1', 'DaemonSet', status, spec)
  const all = { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }
  expect([daemonSet(all), daemonSet({ observedGeneration: 2 })]).toEqual([undefined, undefined])
  expect(daemonSet({})).toBe('ObjectNotReady: its controller has not taken up its last change')
  expect(daemonSet({ ...all, numberAvailable: 1 })).toBe('ObjectNotReady: 1 of 3 pods are available')
  const old = { ...all, updatedNumberScheduled: 2 }
  expect(daemonSet(old)).toBe('ObjectNotReady: 2 of 3 pods are new')
  expect(daemonSet(old, { updateStrategy: { type: 'OnDelete' } })).toBeUndefined()
})

test('a Job that has failed is told, one that runs or is done is not waited for', () => {
  const job = (...conditions: readonly object[]) => lackOf('batch/v1', 'Job', { conditions })
  expect([job(), job({ type: 'Complete', status: 'True' }), job({ type: 'Failed', status: 'False' })]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  const failed = { type: 'Failed', status: 'True', message: 'Job has reached the\n specified backoff limit' }
  expect(job(failed)).toBe('JobFailed: has failed: Job has reached the specified backoff limit')
})

test('an object of another project is as ready as it says, and by Available where it says nothing of Ready', () => {
  const foreign = (...conditions: readonly object[]) => lackOf('example.org/v1', 'Thing', { conditions })
  const ready = { type: 'Ready', status: 'True' }
  const waiting = { type: 'Ready', status: 'False', reason: 'Waiting', message: 'no issuer' }
  expect([foreign(), foreign(ready), foreign({ type: 'Synced', status: 'False' })]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(foreign(waiting)).toBe('ObjectNotReady: not Ready: no issuer')
  expect(foreign({ ...waiting, status: 'Unknown', message: '' })).toBe('ObjectNotReady: not Ready: Waiting')
  expect(foreign({ type: 'Available', status: 'False' })).toBe('ObjectNotReady: not Available')
  expect(foreign({ type: 'Available', status: 'False' }, ready)).toBeUndefined()
  expect(foreign(ready, { type: 'Stalled', status: 'True', message: 'broken' })).toBe('ObjectNotReady: Stalled: broken')
})

test('what is said of an older generation does not count', () => {
  const behind = 'ObjectNotReady: its controller has not taken up its last change'
  const ready = { type: 'Ready', status: 'True' }
  const foreign = (status: unknown) => lackOf('example.org/v1', 'Thing', status)
  expect(foreign({ observedGeneration: 1, conditions: [ready] })).toBe(behind)
  expect(foreign({ conditions: [{ ...ready, observedGeneration: 1 }] })).toBe(behind)
  expect(foreign({ observedGeneration: 2, conditions: [{ ...ready, observedGeneration: 2 }] })).toBeUndefined()
})

test('a status that is nothing of the kind says nothing, and words are short', () => {
  const foreign = (status: unknown) => lackOf('example.org/v1', 'Thing', status)
  const odd = [undefined, null, 'up', { conditions: 'up' }, { conditions: [null, 7] }, { observedGeneration: 'x' }]
  expect(odd.map(foreign)).toEqual(odd.map(() => undefined))
  const words = foreign({ conditions: [{ type: 'Ready', status: 'False', message: 'x'.repeat(5000) }] })
  expect(words?.length).toBeLessThan(400)
  expect(foreign({ conditions: [{ type: 'Ready', status: 'False', message: { no: 'text' } }] })).toBe(
    'ObjectNotReady: not Ready',
  )
})
