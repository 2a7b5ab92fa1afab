import { pino } from 'pino'
import { expect, test } from 'vitest'
import { convergedWorld, makeDesired, makePlan } from '../../test/make/tenant.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import { KubeError } from '../kube/errors.ts'
import type { DesiredTenant } from '../plan/tenant.ts'
import { withDrift } from './drift.ts'
import type { Worlds } from './worlds.ts'

const desired = makeDesired()
const status = { observedGeneration: 1, release: { name: 'x', revision: 1, chartVersion: '1', digest: 'd' } }

/** Of a world that is as the first plan says. */
async function lookFor(wanted: DesiredTenant, mayRely: boolean, ...unjudged: readonly KubeError[]) {
  const full: boolean[] = []
  const told: string[] = []
  const worlds = {
    observeDrift: async (_, __, inFull) => {
      full.push(inFull)
      return { drifted: [], intact: [], unjudged }
    },
  } satisfies Partial<Worlds> as unknown as Worlds
  const logger = pino({ level: 'warn' }, { write: (line: string) => void told.push(JSON.parse(line).msg) })
  const ports = { worlds, rewrites: { allows: () => true, spend: () => {} }, mayRely, logger }
  const { drift } = await withDrift(ports, wanted, convergedWorld(desired), status as TenantStatus)
  return { full, told, drift }
}

test('a full look is one, unless the account that looks has not yet the rights that it is to have', async () => {
  const plan = makePlan()
  const better = makeDesired({ plan: { ...plan, chart: { ...plan.chart, clusterRoleName: 'better' } } })
  const fullness = async (...[wanted, mayRely]: [DesiredTenant, boolean]) => (await lookFor(wanted, mayRely)).full
  expect([await fullness(desired, false), await fullness(better, false)]).toEqual([[true], [false]])
  expect(await fullness(desired, true)).toEqual([false])
})

test('kinds that could not be looked at are told in one line, and are no drift', async () => {
  const refused = (kind: string) => new KubeError({ status: 403, reason: 'Forbidden', message: `Cannot list ${kind}` })
  const { told, drift } = await lookFor(desired, false, refused('secrets'), refused('cronjobs'))
  expect(told).toEqual(['Not looked at: Cannot list secrets; Cannot list cronjobs'])
  expect(drift).toEqual({ due: [], held: [] })
})
