/** What the operator asks of the API server, as counts from the audit log: a small bench, without its peers and times. */
import { beforeAll, expect, test } from 'vitest'
import { budgetViolations } from '../../bench/budget.ts'
import type { PhaseFigures, Report } from '../../bench/figures.ts'
import { runBench } from '../../bench/run.ts'
import { WATCHED } from '../../src/kube/tenant-cache.ts'

const TENANTS = 30

let report: Report
beforeAll(async () => {
  // Longer than the longest pause of a tenant that is not converged.
  report = await runBench({ tenants: TENANTS, idleSeconds: 16, only: ['limit', 'tenantry'], countsOnly: true })
})

function phasesOf(contender: string) {
  const phases = report.contenders.find(figures => figures.contender === contender)?.phases
  if (phases === undefined) throw new Error(`${contender} took no part`)
  return phases
}

function sentTo(resource: string, phase: PhaseFigures | undefined): number {
  return phase?.writesByResource[resource] ?? 0
}

test('helm asks nothing, an upgrade of one value changes one object, an idle operator is silent, and a restart writes and renders nothing and reads nothing of its tenants', () => {
  const { changedObjects = 0 } = report
  expect(changedObjects).toBe(1)
  expect(budgetViolations({ tenants: TENANTS, changedObjects, phases: phasesOf('tenantry') })).toEqual([])
})

test('all of that was really measured: every tenant was upgraded, and the restarted operator listed what it watches', () => {
  const { upgrade, restart, idle } = phasesOf('tenantry')
  expect(sentTo('deployments', upgrade)).toBe(TENANTS)
  expect([upgrade?.renders, restart?.renders]).toEqual([TENANTS, 0])
  // Besides, its own namespace, the addresses of the API server, and the volumes that tenants left behind.
  expect(restart?.requests.watch).toBe(Object.keys(WATCHED).length + 3)
  expect(idle?.requests.patch).toBeGreaterThan(0)
})

test('an installation writes each object once, and hardly reads', () => {
  const [ours, least] = [phasesOf('tenantry').install, phasesOf('limit').install]
  const ofObjects = (phase: PhaseFigures | undefined) =>
    ['namespaces', 'networkpolicies', 'rolebindings', 'deployments', 'services', 'configmaps', 'secrets'].map(
      resource => [resource, sentTo(resource, phase)],
    )
  expect(ofObjects(ours)).toEqual(ofObjects(least))
  // Twice only of the tenants that were begun before the API server had said what it makes of the first one's objects.
  expect(sentTo('tenantreleases', ours)).toBeLessThanOrEqual(TENANTS + 10)
  // Of a new tenant whether there is its namespace. On a slow machine some are looked at in full before all of them are there.
  const { get = 0, list = 0 } = ours?.requests ?? {}
  expect(get + list).toBeLessThanOrEqual(TENANTS * 4 + 80)
  // Before a controller has begun anything there are no pods, and volumes that were left behind are watched.
  expect([ours?.listsByResource.pods, ours?.listsByResource.persistentvolumes]).toEqual([undefined, 1])
})
