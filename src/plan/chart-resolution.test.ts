import { expect, test } from 'vitest'
import type { PlanChart } from '../crds/plan-chart.ts'
import { chartRequest, requestDigest, resolvedChart } from './chart-resolution.ts'

const chart: PlanChart = {
  name: 'shop',
  repository: 'oci://registry.example/charts',
  version: '1.x',
  crds: 'Skip',
  clusterRoleName: 'shop-release',
}
const { repository = '' } = chart
const status = {
  observedGeneration: 1,
  chart: { name: 'shop', repository, version: '1.4.0', digest: 'd', request: requestDigest(chart) },
}

test('what was resolved is what tenants get, wherever the credentials are and whatever the chart may do', () => {
  const expected = { name: 'shop', version: '1.4.0', digest: 'd', source: { repository } }
  expect(resolvedChart(chart, status)).toEqual(expected)
  expect(resolvedChart({ ...chart, clusterRoleName: 'other' }, status)).toEqual(expected)
  const source = { repository, credentialsSecretName: 'secret' }
  expect(resolvedChart({ ...chart, credentialsSecretName: 'secret' }, status)).toEqual({ ...expected, source })
})

test.each<Partial<PlanChart>>([
  { version: '2.x' },
  { repository: 'oci://other.example/charts' },
  { name: 'other' },
  { digest: `sha256:${'0'.repeat(64)}` },
  { crds: 'Create' },
])('with %j it is another request', change => {
  expect(resolvedChart({ ...chart, ...change }, status)).toBeUndefined()
})

test('a chart of the operator is not asked for anywhere', () => {
  const own = { name: 'tenant', crds: 'Skip', clusterRoleName: 'tenantry-release' } as const
  expect(chartRequest(own)).toBeUndefined()
  expect(resolvedChart(own, status)).toBeUndefined()
})
