import { expect, test } from 'vitest'
import type { KubeObject } from './object.ts'
import { podProblems } from './pod-problem.ts'

function makePod(
  name: string,
  status: Record<string, unknown>,
  labels = { 'app.kubernetes.io/component': 'api' },
): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'tenant-acme', labels }, status }
}

function waiting(reason: string, message?: string) {
  return { containerStatuses: [{ name: 'api', state: { waiting: { reason, message } } }] }
}

test('two pods with one problem give it once', () => {
  const status = waiting('ImagePullBackOff', 'Back-off pulling image "x:1"')
  expect(podProblems([makePod('api-7f-a', status), makePod('api-7f-b', status)])).toEqual([
    { owner: 'api', reason: 'ImagePullBackOff', message: 'container api: Back-off pulling image "x:1"' },
  ])
})

test('a pod that starts as pods do is no problem', () => {
  expect(podProblems([makePod('a', waiting('ContainerCreating')), makePod('b', waiting('PodInitializing'))])).toEqual(
    [],
  )
})

test('a pod that no node takes says so in the words of the scheduler', () => {
  const status = {
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/1 nodes are available: 1 Insufficient cpu.',
      },
    ],
  }
  expect(podProblems([makePod('db-1', status, { 'cnpg.io/cluster': 'db' } as never)])).toEqual([
    { owner: 'db', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.' },
  ])
})

test('a crashing container says how it ended, not the name of its pod', () => {
  const status = {
    containerStatuses: [
      {
        name: 'api',
        state: {
          waiting: {
            reason: 'CrashLoopBackOff',
            message: 'back-off 10s restarting failed container=api pod=api-7f-a_ns(uid)',
          },
        },
        lastState: { terminated: { exitCode: 1, reason: 'Error', message: 'first line\nDATABASE_URL is not set' } },
      },
    ],
  }
  expect(podProblems([makePod('api-7f-a', status)])).toEqual([
    { owner: 'api', reason: 'CrashLoopBackOff', message: 'container api: ended with code 1: DATABASE_URL is not set' },
  ])
})

test('a pod that is going, or has done its work, is no problem', () => {
  const done = makePod('job', { ...waiting('Error'), phase: 'Succeeded' })
  const going = makePod('api', waiting('ImagePullBackOff'))
  expect(
    podProblems([done, { ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }]),
  ).toEqual([])
})

test('the kubelet tries an image, and waits, and tries: it is told in one way all the time', () => {
  const why = 'dial tcp: lookup registry.example: no such host'
  const said = `failed to pull and unpack image "x:1": failed to resolve reference "x:1": failed to do request: ${why}`
  const inTurn = [
    waiting('ErrImagePull', said),
    waiting('ImagePullBackOff', `Back-off pulling image "x:1": ErrImagePull: ${said}`),
  ]
  const told = {
    owner: 'api',
    reason: 'ImagePullBackOff',
    message: `container api: cannot pull "x:1": failed to do request: ${why}`,
  }
  expect(inTurn.map(status => podProblems([makePod('api-7f-a', status)]))).toEqual([[told], [told]])
})

test('a container that crashes again and again is told in one way while it ends, waits and runs', () => {
  const terminated = { exitCode: 1, reason: 'Error', message: 'no table' }
  const container = (fields: object) => ({
    containerStatuses: [{ name: 'api', ready: false, restartCount: 2, ...fields }],
  })
  const inTurn = [
    container({ state: { terminated } }),
    container({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } }),
    container({ state: { running: {} }, lastState: { terminated } }),
  ]
  const told = { owner: 'api', reason: 'CrashLoopBackOff', message: 'container api: ended with code 1: no table' }
  expect(inTurn.map(status => podProblems([makePod('api-7f-a', status)]))).toEqual([[told], [told], [told]])
})

test('how a container logs in elsewhere is in none of its last words', () => {
  const message = 'cannot reach postgres://app:planted@db/app'
  const terminated = { exitCode: 1, reason: 'Error', message }
  const container = { name: 'api', ready: false, restartCount: 1, state: { terminated } }
  expect(podProblems([makePod('api-7f-a', { containerStatuses: [container] })])).toMatchObject([
    { message: 'container api: ended with code 1: cannot reach postgres://[login]@db/app' },
  ])
})

test('a container that ends well, though it should not end, is told with its code', () => {
  const lastState = { terminated: { exitCode: 0, reason: 'Completed' } }
  const looping = { name: 'api', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState }
  expect(podProblems([makePod('api-7f-a', { containerStatuses: [looping] })])).toEqual([
    { owner: 'api', reason: 'CrashLoopBackOff', message: 'container api: ended with code 0 (Completed)' },
  ])
})

test('a container that ran out of memory says so, not that it crashes', () => {
  const state = { waiting: { reason: 'CrashLoopBackOff' } }
  const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } }
  expect(podProblems([makePod('api-7f-a', { containerStatuses: [{ name: 'api', state, lastState }] })])).toEqual([
    { owner: 'api', reason: 'OOMKilled', message: 'container api: ended with code 137 (OOMKilled)' },
  ])
})

test('a pod that runs and is not ready says what its probe says, without the address of the pod', () => {
  const status = { podIP: '10.244.0.9', containerStatuses: [{ name: 'api', ready: false, state: { running: {} } }] }
  const told = (message: string) => [{ kind: 'Pod', name: 'api-7f-a', reason: 'Unhealthy', message }]
  expect([
    podProblems([makePod('api-7f-a', status)]),
    podProblems([makePod('api-7f-a', status)], told('Readiness probe failed: dial tcp 10.244.0.9:8080: refused')),
  ]).toEqual([
    [{ owner: 'api', reason: 'NotReady', message: 'container api runs and is not ready.' }],
    [
      {
        owner: 'api',
        reason: 'NotReady',
        message: 'container api runs and is not ready: Readiness probe failed: dial tcp pod:8080: refused',
      },
    ],
  ])
})

test('a pod that stays at its start says what holds it there, unless it has got over it', () => {
  const message = 'MountVolume.SetUp failed for volume "database-ca" : secret "db-ca" not found'
  const notices = [{ kind: 'Pod', name: 'api-7f-a', reason: 'FailedMount', message }]
  const started = { containerStatuses: [{ name: 'api', ready: true, state: { running: {} } }] }
  expect([
    podProblems([makePod('api-7f-a', waiting('ContainerCreating'))], notices),
    podProblems([makePod('api-7f-a', started)], notices),
  ]).toEqual([[{ owner: 'api', reason: 'FailedMount', message }], []])
})

test('the pods of a revision, and the container of several, are told apart from those that still serve', () => {
  const failing = { ...waiting('CreateContainerConfigError', 'no key'), phase: 'Pending' }
  const pod = (name: string, owner: { kind: string; name: string }, containers = ['api']) => {
    const made = makePod(name, failing)
    const ownerReferences = [{ apiVersion: 'apps/v1', uid: 'u', ...owner }]
    const spec = { containers: containers.map(container => ({ name: container })) }
    return { ...made, metadata: { ...made.metadata, ownerReferences }, spec }
  }
  const problems = podProblems([
    pod('api-7f-a', { kind: 'ReplicaSet', name: 'api-7f' }),
    pod('queue-2', { kind: 'StatefulSet', name: 'queue' }, ['proxy', 'api']),
  ])
  const told = { reason: 'CreateContainerConfigError', message: 'container api: no key' }
  expect(problems).toEqual([
    { owner: 'api', ...told, pods: 'rs/api-7f' },
    { owner: 'queue', ...told, pods: 'queue-2', container: 'api' },
  ])
})

test('a pod that its node threw out says why', () => {
  const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }
  expect(podProblems([makePod('api-7f-a', status)])).toEqual([
    { owner: 'api', reason: 'Evicted', message: 'The node was low on resource: memory.' },
  ])
})
