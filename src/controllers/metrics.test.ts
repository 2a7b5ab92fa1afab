import { expect, test } from 'vitest'
import { makeTenantObject } from '../../test/make/pass.ts'
import type { KubeObject } from '../plan/object.ts'
import { createMetrics, type MetricSources, type Metrics } from './metrics.ts'

function tenant(...conditions: readonly [string, string][]): KubeObject {
  return makeTenantObject({ status: { conditions: conditions.map(([type, status]) => ({ type, status })) } })
}

const NOW_MS = Date.parse('2026-01-01T01:00:00Z')

function makeMetrics(sources: Partial<MetricSources> = {}): Metrics {
  return createMetrics({
    queueDepth: () => 0,
    longestPassMs: () => 0,
    shards: () => [true],
    nowMs: () => NOW_MS,
    tenants: () => [],
    ...sources,
  })
}

async function samples({ registry }: Metrics, name: string): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter(line => line.startsWith(name))
}

const isMoved = (sample: string) => !sample.endsWith(' 0')

test('passes are counted by how they ended, and timed', async () => {
  const metrics = makeMetrics()
  metrics.reconciled('done', 0.01)
  metrics.reconciled('done', 3)
  metrics.reconciled('backoff', 0.2)
  expect((await samples(metrics, 'tenantry_reconciles_total')).filter(isMoved)).toEqual([
    'tenantry_reconciles_total{outcome="done"} 2',
    'tenantry_reconciles_total{outcome="backoff"} 1',
  ])
  expect(await samples(metrics, 'tenantry_reconcile_duration_seconds_count')).toEqual([
    'tenantry_reconcile_duration_seconds_count 3',
  ])
})

test('the depth of the queue and the conditions are those of the moment of asking', async () => {
  const now = { depth: 2, tenants: [tenant(['Ready', 'False']), tenant(['Ready', 'True'], ['Available', 'True'])] }
  const metrics = makeMetrics({ queueDepth: () => now.depth, tenants: () => now.tenants })
  expect(await samples(metrics, 'tenantry_queue_depth')).toEqual(['tenantry_queue_depth 2'])
  expect(await samples(metrics, 'tenantry_tenant_condition')).toEqual([
    'tenantry_tenant_condition{condition="Ready",status="False"} 1',
    'tenantry_tenant_condition{condition="Ready",status="True"} 1',
    'tenantry_tenant_condition{condition="Available",status="True"} 1',
  ])
  now.tenants = []
  expect(await samples(metrics, 'tenantry_tenant_condition')).toEqual([])
})

test('a tenant without a status yet counts nowhere', async () => {
  const metrics = makeMetrics({ tenants: () => [makeTenantObject()] })
  expect(await samples(metrics, 'tenantry_tenant_condition')).toEqual([])
})

test('requests and renders are counted by what came of them, and no tenant is a label', async () => {
  const metrics = makeMetrics({ tenants: () => [tenant(['Ready', 'True'])] })
  metrics.requested({ verb: 'apply', resource: 'namespaces', status: 201 })
  metrics.requested({ verb: 'get', resource: 'secrets', status: 0 })
  metrics.rendered('failed')
  expect(await samples(metrics, 'tenantry_api_requests_total')).toEqual([
    'tenantry_api_requests_total{verb="apply",resource="namespaces",status="201"} 1',
    'tenantry_api_requests_total{verb="get",resource="secrets",status="0"} 1',
  ])
  expect((await samples(metrics, 'tenantry_helm_renders_total')).filter(isMoved)).toEqual([
    'tenantry_helm_renders_total{result="failed"} 1',
  ])
  expect(await metrics.registry.metrics()).not.toContain('acme')
})

test('what is counted begins at zero, so that a rate sees the first one', async () => {
  const found = await samples(makeMetrics(), 'tenantry_reconciles_total')
  expect(found.map(sample => sample.replace(/.*"(\w+)"} /, '$1 '))).toEqual(
    ['done', 'again', 'wait', 'backoff', 'terminal', 'interrupted', 'crash'].map(outcome => `${outcome} 0`),
  )
  expect(await samples(makeMetrics(), 'tenantry_helm_renders_total')).toHaveLength(2)
})

test('a replica tells which of how many shards it works on', async () => {
  const metrics = makeMetrics({ shards: () => [false, true] })
  expect(await samples(metrics, 'tenantry_shard_held')).toEqual([
    'tenantry_shard_held{shard="0",count="2"} 0',
    'tenantry_shard_held{shard="1",count="2"} 1',
  ])
})

test('the replica at work says so, and one that stands by does too', async () => {
  const leading = await Promise.all(
    [true, false].map(is => samples(makeMetrics({ shards: () => [is, false] }), 'tenantry_leader')),
  )
  expect(leading).toEqual([['tenantry_leader 1'], ['tenantry_leader 0']])
})

test('the longest wait for Ready is told, of tenants that are to be Ready', async () => {
  const since = (status: string, lastTransitionTime: string, metadata = {}) =>
    makeTenantObject({ metadata, status: { conditions: [{ type: 'Ready', status, lastTransitionTime }] } })
  const longest = (...tenants: KubeObject[]) =>
    samples(makeMetrics({ tenants: () => tenants }), 'tenantry_longest_unready_seconds')
  expect([
    await longest(),
    await longest(since('True', '2026-01-01T00:00:00Z')),
    await longest(since('False', '2026-01-01T00:30:00Z'), since('Unknown', '2026-01-01T00:10:00Z')),
    await longest(since('False', '2026-01-01T00:30:00Z', { deletionTimestamp: '2026-01-01T00:30:00Z' })),
  ]).toEqual([0, 0, 3000, 0].map(seconds => [`tenantry_longest_unready_seconds ${seconds}`]))
})

test('deletions that are halted are counted, for an alert', async () => {
  const halted = { conditions: [{ type: 'Deleting', status: 'True', reason: 'DeletionsHalted' }] }
  const tenants = [makeTenantObject({ status: halted }), tenant(['Deleting', 'True']), makeTenantObject()]
  const metrics = makeMetrics({ tenants: () => tenants })
  expect(await samples(metrics, 'tenantry_deletions_halted')).toEqual(['tenantry_deletions_halted 1'])
})

test('how long a pass has been under way is told, in seconds', async () => {
  const metrics = makeMetrics({ longestPassMs: () => 2500 })
  expect(await samples(metrics, 'tenantry_longest_pass')).toEqual(['tenantry_longest_pass_seconds 2.5'])
})
