/** What a tenant should have, or which other object has to change before that can be said. */
import { parseTenantPlan, type Tenant, type TenantPlan } from '../crds/parse.ts'
import { HelmError } from '../helm/errors.ts'
import { type Blocker, chartMissing, hostBlocker, planInvalid, planNotFound } from '../plan/blocker.ts'
import { chartRequest, resolvedChart } from '../plan/chart-resolution.ts'
import { conditionOf } from '../plan/condition-set.ts'
import type { Chart, TenantIdentity } from '../plan/release.ts'
import { type DesiredTenant, desiredTenant } from '../plan/tenant.ts'
import { valuesProblem } from '../plan/tenant-facts.ts'
import { hostClaims } from './host-claim.ts'
import type { Settings } from './settings.ts'
import type { Worlds } from './worlds.ts'

export interface PossiblePorts {
  readonly worlds: Pick<Worlds, 'cache' | 'charts' | 'neighbours'>
  readonly settings: Settings
}

export type Possible = { desired: DesiredTenant; blocker?: never } | { desired?: never; blocker: Blocker }

export async function possibleTenant(
  { worlds, settings }: PossiblePorts,
  tenant: Tenant,
  identity: TenantIdentity,
  host: string,
): Promise<Possible> {
  const { cache } = worlds
  const planObject = cache.plans.get(tenant.spec.plan)
  if (planObject === undefined) return { blocker: planNotFound(tenant.spec.plan) }
  const plan = parseTenantPlan(planObject)
  if (!plan.ok) return { blocker: planInvalid(tenant.spec.plan, plan.message) }
  const problem = valuesProblem(plan.value.spec)
  if (problem !== undefined) return { blocker: planInvalid(tenant.spec.plan, problem) }
  const createdAt = cache.tenants.get(identity.name)?.metadata.creationTimestamp ?? ''
  const taken = hostBlocker(
    { tenant: identity.name, host, createdAt },
    hostClaims(host, cache.tenants, settings.baseDomain),
  )
  if (taken !== undefined) return { blocker: taken }
  const chart = await chartOf(worlds.charts, plan.value)
  if (chart.blocker !== undefined) return chart
  return {
    desired: desiredTenant({
      tenant: identity,
      spec: tenant.spec,
      plan: plan.value.spec,
      chart: chart.chart,
      host,
      operator: settings.operator,
      neighbours: worlds.neighbours(),
    }),
  }
}

type FoundChart = { chart: Chart; blocker?: never } | { chart?: never; blocker: Blocker }

async function chartOf(charts: Worlds['charts'], { metadata, spec, status }: TenantPlan): Promise<FoundChart> {
  if (chartRequest(spec.chart) !== undefined) {
    const chart = resolvedChart(spec.chart, status)
    if (chart !== undefined) return { chart }
    return { blocker: chartMissing(metadata.name, metadata.generation ?? 0, conditionOf(status, 'Ready')) }
  }
  try {
    return { chart: await charts.named(spec.chart.name) }
  } catch (error) {
    if (!(error instanceof HelmError && error.reason === 'ChartNotFound')) throw error
    return { blocker: { reason: 'ChartNotFound', message: error.message } }
  }
}
