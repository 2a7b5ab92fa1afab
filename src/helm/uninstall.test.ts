import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import { releaseWorld } from '../../test/make/release-world.ts'
import type { KubeObject } from '../plan/object.ts'
import type { KindRef, KindScope } from './port.ts'
import { uninstallRelease } from './uninstall.ts'

const object = (kind: string, name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, ...metadata },
})
const SLOW = { finalizers: ['example.com/slow'] }
const service = object('Service', 'web')
const deployment = object('Deployment', 'web', SLOW)
const database = object('Cluster', 'db', SLOW)
const settings = makeConfigMap('settings')
const kinds = (refs: readonly { kind: string }[]) => refs.map(({ kind }) => kind)

test('the second wave waits until the first is gone, the records until both are, and no call waits at all', async () => {
  const world = releaseWorld()
  await world.apply([settings, service, deployment, database])
  const remove = (kind: string, name: string) =>
    world.kube.remove({ apiVersion: 'apps/v1', kind, namespace: RELEASE.namespace, name })

  expect(kinds((await world.uninstall()).remaining)).toEqual(['Service', 'Deployment'])
  expect(kinds((await world.uninstall()).remaining)).toEqual(['Deployment'])
  expect(kinds([...world.kube.objects.values()])).toEqual(
    expect.arrayContaining(['Cluster', 'ConfigMap', 'Secret', 'TenantRelease']),
  )
  remove('Deployment', 'web')
  expect(kinds((await world.uninstall()).remaining)).toEqual(['Cluster', 'ConfigMap'])
  expect(kinds((await world.uninstall()).remaining)).toEqual(['Cluster'])
  remove('Cluster', 'db')
  expect(kinds([...world.kube.objects.values()]).sort()).toEqual(['Secret', 'TenantRelease'])
  expect(await world.uninstall()).toEqual({ remaining: [], foreign: [], hooks: [] })
  expect([...world.kube.objects.keys()]).toEqual([])
  expect(await world.uninstall()).toEqual({ remaining: [], foreign: [], hooks: [] })
})

test('objects are deleted as the release’s own account, and only with the uid that was looked at', async () => {
  const world = releaseWorld()
  await world.apply([settings])
  world.kube.disturb(({ verb, what }, moment) => {
    if (verb !== 'get' || !what.endsWith('/settings') || moment !== 'after') return
    world.kube.remove({ apiVersion: 'v1', kind: 'ConfigMap', namespace: RELEASE.namespace, name: 'settings' })
    world.kube.put(makeConfigMap('settings', {}, { namespace: RELEASE.namespace }))
  })
  await world.uninstall()
  const deletes = world.kube.calls.filter(({ verb, what }) => verb === 'delete' && what.includes('ConfigMap'))
  expect(deletes.map(({ user }) => user)).toEqual(['system:serviceaccount:tenant-acme:tenantry-release'])
  expect(Object.keys(world.content())).toEqual(['settings'])
})

test('what is to be kept stays, and what is somebody else’s by now is reported', async () => {
  const world = releaseWorld()
  const kept = makeConfigMap('kept', {}, { annotations: { 'helm.sh/resource-policy': 'keep' } })
  await world.apply([settings, kept, service])
  const labels = { 'tenantry.dev/tenant-uid': 'another' }
  world.kube.put(object('Service', 'web', { namespace: RELEASE.namespace, labels }))
  while ((await world.uninstall()).remaining.length > 0);
  expect([...world.kube.objects.keys()].sort()).toEqual([
    'apps/v1/Service/tenant-acme/web',
    'v1/ConfigMap/tenant-acme/kept',
  ])
})

test('an object of a kind that nobody serves any more counts as gone', async () => {
  const world = releaseWorld()
  await world.apply([settings, database])
  const scopeOf = async ({ kind }: KindRef): Promise<KindScope> => (kind === 'Cluster' ? 'NotServed' : 'Namespaced')
  world.kube.remove({ apiVersion: 'apps/v1', kind: 'Cluster', namespace: RELEASE.namespace, name: 'db' })
  const before = world.kube.calls.length
  await uninstallRelease({ ...world.ports, scopeOf }, RELEASE)
  await uninstallRelease({ ...world.ports, scopeOf }, RELEASE)
  expect([...world.kube.objects.keys()]).toEqual([])
  expect(world.kube.calls.slice(before).some(({ verb, what }) => verb === 'get' && what.includes('Cluster'))).toBe(
    false,
  )
})

test('what somebody’s upgrade has added goes too', async () => {
  const world = releaseWorld()
  await world.apply([settings])
  world.upgradeByHand([settings, makeConfigMap('more')])
  while ((await world.uninstall()).remaining.length > 0);
  expect([...world.kube.objects.keys()]).toEqual([])
})
