import { expect, test } from 'vitest'
import { makeTenantObject } from '../../test/make/pass.ts'
import type { KubeObject } from '../plan/object.ts'
import { createMetrics, type Metrics } from './metrics.ts'

function tenant(...conditions: readonly [string, string][]): KubeObject {
  return makeTenantObject({ status: { conditions: conditions.map(([type, status]) => ({ type, status })) } })
}

async function samples({ registry }: Metrics, name: string): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter(line => line.startsWith(name))
}

test('passes are counted by how they ended, and timed', async () => {
  const metrics = createMetrics({ queueDepth: () => 0, tenants: () => [] })
  metrics.reconciled('done', 0.01)
  metrics.reconciled('done', 3)
  metrics.reconciled('backoff', 0.2)
  expect(await samples(metrics, 'tenantry_reconciles_total')).toEqual([
    'tenantry_reconciles_total{outcome="done"} 2',
    'tenantry_reconciles_total{outcome="backoff"} 1',
  ])
  expect(await samples(metrics, 'tenantry_reconcile_duration_seconds_count')).toEqual([
    'tenantry_reconcile_duration_seconds_count 3',
  ])
})

test('the depth of the queue and the conditions are those of the moment of asking', async () => {
  const now = { depth: 2, tenants: [tenant(['Ready', 'False']), tenant(['Ready', 'True'], ['Available', 'True'])] }
  const metrics = createMetrics({ queueDepth: () => now.depth, tenants: () => now.tenants })
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
  const metrics = createMetrics({ queueDepth: () => 0, tenants: () => [makeTenantObject()] })
  expect(await samples(metrics, 'tenantry_tenant_condition')).toEqual([])
})

test('requests and renders are counted by what came of them, and no tenant is a label', async () => {
  const metrics = createMetrics({ queueDepth: () => 0, tenants: () => [tenant(['Ready', 'True'])] })
  metrics.requested({ verb: 'apply', resource: 'namespaces', status: 201 })
  metrics.requested({ verb: 'get', resource: 'secrets', status: 0 })
  metrics.rendered('failed')
  expect(await samples(metrics, 'tenantry_api_requests_total')).toEqual([
    'tenantry_api_requests_total{verb="apply",resource="namespaces",status="201"} 1',
    'tenantry_api_requests_total{verb="get",resource="secrets",status="0"} 1',
  ])
  expect(await samples(metrics, 'tenantry_helm_renders_total')).toEqual([
    'tenantry_helm_renders_total{result="failed"} 1',
  ])
  expect(await metrics.registry.metrics()).not.toContain('acme')
})
