import { expect, test } from 'vitest'
import { answeringKube } from '../../test/make/answering-kube.ts'
import { memoryKube } from '../../test/make/memory-kube.ts'
import { makeDesired, TENANT } from '../../test/make/tenant.ts'
import type { KubeObject } from '../plan/object.ts'
import { applyKubeStep, isKubeStep, type KubeStep } from './apply.ts'
import { KubeError } from './errors.ts'

const { namespace, secrets, release } = makeDesired()
const [template] = secrets
if (template === undefined) throw new Error('a tenant has Secrets')
const createSecret: KubeStep = { do: 'kube.createSecret', secret: template }
const from = { apiVersion: 'v1', kind: 'Secret', namespace: 'tenant-acme', name: 'tenantry-admin' }
const to: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'retained-acme-0b4f6c1e-tenantry-admin', namespace: 'tenantry-system' },
}
const lift: KubeStep = { do: 'kube.setFinalizer', tenant: TENANT, present: false }

const steps: readonly KubeStep[] = [
  { do: 'kube.apply', object: namespace },
  createSecret,
  { do: 'kube.delete', ref: { apiVersion: 'v1', kind: 'Namespace', name: 'tenant-acme' }, uid: 'u' },
  { do: 'kube.setVolumePolicy', volume: 'pv-1', policy: 'Retain', labels: {} },
  { do: 'kube.copySecret', from, to },
  { do: 'kube.setFinalizer', tenant: TENANT, present: true },
  lift,
  {
    do: 'kube.abandonLease',
    lease: 'proxmox-110',
    uid: 'u',
    abandoned: { at: '2026-01-01T00:00:00Z', pool: 'tenants/acme', machines: [] },
  },
]

function tenant(metadata: Partial<KubeObject['metadata']>): KubeObject {
  return {
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'Tenant',
    metadata: { name: 'acme', uid: TENANT.uid, ...metadata },
  }
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((error: unknown) => error)
  return error instanceof KubeError ? error.reason : `no error but ${JSON.stringify(error)}`
}

test.each(
  (
    [
      [403, 'Forbidden'],
      [429, 'TooManyRequests'],
      [500, 'InternalError'],
      ['refused', 'Unreachable'],
    ] as const
  ).flatMap(([answer, reason]) => steps.map(step => [step.do, answer, reason, step] as const)),
)('%s fails where the API server answers %s', async (_, answer, reason, step) => {
  const { kube } = answeringKube(() => answer)
  expect(await reasonOf(applyKubeStep(kube, step))).toBe(reason)
})

test('the values of a Secret are long, and never the same twice', async () => {
  const { kube, bodies } = answeringKube(() => ({}))
  await applyKubeStep(kube, createSecret)
  await applyKubeStep(kube, createSecret)
  const passwords = bodies.map(body => (body as { stringData: Record<string, string> }).stringData)
  expect(passwords.map(({ username, password }) => [username, /^[\w-]{32}$/.test(password ?? '')])).toEqual([
    ['ada@acme.example', true],
    ['ada@acme.example', true],
  ])
  expect(new Set(passwords.map(({ password }) => password)).size).toBe(2)
})

test('a Secret that exists is left as it is, and that is no failure', async () => {
  const { kube, asked } = answeringKube(() => 409)
  await applyKubeStep(kube, createSecret)
  expect(asked).toEqual(['create Secret tenant-acme/tenantry-admin'])
})

test('a copy has the type and the values of its source', async () => {
  const world = memoryKube()
  const kube = { ...answeringKube(() => 500).kube, get: world.get, create: world.create }
  world.put({ ...tenant({}), ...from, metadata: from, type: 'Opaque', data: { password: 'b25l' } })
  await applyKubeStep(kube, { do: 'kube.copySecret', from, to })
  expect(await world.get({ ...from, ...to.metadata })).toMatchObject({ type: 'Opaque', data: { password: 'b25l' } })
})

test('a source that has gone leaves nothing to copy', async () => {
  const { kube, asked } = answeringKube(() => 404)
  await applyKubeStep(kube, { do: 'kube.copySecret', from, to })
  expect(asked).toEqual(['get Secret tenant-acme/tenantry-admin'])
})

test('only the object with the uid that was planned is deleted', async () => {
  const { kube, bodies } = answeringKube(() => ({}))
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: 'tenant-acme' }
  await applyKubeStep(kube, { do: 'kube.delete', ref, uid: 'planned' })
  expect(bodies).toMatchObject([{ preconditions: { uid: 'planned' }, propagationPolicy: 'Background' }])
})

test('the finalizer goes on to this very tenant, not to another that took its name', async () => {
  const { kube, bodies } = answeringKube(() => 409)
  expect(await reasonOf(applyKubeStep(kube, { do: 'kube.setFinalizer', tenant: TENANT, present: true }))).toBe(
    'Conflict',
  )
  expect(bodies).toMatchObject([{ metadata: { uid: TENANT.uid, finalizers: ['tenantry.dev/teardown'] } }])
})

test('the finalizer comes off whoever put it there, and those of others stay', async () => {
  const world = memoryKube()
  const kube = { ...answeringKube(() => 500).kube, get: world.get, patch: world.patch, apply: world.apply }
  world.put(tenant({ finalizers: ['backup.example/keep', 'tenantry.dev/teardown'], deletionTimestamp: 'now' }))
  const uid = (await world.get({ ...tenant({}), name: 'acme' }))?.metadata.uid ?? ''
  await applyKubeStep(kube, { ...lift, tenant: { name: 'acme', uid } })
  expect([...world.objects.values()].map(({ metadata }) => metadata.finalizers)).toEqual([['backup.example/keep']])
})

test('the finalizer of a tenant that is gone, or of a later one of its name, is nobody’s business', async () => {
  const gone = answeringKube(() => 404)
  const later = answeringKube(() => tenant({ uid: 'later', finalizers: ['tenantry.dev/teardown'] }))
  for (const { kube, asked } of [gone, later]) {
    await applyKubeStep(kube, lift)
    expect(asked).toEqual(['get Tenant acme'])
  }
})

test('steps of another world are told apart', () => {
  expect([createSecret, { do: 'helm.upgrade', release } as const].map(isKubeStep)).toEqual([true, false])
})
