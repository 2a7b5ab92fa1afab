/** What a plan's chart was resolved to, and when that has to be found out anew. Pure. */
import type { PlanChart } from '../crds/plan-chart.ts'
import type { TenantPlanStatus } from '../crds/plan-status.ts'
import { digestOf } from './digest.ts'
import type { Chart } from './release.ts'

/** A chart in a repository, as a plan asks for it. */
export interface ChartRequest {
  readonly name: string
  readonly repository: string
  /** Or a range of versions. */
  readonly version: string
  /** What the archive, or its manifest, has to have: `sha256:…`. */
  readonly digest?: string
  readonly credentialsSecretName?: string
}

export function chartRequest(chart: PlanChart): ChartRequest | undefined {
  const { name, repository, version = '*', digest, credentialsSecretName } = chart
  if (repository === undefined) return undefined
  return {
    name,
    repository,
    version,
    ...(digest === undefined ? {} : { digest }),
    ...(credentialsSecretName === undefined ? {} : { credentialsSecretName }),
  }
}

/** Equal exactly where the same was asked for; who may ask, and what the chart may do, is no part of it. */
export function requestDigest({ name, repository, version, digest, crds }: PlanChart): string {
  return digestOf({ name, repository, version, digest, crds })
}

/** The chart that tenants of the plan get; undefined until it is resolved, and where something else is asked for by now. */
export function resolvedChart(chart: PlanChart, status: TenantPlanStatus | undefined): Chart | undefined {
  const record = status?.chart
  if (record === undefined || record.request !== requestDigest(chart)) return undefined
  const { name, version, digest, repository } = record
  if (repository === undefined) return undefined
  const { credentialsSecretName: secret } = chart
  const source = { repository, ...(secret === undefined ? {} : { credentialsSecretName: secret }) }
  return { name, version, digest, source }
}
