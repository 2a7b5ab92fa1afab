/** The Helm release that a tenant should have: its chart and its values, as plain data without a secret. */
import { isOwnChart } from '../crds/plan-chart.ts'
import type { TenantSpec } from '../crds/tenant.ts'
import type { TenantPlanSpec } from '../crds/tenant-plan.ts'
import { digestOf } from './digest.ts'
import * as names from './names.ts'
import { substituted } from './placeholder.ts'
import { tenantFacts } from './tenant-facts.ts'

/** `digest` stands for all of its files. */
export interface Chart {
  readonly name: string
  readonly version: string
  readonly digest: string
  /** Absent for a chart that the operator carries. */
  readonly source?: ChartSource
}

/** Where an archive is had from again. */
export interface ChartSource {
  readonly repository: string
  readonly credentialsSecretName?: string
}

export interface DesiredRelease {
  readonly name: string
  readonly namespace: string
  readonly tenant: TenantIdentity
  readonly chart: Chart
  readonly values: Record<string, unknown>
  /** With the rights of which it is written, and deleted. */
  readonly clusterRole: string
  /** Over the chart's digest and the values: equal exactly when a render would be. */
  readonly digest: string
}

export interface TenantIdentity {
  readonly name: string
  readonly uid: string
}

export interface ReleaseInputs {
  readonly tenant: TenantIdentity
  readonly spec: TenantSpec
  readonly plan: TenantPlanSpec
  readonly chart: Chart
  readonly host: string
}

export function desiredRelease(inputs: ReleaseInputs): DesiredRelease {
  const { tenant, chart, plan } = inputs
  const values = isOwnChart(plan.chart) ? ownValues(inputs) : foreignValues(inputs)
  return {
    name: names.releaseName(tenant.name),
    namespace: names.namespaceName(tenant.name),
    tenant,
    chart,
    values,
    clusterRole: plan.chart.clusterRoleName,
    digest: digestOf({ chart: chart.digest, tenant: tenant.uid, values }),
  }
}

/** Of a chart that knows nothing of tenants. */
function foreignValues(inputs: ReleaseInputs): Record<string, unknown> {
  return substituted(inputs.plan.app.values ?? {}, tenantFacts(inputs)) as Record<string, unknown>
}

/** Of charts/tenant: the facts that foreign charts have too, and what of plan and tenant they do not need. */
function ownValues(inputs: ReleaseInputs) {
  const { tenant, spec, plan } = inputs
  const { host, limits, credentials, jwt, app, exposure } = tenantFacts(inputs)
  return {
    tenant: { ...tenant, companyName: spec.companyName, owner: spec.owner },
    plan: spec.plan,
    host,
    limits,
    admin: credentials,
    jwt,
    api: { image: plan.app.apiImage, replicas: app.apiReplicas, resources: plan.app.apiResources },
    web: { image: plan.app.webImage, replicas: app.webReplicas, resources: plan.app.webResources },
    database: { ...plan.database, ...spec.overrides?.database },
    exposure,
  }
}
