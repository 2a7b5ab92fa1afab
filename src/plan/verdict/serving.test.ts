import { expect, test } from 'vitest'
import { convergedWorld, makeDesired } from '../../../test/make/tenant.ts'
import type { DatabaseObservation, TenantObservation, WorkloadObservation } from '../observation.ts'
import { availableVerdict } from './available.ts'
import { databaseVerdict } from './database.ts'

const desired = makeDesired()
const world = convergedWorld(desired)
const api = { name: 'api', appliedDigest: 'd-api', replicas: 2, available: 2, rolledOut: true }
const { ingress } = world.workloads
const db = { found: 'present', name: 'db', appliedDigest: 'd-db', instances: 3, readyInstances: 3 } as const

function having(workloads: Partial<WorkloadObservation>): TenantObservation {
  return { ...world, workloads: { ...world.workloads, ...workloads } }
}

function available(workloads: Partial<WorkloadObservation>): string {
  const { status, reason, message } = availableVerdict(desired, having(workloads))
  return `${status} ${reason}: ${message}`
}

function database(found: DatabaseObservation, workloads: Partial<WorkloadObservation> = {}): string {
  const { status, reason, message } = databaseVerdict(having({ ...workloads, database: found }))
  return `${status} ${reason}: ${message}`
}

test('an application that answers is available, while it is rolled out too', () => {
  const serving = 'True Serving: https://acme.example.com answers.'
  expect(available({})).toBe(serving)
  expect(available({ deployments: [{ ...api, available: 1, rolledOut: false }] })).toBe(serving)
  expect(available({ probe: { result: 'off' } })).toBe(serving)
})

test('an application that is not there, or has no pods, is not available and says why', () => {
  const none = { ...api, available: 0 }
  expect([
    available({ deployments: [] }),
    available({ deployments: [{ ...none, failure: 'violates PodSecurity' }] }),
    available({ deployments: [{ ...none, failure: 'exceeded quota: tenantry' }] }),
    available({ deployments: [none], readyServices: [] }),
    available({ deployments: [api, { ...none, name: 'worker' }] }),
    available({ ingress: { ...ingress, rules: [{ path: '/', service: 'web' }] } }),
  ]).toEqual([
    'False NotInstalled: The application is not installed yet.',
    'False PodsRefused: api: violates PodSecurity',
    'False QuotaExceeded: api: exceeded quota: tenantry',
    'False NoEndpoints: Service api has no ready endpoint.',
    'False NoEndpoints: No pod of worker is ready.',
    'False NoEndpoints: Service web has no ready endpoint.',
  ])
})

test('an application that nobody can reach from outside is not available', () => {
  expect([
    available({ ingress: { found: false, addresses: [], rules: [] } }),
    available({ ingress: { found: true, addresses: [], rules: [], className: 'haproxy' } }),
    available({ probe: { result: 'failing', message: '/api/readyz answers with status 503.' } }),
  ]).toEqual([
    'False NoAddress: No ingress controller of the default class has taken up acme.example.com.',
    'False NoAddress: No ingress controller of class haproxy has taken up acme.example.com.',
    'False ProbeFailing: https://acme.example.com: /api/readyz answers with status 503.',
  ])
})

test('of a chart that has no Ingress, or no workload, nothing of the kind is asked', () => {
  const release = (kinds: readonly string[]) => {
    const { record } = world.release
    const inventory = record?.inventory.filter(({ kind }) => kinds.includes(kind)) ?? []
    return { ...world.release, ...(record === undefined ? {} : { record: { ...record, inventory } }) }
  }
  const said = (kinds: readonly string[], deployments: WorkloadObservation['deployments']) => {
    const observed = {
      ...having({ deployments, ingress: { found: false, addresses: [], rules: [] } }),
      release: release(kinds),
    }
    return [availableVerdict(desired, observed), databaseVerdict(observed)].map(
      ({ status, reason }) => `${status} ${reason}`,
    )
  }
  expect(said(['Deployment'], [api])).toEqual(['True Serving', 'True NoDatabase'])
  expect(said(['Deployment'], [{ ...api, available: 0 }])).toEqual(['False NoEndpoints', 'True NoDatabase'])
  expect(said([], [])).toEqual(['True Serving', 'True NoDatabase'])
})

test('the host is that of the Ingress, where the chart settled for another one', () => {
  const rules = [{ host: 'shop.acme.example.com', path: '/', service: 'api' }]
  expect(available({ ingress: { ...ingress, rules } })).toBe('True Serving: https://shop.acme.example.com answers.')
})

test('a database is ready with every instance, in the phase that CloudNativePG calls healthy', () => {
  const healthy = 'Cluster in healthy state'
  expect([
    database({ ...db, phase: healthy }),
    database({ ...db, phase: healthy, readyInstances: 2 }),
    database({ ...db, phase: 'Failing over', phaseReason: 'primary is unreachable' }),
    database({ ...db, readyInstances: 0 }),
    database({ ...db, phase: 'Waiting for user action', phaseReason: 'say go' }),
    database({ ...db, phase: 'Unable to create required cluster objects', phaseReason: 'exceeded quota: tenantry' }),
  ]).toEqual([
    'True DatabaseHealthy: 3 of 3 database instances ready.',
    'False DatabaseProgressing: 2 of 3 database instances ready: Cluster in healthy state',
    'False DatabaseProgressing: 3 of 3 database instances ready: primary is unreachable',
    'False DatabasePending: CloudNativePG has not taken up database db yet.',
    'False DatabaseNeedsAttention: Database db: say go',
    'False QuotaExceeded: Database db: exceeded quota: tenantry',
  ])
})

test('a healthy database as it was before the last change is not ready yet', () => {
  expect(database({ ...db, phase: 'Cluster in healthy state', appliedDigest: 'older' })).toBe(
    'False DatabaseProgressing: 3 of 3 database instances ready: Cluster in healthy state',
  )
})

test('a database that is not there is absent, and one that nobody could look at is unknown', () => {
  expect([
    database({ found: 'absent' }),
    database({ found: 'unknown', reason: 'CloudNativePGMissing', why: 'No kind.' }),
  ]).toEqual(['False DatabaseAbsent: The database is not made yet.', 'Unknown CloudNativePGMissing: No kind.'])
})
