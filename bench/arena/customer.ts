/** The plan and the tenants that every contender installs, before and after the one-value upgrade. */
import { join, resolve } from 'node:path'
import { operatorNamespace } from '../../dev/demo/installation.ts'
import { parseTenant, parseTenantPlan } from '../../src/crds/parse.ts'
import { loadChart } from '../../src/helm/chart.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import type { TenantIdentity } from '../../src/plan/release.ts'
import { type DesiredTenant, desiredTenant } from '../../src/plan/tenant.ts'

export type Version = 1 | 2

export const chartsDir = resolve(import.meta.dirname, '../../charts')
export const chartDir = join(chartsDir, 'tenant')
const PLAN = 'bench'
const BASE_DOMAIN = 'bench.example'

/** `bench-0007`. */
export function tenantNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `bench-${String(index + 1).padStart(4, '0')}`)
}

export function tenantManifest(name: string): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'Tenant',
    metadata: { name },
    spec: { companyName: 'Acme GmbH', owner: { email: 'ada@acme.example' }, plan: PLAN },
  }
}

/** The versions differ in one value. */
export function planManifest(version: Version): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'TenantPlan',
    metadata: { name: PLAN },
    spec: {
      displayName: 'Bench',
      app: {
        apiImage: `registry.example/api:${version}.0.0`,
        webImage: 'registry.example/web:1.0.0',
        apiReplicas: 2,
        webReplicas: 2,
      },
      database: { image: 'registry.example/postgresql:17.5', storage: '1Gi' },
      quota: { cpu: '4', memory: '8Gi', storage: '20Gi', pods: 20 },
    },
  }
}

/** What a tenant should have, by the operator's own plan. */
export async function desiredOf(tenant: TenantIdentity, version: Version): Promise<DesiredTenant> {
  const { spec } = accepted(parseTenant(tenantManifest(tenant.name)))
  const plan = accepted(parseTenantPlan(planManifest(version)))
  return desiredTenant({
    tenant,
    spec,
    plan: plan.spec,
    chart: await loadChart(chartsDir, 'tenant'),
    host: `${tenant.name}.${BASE_DOMAIN}`,
    operator: { namespace: operatorNamespace, serviceAccount: 'tenantry-operator' },
    neighbours: {
      ingressNamespace: 'traefik',
      databaseOperatorNamespace: 'cnpg-system',
      monitoringNamespace: 'monitoring',
      apiServer: [],
    },
  })
}

function accepted<T>(parsed: { ok: true; value: T } | { ok: false; message: string }): T {
  if (!parsed.ok) throw new Error(`Cannot use the bench's own manifest: ${parsed.message}`)
  return parsed.value
}
