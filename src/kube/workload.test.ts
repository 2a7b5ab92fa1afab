import { expect, test } from 'vitest'
import { type Answer, answeringKube, listOf } from '../../test/make/answering-kube.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ProbeResult } from '../plan/observation.ts'
import type { ProbeTarget } from './probe.ts'
import { NO_WORKLOADS, observeWorkloads } from './workload.ts'

const NAMESPACE = 'tenant-acme'
const APPLIED = { 'tenantry.dev/applied-digest': 'd' }

function object(kind: string, name: string, fields: object = {}, namespace = NAMESPACE): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace, generation: 2, annotations: APPLIED }, ...fields }
}

function deployment(status: object, replicas: number | undefined = 2): KubeObject {
  return object('Deployment', 'api', { spec: { replicas }, status })
}

const rolledOut = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }
const database = object('Cluster', 'db', {
  spec: { instances: 1 },
  status: { readyInstances: 1, currentPrimary: 'db-1', phase: 'Cluster in healthy state' },
})

interface Given {
  readonly cache?: ReturnType<typeof makeCache>
  readonly answer?: (what: string) => Answer
}

async function observed({ cache = makeCache(), answer = () => listOf() }: Given) {
  const { kube, asked } = answeringKube(answer)
  const probed: string[] = []
  const probe = async ({ host }: ProbeTarget): Promise<ProbeResult> => {
    probed.push(host)
    return { result: 'serving' }
  }
  const workloads = await observeWorkloads({ kube, cache, probe }, NAMESPACE, {
    host: 'acme.example.com',
    paths: ['/'],
  })
  return { workloads, asked, probed }
}

test('where nothing was installed, nothing is asked and nothing is probed', async () => {
  expect(await observed({})).toEqual({ workloads: NO_WORKLOADS, asked: [], probed: [] })
})

test('pods of a StatefulSet that are to stay old are not waited for', async () => {
  const rolled = async (updatedReplicas: number, updateStrategy: object) => {
    const status = { ...rolledOut, updatedReplicas }
    const statefulSets = [object('StatefulSet', 'cache', { spec: { replicas: 2, updateStrategy }, status })]
    return (await observed({ cache: makeCache({ statefulSets }) })).workloads.deployments[0]?.rolledOut
  }
  expect([await rolled(1, {}), await rolled(0, { type: 'OnDelete' })]).toEqual([false, true])
  const partition = (of: number) => ({ type: 'RollingUpdate', rollingUpdate: { partition: of } })
  expect([await rolled(0, partition(1)), await rolled(1, partition(1)), await rolled(0, partition(5))]).toEqual([
    false,
    true,
    true,
  ])
})

test('an environment that runs is probed, and its pods are nobody’s business', async () => {
  const cache = makeCache({
    deployments: [deployment(rolledOut)],
    databases: [database],
    ingresses: [
      object('Ingress', 'web', {
        spec: {
          defaultBackend: { service: { name: 'web' } },
          rules: [{ host: 'shop.example.com', http: { paths: [{ backend: { service: { name: 'front' } } }] } }],
        },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      }),
    ],
    endpointSlices: [
      {
        ...object('EndpointSlice', 'api-x', { endpoints: [{ conditions: { ready: true } }] }),
        metadata: { name: 'api-x', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': 'api' } },
      },
    ],
  })
  expect(await observed({ cache })).toEqual({
    asked: [],
    probed: ['shop.example.com'],
    workloads: {
      deployments: [{ name: 'api', appliedDigest: 'd', replicas: 2, available: 2, rolledOut: true }],
      database: {
        found: 'present',
        name: 'db',
        appliedDigest: 'd',
        instances: 1,
        readyInstances: 1,
        primary: 'db-1',
        phase: 'Cluster in healthy state',
      },
      ingress: {
        found: true,
        addresses: ['192.0.2.1'],
        rules: [
          { host: 'shop.example.com', path: '/', service: 'front' },
          { path: '/', service: 'web' },
        ],
      },
      readyServices: ['api'],
      podProblems: [],
      hasUnreadyPods: false,
      probe: { result: 'serving' },
    },
  })
})

test('workloads of whatever kind count, and of several databases the one that is not ready', async () => {
  const sick = { spec: { instances: 3 }, status: { readyInstances: 1, phase: 'Failing over' } }
  const cache = makeCache({
    statefulSets: [object('StatefulSet', 'cache', { spec: { replicas: 2 }, status: rolledOut })],
    databases: [database, object('Cluster', 'other', sick)],
  })
  const { workloads } = await observed({ cache })
  expect(workloads.deployments).toEqual([
    { kind: 'StatefulSet', name: 'cache', appliedDigest: 'd', replicas: 2, available: 2, rolledOut: true },
  ])
  expect(workloads.database).toMatchObject({ name: 'other', instances: 3, readyInstances: 1 })
})

test('what belongs to a neighbour is not seen', async () => {
  const theirs = [object('Deployment', 'api', { spec: {}, status: rolledOut }, 'tenant-other')]
  expect((await observed({ cache: makeCache({ deployments: theirs }) })).workloads.deployments).toEqual([])
})

test.each([
  ['seen by its controller in an older generation', { ...rolledOut, observedGeneration: 1 }, 2, false],
  ['with an old pod still there', { ...rolledOut, replicas: 3 }, 2, false],
  ['with a pod that is not available', { ...rolledOut, availableReplicas: 1 }, 2, false],
  ['with no status at all', {}, 2, false],
  ['scaled to none', { observedGeneration: 2 }, 0, true],
  ['with all pods new and available', rolledOut, 2, true],
] as const)('a Deployment %s is rolled out: %#', async (_, status, replicas, expected) => {
  const { workloads } = await observed({ cache: makeCache({ deployments: [deployment(status, replicas)] }) })
  expect(workloads.deployments.map(found => found.rolledOut)).toEqual([expected])
})

test('a refused pod is told in the words of the Deployment, which names another one each time', async () => {
  const message = 'pods "api-7f-x" is forbidden: exceeded quota: tenantry'
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message }]
  const { workloads } = await observed({ cache: makeCache({ deployments: [deployment({ conditions })] }) })
  expect(workloads.deployments[0]?.failure).toBe('a pod is forbidden: exceeded quota: tenantry')
})

test('without CloudNativePG the database is unknown, not absent', async () => {
  const cache = makeCache({ deployments: [deployment(rolledOut)] })
  cache.databases.lose()
  const missing = await observed({ cache, answer: what => (what.includes('Cluster') ? 'unserved' : listOf()) })
  expect(missing.workloads.database).toEqual({
    found: 'unknown',
    reason: 'CloudNativePGMissing',
    why: 'CloudNativePG is not installed: there is no kind Cluster of postgresql.cnpg.io/v1.',
  })
  const denied = await observed({ cache, answer: what => (what.includes('Cluster') ? 403 : listOf()) })
  expect(denied.workloads.database).toMatchObject({ found: 'unknown', reason: 'Forbidden' })
})

test('before the watch has its list, the database is looked at live', async () => {
  const cache = makeCache()
  cache.databases.lose()
  expect((await observed({ cache, answer: () => listOf(database) })).workloads.database).toMatchObject({
    found: 'present',
    readyInstances: 1,
  })
})

test.each([403, 429, 500, 'refused'] as const)(
  'pods that cannot be listed (%s) are no proof of health',
  async answer => {
    const cache = makeCache({ deployments: [deployment({ observedGeneration: 2 })] })
    await expect(observed({ cache, answer: () => answer })).rejects.toMatchObject({ name: 'KubeError' })
  },
)

test('what no controller has looked at yet has no pods that anything could be wrong with', async () => {
  const untouched = object('Cluster', 'db', { spec: { instances: 1 } })
  const cache = makeCache({ deployments: [deployment({})], databases: [untouched] })
  expect((await observed({ cache })).asked).toEqual([])
  const bootstrapping = { ...untouched, status: { phase: 'Setting up primary' } }
  const begun = makeCache({ deployments: [deployment({})], databases: [bootstrapping] })
  expect((await observed({ cache: begun })).asked).toContain('list Pod objects of namespace tenant-acme')
})

test('an endpoint that is not ready does not make its Service ready', async () => {
  const slice = (name: string, endpoints: unknown): KubeObject => ({
    ...object('EndpointSlice', name, { endpoints }),
    metadata: { name, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': name } },
  })
  const cache = makeCache({
    endpointSlices: [
      slice('web', [{ conditions: { ready: false } }]),
      slice('none', null),
      slice('api', [{ conditions: { ready: false } }, { conditions: {} }]),
    ],
  })
  expect((await observed({ cache })).workloads.readyServices).toEqual(['api'])
})
