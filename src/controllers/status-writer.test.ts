import { expect, test } from 'vitest'
import { type Answer, answeringKube } from '../../test/make/answering-kube.ts'
import { makeTenantObject, NOW } from '../../test/make/pass.ts'
import { TENANT } from '../../test/make/tenant.ts'
import type { Condition } from '../crds/condition.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import { createStatusWriter, statusInputs } from './status-writer.ts'
import type { TenantEvent } from './worlds.ts'

function status(...said: readonly [Condition['type'], Condition['status'], string][]): TenantStatus {
  const conditions = said.map(([type, status, reason]) => ({
    type,
    status,
    reason,
    message: `${reason}.`,
    lastTransitionTime: NOW,
  }))
  return { observedGeneration: 1, conditions }
}

const converged = status(['Ready', 'True', 'Converged'])
const installing = status(['Ready', 'False', 'Installing'])

async function write(before: TenantStatus | undefined, after: TenantStatus, answer: () => Answer = () => ({})) {
  const { kube, asked, bodies } = answeringKube(answer)
  const events: TenantEvent[] = []
  const writer = createStatusWriter({ kube, recordEvent: (_, event) => void events.push(event) })
  const tenant = makeTenantObject(before === undefined ? {} : { status: before })
  const failed = await writer(tenant, after).then(
    () => undefined,
    (error: { reason?: string }) => error.reason,
  )
  return { asked, bodies, failed, events: events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`) }
}

test('a status that says the same is not written', async () => {
  expect((await write(converged, structuredClone(converged))).asked).toEqual([])
})

test('a status is written for this very tenant, and for no later one of its name', async () => {
  expect((await write(undefined, installing)).bodies).toEqual([
    {
      apiVersion: 'tenantry.dev/v1alpha1',
      kind: 'Tenant',
      metadata: { name: 'acme', uid: TENANT.uid },
      status: installing,
    },
  ])
})

test.each([
  ['what is under way', undefined, installing, []],
  ['an upgrade', converged, status(['Ready', 'False', 'RollingOut']), []],
  ['becoming Ready', installing, converged, ['Normal Converged: Converged.']],
  ['a database that comes up', installing, status(['Ready', 'False', 'DatabaseProgressing']), []],
  [
    'a database that fails',
    converged,
    status(['Ready', 'False', 'DatabaseProgressing']),
    ['Warning DatabaseProgressing: DatabaseProgressing.'],
  ],
  [
    'what keeps it from coming up',
    installing,
    status(['Ready', 'False', 'QuotaExceeded']),
    ['Normal QuotaExceeded: QuotaExceeded.'],
  ],
  [
    'stalling',
    installing,
    status(['Ready', 'False', 'InvalidSpec'], ['Stalled', 'True', 'InvalidSpec']),
    ['Warning InvalidSpec: InvalidSpec.'],
  ],
  ['another condition alone', converged, status(['Ready', 'True', 'Converged'], ['Available', 'True', 'Serving']), []],
] as const)('what events tell of %s', async (_, before, after, events) => {
  expect((await write(before, after)).events).toEqual(events)
})

test.each([404, 409])('a tenant that has gone or was replaced meanwhile (%i) is nothing to report', async code => {
  expect(await write(undefined, installing, () => code)).toMatchObject({ failed: undefined, events: [] })
})

test.each([
  [403, 'Forbidden'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  ['refused', 'Unreachable'],
] as const)(
  'a status that could not be written (%s) is not told by an event, and the pass fails',
  async (code, reason) => {
    expect(await write(undefined, installing, () => code)).toMatchObject({ failed: reason, events: [] })
  },
)

test('a status is computed from the generation that was read', () => {
  const tenant = makeTenantObject({ metadata: { generation: 7 }, status: converged })
  expect(statusInputs(tenant, '2027-01-01T00:00:00Z')).toEqual({
    generation: 7,
    createdAt: NOW,
    before: converged,
    now: '2027-01-01T00:00:00Z',
  })
})
