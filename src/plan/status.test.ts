import { expect, test } from 'vitest'
import { convergedWorld, emptyWorld, makeDesired } from '../../test/make/tenant.ts'
import type { Condition } from '../crds/condition.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import type { TenantObservation, WorkloadObservation } from './observation.ts'
import { blockedStatusOf, deletingStatusOf, stalledStatusOf, statusOf } from './status.ts'

const NOW = '2026-01-01T00:00:00Z'
const desired = makeDesired()
const inputs = { generation: 3, createdAt: NOW, before: undefined, now: NOW }

function statusIn(
  observed: TenantObservation,
  failures: Parameters<typeof statusOf>[0]['failures'] = [],
): TenantStatus {
  return statusOf({ desired, observed, failures, waitingFor: [] }, inputs)
}

function withWorkloads(change: Partial<WorkloadObservation>): TenantObservation {
  const world = convergedWorld(desired)
  return { ...world, workloads: { ...world.workloads, ...change } }
}

function conditions(status: TenantStatus): Record<string, string> {
  return Object.fromEntries((status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]))
}

function condition(status: TenantStatus, type: string): Pick<Condition, 'status' | 'reason' | 'message'> | undefined {
  const found = status.conditions?.find(condition => condition.type === type)
  return found && { status: found.status, reason: found.reason, message: found.message }
}

test('a converged tenant has every good condition and no abnormal one', () => {
  const status = statusIn(convergedWorld(desired))
  expect(conditions(status)).toEqual({
    Ready: 'True Converged',
    Reconciling: 'False Converged',
    Stalled: 'False Converged',
    NamespaceReady: 'True NamespaceReady',
    CredentialsReady: 'True CredentialsReady',
    ReleaseReady: 'True Deployed',
    DatabaseReady: 'True DatabaseHealthy',
    Available: 'True Serving',
    Drifted: 'False InSync',
  })
  expect(status).toMatchObject({
    observedGeneration: 3,
    namespace: 'tenant-acme',
    url: 'https://acme.example.com',
    apiUrl: 'https://acme.example.com/api',
    credentials: {
      secretName: 'tenantry-admin',
      namespace: 'tenant-acme',
      usernameKey: 'username',
      passwordKey: 'password',
    },
    release: { name: 'tenant-acme', revision: 1, chartVersion: '0.1.0', digest: desired.release.digest },
    database: { readyInstances: 1, instances: 1, primary: 'db-1', phase: 'Cluster in healthy state' },
    provisioning: { startedAt: NOW, readyAt: NOW, durationSeconds: 0 },
  })
})

test('what is gone is gone from the status, and what could not be looked at stays', () => {
  const before = statusIn(convergedWorld(desired))
  const after = (observed: TenantObservation) =>
    statusOf({ desired, observed, failures: [], waitingFor: [] }, { ...inputs, before })
  const { credentials, release, database } = after(emptyWorld())
  expect({ credentials, release, database }).toEqual({})
  const unknown = withWorkloads({ database: { found: 'unknown', reason: 'CloudNativePGMissing', why: 'no kind' } })
  expect(after(unknown).database).toEqual(before.database)
})

test('a new tenant is on its way and says with what', () => {
  const status = statusIn(emptyWorld())
  expect(condition(status, 'Ready')).toEqual({
    status: 'False',
    reason: 'NamespaceProgressing',
    message: 'Namespace tenant-acme is being set up.',
  })
  expect(condition(status, 'Reconciling')?.status).toBe('True')
  expect(condition(status, 'Stalled')?.status).toBe('False')
})

test('an image that cannot be pulled is named with the words of the kubelet', () => {
  const problem = { owner: 'api', reason: 'ImagePullBackOff', message: 'container api: Back-off pulling image "x:1"' }
  const deployments = [{ name: 'api', appliedDigest: 'd-api', replicas: 2, available: 0, rolledOut: false }]
  const status = statusIn(withWorkloads({ deployments, readyServices: [], podProblems: [problem] }))
  expect(condition(status, 'Available')).toEqual({
    status: 'False',
    reason: 'ImagePullBackOff',
    message: 'api: container api: Back-off pulling image "x:1"',
  })
})

test('a new image that cannot be pulled shows although the old pods still serve', () => {
  const problem = { owner: 'api', reason: 'ImagePullBackOff', message: 'container api: Back-off pulling image "x:1"' }
  const deployments = [{ name: 'api', appliedDigest: 'd-api', replicas: 2, available: 2, rolledOut: false }]
  const status = statusIn(withWorkloads({ deployments, podProblems: [problem] }))
  expect(condition(status, 'Available')?.status).toBe('True')
  expect(condition(status, 'Ready')).toMatchObject({ status: 'False', reason: 'ImagePullBackOff' })
})

test('Ready says why, and what to do about it', () => {
  const crash = { owner: 'api', reason: 'CrashLoopBackOff', message: 'container api: ended with code 1' }
  const deployments = [{ name: 'api', appliedDigest: 'd-api', replicas: 2, available: 0, rolledOut: false }]
  const crashing = statusIn(withWorkloads({ deployments, readyServices: [], podProblems: [crash] }))
  const blocked = blockedStatusOf({ reason: 'PlanNotFound', message: 'There is no TenantPlan "gold".' }, inputs)
  expect([crashing, blocked].map(status => condition(status, 'Ready')?.message)).toEqual([
    'api: container api: ended with code 1. Read its log: kubectl logs -n tenant-acme deploy/api --previous',
    'There is no TenantPlan "gold". Apply that plan, or correct spec.plan.',
  ])
})

test('what the verdicts know of pods is no field of a condition', () => {
  const crash = { owner: 'api', reason: 'CrashLoopBackOff', message: 'container api: ended with code 1' }
  const deployments = [{ name: 'api', appliedDigest: 'd-api', replicas: 2, available: 0, rolledOut: false }]
  const { conditions } = statusIn(withWorkloads({ deployments, podProblems: [crash] }))
  const fields = ['type', 'status', 'reason', 'message', 'observedGeneration', 'lastTransitionTime']
  for (const found of conditions ?? []) expect(Object.keys(found)).toEqual(fields)
})

test('a tenant is not Ready on a Deployment seen before the last apply', () => {
  const deployments = [{ name: 'api', appliedDigest: 'older', replicas: 2, available: 2, rolledOut: true }]
  expect(condition(statusIn(withWorkloads({ deployments })), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'RollingOut',
  })
})

test('a database that cannot start says why in the words of its pod', () => {
  const database = { found: 'present', name: 'db', appliedDigest: 'd-db', instances: 1, readyInstances: 0 } as const
  const problem = { owner: 'db', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient memory.' }
  expect(condition(statusIn(withWorkloads({ database, podProblems: [problem] })), 'DatabaseReady')).toEqual({
    status: 'False',
    reason: 'Unschedulable',
    message: 'Database db: 0/1 nodes are available: 1 Insufficient memory.',
  })
})

test('a database that could not be looked at is unknown, not absent', () => {
  const database = { found: 'unknown', reason: 'Forbidden', why: 'Cannot list Cluster: no.' } as const
  expect(condition(statusIn(withWorkloads({ database })), 'DatabaseReady')?.status).toBe('Unknown')
})

test('a failed step stands in the condition of its stage', () => {
  const failure = {
    stage: 'Release',
    reason: 'RenderFailed',
    message: 'helm upgrade: values do not meet the schema',
  } as const
  expect(condition(statusIn(emptyWorld(), [failure]), 'ReleaseReady')).toEqual({
    status: 'False',
    reason: 'RenderFailed',
    message: 'helm upgrade: values do not meet the schema',
  })
})

const edited = {
  ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'tenant-acme', name: 'api' },
  what: 'edited',
  by: 'kubectl-edit',
} as const

test('what is being put back says who edited it, and the tenant is not Ready meanwhile', () => {
  const status = statusIn({ ...convergedWorld(desired), drift: { due: [edited], held: [] } })
  const message = 'Being put back: Deployment api was edited by kubectl-edit.'
  expect(condition(status, 'Drifted')).toEqual({ status: 'True', reason: 'PuttingBack', message })
  expect(condition(status, 'Ready')).toEqual({ status: 'False', reason: 'PuttingBack', message })
})

test('a fight over an object is the first cause that Ready names, before all that follows from it', () => {
  const other = { ref: { ...edited.ref, kind: 'Service' }, what: 'gone' } as const
  const status = statusIn({ ...emptyWorld(), drift: { due: [], held: [other, edited] } })
  expect(conditions(status)).toMatchObject({
    Drifted: 'True Fought',
    Ready: 'False Fought',
    Reconciling: 'True Fought',
  })
  expect(condition(status, 'Ready')?.message).toContain(
    'Deployment api was edited by kubectl-edit; Service api is gone',
  )
})

test('Reconciling and Stalled are never both true', () => {
  const all = [
    statusIn(emptyWorld()),
    statusIn(convergedWorld(desired)),
    blockedStatusOf({ reason: 'PlanNotFound', message: 'no plan' }, inputs),
    stalledStatusOf('InvalidSpec', 'spec.plan: required', inputs),
    deletingStatusOf('Deleting.', [], inputs),
  ]
  for (const status of all) {
    const both = ['Reconciling', 'Stalled'].filter(type => condition(status, type)?.status === 'True')
    expect(both.length).toBeLessThan(2)
  }
})

test('what another object can heal is Reconciling, never Stalled', () => {
  const status = blockedStatusOf(
    { reason: 'PlanNotFound', message: 'spec.plan: there is no TenantPlan named "gold".' },
    inputs,
  )
  expect(conditions(status)).toEqual({
    Ready: 'False PlanNotFound',
    Reconciling: 'True PlanNotFound',
    Stalled: 'False Progressing',
  })
})

test('a condition that is kept while nothing is looked at says of which generation it was', () => {
  const before = statusIn(convergedWorld(desired))
  const later = { generation: 4, createdAt: NOW, before, now: '2026-01-02T00:00:00Z' }
  for (const status of [
    blockedStatusOf({ reason: 'PlanNotFound', message: 'no plan' }, later),
    stalledStatusOf('InvalidSpec', 'spec.plan: required', later),
  ]) {
    const generations = Object.fromEntries((status.conditions ?? []).map(c => [c.type, c.observedGeneration]))
    expect(status.observedGeneration).toBe(4)
    expect(generations).toMatchObject({ Ready: 4, Reconciling: 4, Stalled: 4, Available: 3, DatabaseReady: 3 })
  }
})

test('times of conditions move only with their status', () => {
  const first = statusIn(convergedWorld(desired))
  const again = statusOf(
    { desired, observed: convergedWorld(desired), failures: [], waitingFor: [] },
    { generation: 3, createdAt: NOW, before: first, now: '2026-01-02T00:00:00Z' },
  )
  expect(again).toEqual(first)
})

test('a message that is longer than a status may hold is cut, and nothing is said twice for that', () => {
  const stalled = (message: string, before?: TenantStatus) =>
    stalledStatusOf('InvalidSpec', message, { ...inputs, before })
  const long = `${'k'.repeat(4094)}👩${'k'.repeat(40_000)}`
  const once = stalled(long)
  expect(condition(once, 'Ready')?.message).toBe(`${'k'.repeat(4094)}…`)
  expect(stalled(long, once)).toEqual(once)
  expect(condition(stalled('k'.repeat(4000)), 'Ready')?.message).toBe(`${'k'.repeat(4000)}. Edit the Tenant.`)
})
