/** What only another object can tell: the tenant says what it waits for, and goes on by itself when that has changed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

let environment: OperatorEnvironment
beforeAll(async () => {
  environment = await startEnvironment('blocked')
  await environment.apply(planManifest('small'))
  await environment.startOperator()
})
afterAll(() => environment?.stop())

const tenant = (name: string) => environment.get('tenants.tenantry.dev', name)
const reasonIs = (reason: string) => (found: Awaited<ReturnType<typeof tenant>>) =>
  conditionsOf(found).Ready?.endsWith(` ${reason}`) ?? false
const isInstalled = (found: Awaited<ReturnType<typeof tenant>>) => conditionsOf(found).ReleaseReady === 'True Deployed'

test('a tenant waits for its plan, and takes it up when it comes', async () => {
  await environment.apply(tenantManifest('early', { plan: 'later' }))
  const waiting = await eventually(() => tenant('early'), reasonIs('PlanNotFound'))
  expect(conditionsOf(waiting)).toMatchObject({ Reconciling: 'True PlanNotFound', Stalled: 'False Progressing' })
  await environment.apply(planManifest('later'))
  await eventually(() => tenant('early'), isInstalled)
})

test('a namespace of somebody else is neither taken nor touched, and taken when it is free', async () => {
  await environment.kubectl(['create', 'namespace', 'tenant-occupied'])
  const before = await environment.get('namespace', 'tenant-occupied')
  await environment.apply(tenantManifest('occupied'))
  await eventually(() => tenant('occupied'), reasonIs('NamespaceConflict'))
  expect(await environment.get('namespace', 'tenant-occupied')).toEqual(before)
  await environment.kubectl(['delete', 'namespace', 'tenant-occupied'])
  await eventually(() => tenant('occupied'), isInstalled)
})

test('a host belongs to the oldest tenant that asks for it, and passes on when that one goes', async () => {
  await environment.apply(tenantManifest('first', { domain: 'shared.example.com' }))
  await eventually(() => tenant('first'), isInstalled)
  await environment.apply(tenantManifest('second', { domain: 'shared.example.com' }))
  const refused = await eventually(() => tenant('second'), reasonIs('HostConflict'))
  expect(JSON.stringify(refused?.status)).toContain('shared.example.com belongs to tenant \\"first\\"')
  await environment.kubectl(['delete', 'tenants.tenantry.dev', 'first', '--wait=false'])
  await eventually(() => tenant('second'), isInstalled)
})
