import { expect, test } from 'vitest'
import { makeTenantObject, NOW, type PassOptions, runPass } from '../../test/make/pass.ts'
import { makeDesired, makeSpec, standingWorld } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import { KubeError } from '../kube/errors.ts'
import type { ReleaseRecord, TeardownObservation } from '../plan/observation.ts'
import type { Step } from '../plan/step.ts'

const standing = standingWorld(makeDesired())
const bare: TeardownObservation = { ...standing, volumes: [], secrets: [] }
const gone: TeardownObservation = { ...bare, namespace: { found: 'absent' }, release: {}, objects: new Map() }
const denied = new KubeError({ status: 403, reason: 'Forbidden', message: 'Cannot patch PersistentVolume pv-1: no' })

function deleting(leaving: TeardownObservation, spec: unknown = makeSpec(), finalizers?: string[]): PassOptions {
  const metadata = { deletionTimestamp: NOW, ...(finalizers === undefined ? {} : { finalizers }) }
  return { cache: makeCache({ tenants: [makeTenantObject({ spec, metadata })] }), leaving }
}

test('a deletion says what it does, and goes on at once', async () => {
  const { outcome, steps, conditions } = await runPass(deleting(standing))
  expect({ outcome, steps, conditions }).toEqual({
    outcome: { end: 'again' },
    steps: ['kube.setVolumePolicy', 'kube.copySecret'],
    conditions: {
      Ready: 'False Deleting',
      Reconciling: 'True Deleting',
      Stalled: 'False Deleting',
      Available: 'False Deleting',
      Deleting: 'True TearingDown',
    },
  })
})

test('what still goes is waited for, and named', async () => {
  const waiting = () => ({ waitingFor: ['Pod db-1', 'Cluster db'] })
  const { outcome, status } = await runPass({ ...deleting(bare), apply: waiting })
  expect(outcome).toEqual({ end: 'wait' })
  expect(status?.conditions?.find(({ type }) => type === 'Deleting')?.message).toBe(
    'Deleting release tenant-acme. Waiting for Cluster db, Pod db-1.',
  )
})

test('hooks of the chart are skipped exactly where the tenant says so', async () => {
  const skipping = async (annotations: Record<string, string>) => {
    const tenant = makeTenantObject({ metadata: { deletionTimestamp: NOW, annotations } })
    const steps: Step[] = []
    const apply = (step: Step) => {
      steps.push(step)
      return { waitingFor: [] }
    }
    await runPass({ cache: makeCache({ tenants: [tenant] }), leaving: bare, apply })
    return steps.map(step => 'skipHooks' in step)
  }
  expect(await skipping({ 'tenantry.dev/skip-delete-hooks': 'true' })).toEqual([true])
  expect(await skipping({ 'tenantry.dev/skip-delete-hooks': 'false' })).toEqual([false])
})

test('a volume that could not be kept holds up everything after it, and says why', async () => {
  const { outcome, steps, conditions, status } = await runPass({
    ...deleting({ ...standing, secrets: [] }),
    apply() {
      throw denied
    },
  })
  expect({ outcome, steps, deleting: conditions.Deleting }).toEqual({
    outcome: { end: 'backoff', reason: 'Forbidden' },
    steps: ['kube.setVolumePolicy'],
    deleting: 'True Forbidden',
  })
  expect(status?.conditions?.find(({ type }) => type === 'Deleting')?.message).toBe(
    'Retention: Cannot patch PersistentVolume pv-1: no',
  )
})

test('the end of a deletion is an event, for the status goes with the tenant', async () => {
  const { outcome, steps, events, status } = await runPass(deleting(gone))
  expect({ outcome, steps, events, status }).toEqual({
    outcome: { end: 'done' },
    steps: ['kube.setFinalizer'],
    events: [{ type: 'Normal', reason: 'TornDown', message: 'Nothing of the environment is left.' }],
    status: undefined,
  })
})

test('rights that somebody removed come back as the record of the release has them, for its plan may have gone', async () => {
  const record = { ...bare.release.record, clusterRole: 'ledger-release' } as ReleaseRecord
  const bindings: unknown[] = []
  const apply = (step: Step) => {
    if (step.do === 'kube.apply') bindings.push(step.object.metadata.name)
    return { waitingFor: [] }
  }
  const leaving = { ...bare, objects: new Map(), release: { ...bare.release, record } }
  const world = deleting(leaving)
  world.cache?.plans.lose()
  await runPass({ ...world, apply })
  expect(bindings).toContain('tenantry-release:ledger-release')
})

test('a finalizer that could not be lifted is no end', async () => {
  const { outcome, events } = await runPass({
    ...deleting(gone),
    apply() {
      throw denied
    },
  })
  expect({ outcome, events }).toEqual({ outcome: { end: 'backoff', reason: 'Forbidden' }, events: [] })
})

test('a tenant whose finalizer is lifted already is left to others', async () => {
  expect(await runPass(deleting(standing, makeSpec(), ['backup.example/keep']))).toMatchObject({
    outcome: { end: 'done' },
    steps: [],
    events: [],
  })
})

test.each([{}, undefined, { deletionPolicy: 'delete' }, { plan: 7 }])(
  'an invalid spec keeps the data: %o',
  async spec => {
    expect((await runPass(deleting(standing, spec))).steps).toEqual(['kube.setVolumePolicy', 'kube.copySecret'])
  },
)

test.each(['teardown', 'release'] as const)('nothing goes while a part cannot be looked at: %s', async part => {
  const { outcome, steps, conditions, status } = await runPass({
    ...deleting(gone),
    look: at => {
      if (at === part) throw denied
    },
  })
  expect({ outcome, steps }).toEqual({ outcome: { end: 'backoff', reason: 'Forbidden' }, steps: [] })
  expect(conditions).toMatchObject({ Ready: 'False Deleting', Deleting: 'True Forbidden' })
  expect(JSON.stringify(status)).toContain(denied.message)
})

const held = { go: 'hold', message: '6 of 8 tenants were deleted.' } as const

test('a deletion that is halted touches nothing, and says so beside what is known of the environment', async () => {
  const { outcome, steps, conditions, status } = await runPass({ ...deleting(standing), verdict: held })
  expect({ outcome, steps, conditions }).toEqual({
    outcome: { end: 'wait' },
    steps: [],
    conditions: {
      Ready: 'False DeletionsHalted',
      Reconciling: 'True DeletionsHalted',
      Stalled: 'False DeletionsHalted',
      Deleting: 'True DeletionsHalted',
    },
  })
  expect(status?.conditions?.find(({ type }) => type === 'Deleting')?.message).toBe(held.message)
})

test('it stays halted where the environment cannot be looked at', async () => {
  const look = () => {
    throw denied
  }
  const { steps, conditions } = await runPass({ ...deleting(standing), verdict: held, look })
  expect({ steps, deleting: conditions.Deleting }).toEqual({ steps: [], deleting: 'True DeletionsHalted' })
})

test('nobody waits for a word where the kind itself is removed and the environment stays', async () => {
  const { steps } = await runPass({ ...deleting({ ...standing, crdTerminating: true }), verdict: held })
  expect(steps).toEqual(['kube.setFinalizer'])
})

test('a deletion that was asked for only just now is looked at again, and nothing is said yet', async () => {
  const { outcome, steps, status } = await runPass({ ...deleting(standing), verdict: { go: 'settle' } })
  expect({ outcome, steps, status }).toEqual({ outcome: { end: 'wait' }, steps: [], status: undefined })
})
