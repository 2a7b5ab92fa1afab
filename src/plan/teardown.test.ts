import { expect, test } from 'vitest'
import { makeDesired, makeSpec, standingWorld, TENANT } from '../../test/make/tenant.ts'
import type { TeardownObservation } from './observation.ts'
import { planTeardown, type TeardownInputs } from './teardown.ts'

const desired = makeDesired()
const KEPT = { 'tenantry.dev/tenant': TENANT.name, 'tenantry.dev/tenant-uid': TENANT.uid }

function plan(observed: TeardownObservation, inputs: Partial<TeardownInputs> = {}): string[] {
  const { stages } = planTeardown(
    {
      tenant: TENANT,
      deletionPolicy: 'Retain',
      operatorNamespace: 'tenantry-system',
      access: desired.access,
      ...inputs,
    },
    observed,
  )
  return stages.flatMap(stage => stage.steps.map(step => step.do))
}

function kept(world: TeardownObservation): TeardownObservation {
  return {
    ...world,
    volumes: world.volumes.map(volume => ({ ...volume, policy: 'Retain', labels: KEPT })),
    secrets: world.secrets.map(secret => ({ ...secret, copied: true })),
  }
}

test('volumes and credentials are kept before anything is deleted', () => {
  expect(plan(standingWorld(desired))).toEqual(['kube.setVolumePolicy', 'kube.copySecret'])
})

test('the release goes before the namespace', () => {
  const world = kept(standingWorld(desired))
  expect(plan(world)).toEqual(['helm.uninstall'])
  expect(plan({ ...world, release: {} })).toEqual(['kube.delete'])
})

test('a policy of Delete marks the volumes for deletion and copies no credentials', () => {
  expect(plan(standingWorld(desired), { deletionPolicy: 'Delete' })).toEqual(['kube.setVolumePolicy'])
})

test('a terminating namespace is waited for, and the message says what keeps it', () => {
  const world = kept(standingWorld(desired))
  if (world.namespace.found !== 'present') throw new Error('the world stands')
  const observed = {
    ...world,
    namespace: { ...world.namespace, terminating: true, remaining: 'Some resources remain' },
  }
  const { stages, progress } = planTeardown(
    { tenant: TENANT, deletionPolicy: 'Retain', operatorNamespace: 'x', access: [] },
    observed,
  )
  expect({ stages, progress }).toEqual({
    stages: [],
    progress: 'Waiting until namespace tenant-acme is gone: Some resources remain',
  })
})

test('the finalizer goes last, and not before volumes that have to go are gone', () => {
  const gone: TeardownObservation = {
    ...standingWorld(desired),
    namespace: { found: 'absent' },
    release: {},
    secrets: [],
  }
  const leaving = [{ name: 'pv-1', policy: 'Delete', labels: KEPT, phase: 'Released' }]
  expect(plan({ ...gone, volumes: leaving }, { deletionPolicy: 'Delete' })).toEqual([])
  expect(plan({ ...gone, volumes: [] }, { deletionPolicy: 'Delete' })).toEqual(['kube.setFinalizer'])
})

test('nothing in a namespace of somebody else is touched', () => {
  const world = standingWorld(desired)
  if (world.namespace.found !== 'present') throw new Error('the world stands')
  const namespace = {
    ...world.namespace,
    labels: { 'tenantry.dev/tenant': TENANT.name, 'tenantry.dev/tenant-uid': 'another' },
  }
  expect(plan({ ...world, namespace, volumes: [] })).toEqual(['kube.setFinalizer'])
})

test('a tenant that goes with its kind leaves its environment standing', () => {
  expect(plan({ ...standingWorld(desired), crdTerminating: true })).toEqual(['kube.setFinalizer'])
})

test('rights that somebody removed are restored before they are needed', () => {
  expect(plan({ ...standingWorld(desired), objects: new Map() })).toEqual(['kube.apply', 'kube.apply', 'kube.apply'])
})

test('the deletion of a tenant that was never installed ends with its finalizer', () => {
  expect(makeSpec().deletionPolicy).toBe('Retain')
  expect(
    plan({
      namespace: { found: 'absent' },
      objects: new Map(),
      release: {},
      volumes: [],
      secrets: [],
      crdTerminating: false,
    }),
  ).toEqual(['kube.setFinalizer'])
})

test('volumes are kept although somebody deleted the namespace before the tenant', () => {
  const world = standingWorld(desired)
  if (world.namespace.found !== 'present') throw new Error('the world stands')
  const going = { ...world, namespace: { ...world.namespace, terminating: true }, secrets: [] }
  expect(plan(going)).toEqual(['kube.setVolumePolicy'])
})

test('an old volume of an earlier namespace of this name is not given up with the tenant', () => {
  const old = { name: 'pv-old', policy: 'Retain', labels: {}, phase: 'Released' }
  const world = kept(standingWorld(desired))
  const volumes = [...world.volumes.map(volume => ({ ...volume, policy: 'Delete' })), old]
  expect(plan({ ...world, volumes }, { deletionPolicy: 'Delete' })).toEqual(['helm.uninstall'])
})

test('a volume whose claim went before the tenant is kept, or given up, like the others', () => {
  const world = kept(standingWorld(desired))
  if (world.namespace.found !== 'present') throw new Error('the world stands')
  const namespace = { ...world.namespace, createdAt: '2026-11-21T09:00:00Z' }
  const released = (createdAt: string, policy: string) => [
    { name: 'pv-1', policy, labels: {}, phase: 'Released', createdAt },
  ]
  const younger = '2026-11-21T09:00:00Z'
  const keeping = plan({ ...world, namespace, volumes: released(younger, 'Retain') })
  const giving = plan({ ...world, namespace, volumes: released(younger, 'Retain') }, { deletionPolicy: 'Delete' })
  const older = plan({ ...world, namespace, volumes: released('2026-11-21T08:59:59Z', 'Delete') })
  expect({ keeping, giving, older }).toEqual({
    keeping: ['kube.setVolumePolicy'],
    giving: ['kube.setVolumePolicy'],
    older: ['helm.uninstall'],
  })
})
