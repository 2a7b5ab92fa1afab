/** Objects of a deployed revision that somebody deleted or edited are applied again, from Helm's record of it. */
import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import { desiredOf, type ReleaseWorld, releaseWorld } from '../../test/make/release-world.ts'
import { refOfEntry } from '../plan/object.ts'
import { admitObjects } from './admission.ts'
import { repairRelease } from './apply.ts'

const a = makeConfigMap('a', { v: '1' })
const b = makeConfigMap('b', { v: '1' })
const refTo = (name: string) => refOfEntry({ apiVersion: 'v1', kind: 'ConfigMap', namespace: RELEASE.namespace, name })

async function installed(): Promise<ReleaseWorld> {
  const world = releaseWorld()
  await world.apply([a, b])
  return world
}

test('one object is written again, with nothing rendered, no revision and no other object', async () => {
  const world = await installed()
  world.kube.remove(refTo('a'))
  const before = { writes: world.writes().length, renders: world.renders() }
  const outcome = await repairRelease(world.ports, desiredOf([a, b]), [refTo('a')])
  expect(outcome).toMatchObject({ outcome: 'done', revision: 1, applied: [{ name: 'a' }], pruned: [] })
  expect(world.writes().slice(before.writes)).toEqual(['patch tenant-acme', 'apply a', 'patch tenant-acme'])
  expect([world.renders(), world.content()]).toEqual([before.renders, { a: { v: '1' }, b: { v: '1' } }])
})

test('a repair that breaks off before any of its calls is finished by the next pass', async () => {
  const whole = await installed()
  for (let call = 0; ; call += 1) {
    const world = await installed()
    world.kube.remove(refTo('a'))
    const start = world.kube.calls.length
    let crashed = false
    world.kube.disturb((_, moment) => {
      crashed ||= moment === 'before' && world.kube.calls.length - start === call + 1
      if (crashed) throw new Error('crash')
    })
    await repairRelease(world.ports, desiredOf([a, b]), [refTo('a')]).catch(() => undefined)
    world.kube.disturb(() => undefined)
    if (!crashed) {
      expect(call).toBeGreaterThan(4)
      return
    }
    await world.apply([a, b])
    await repairRelease(world.ports, desiredOf([a, b]), [refTo('a')])
    expect([call, world.content()]).toEqual([call, whole.content()])
    const { record, history } = await world.observe()
    expect([record?.state, history.length]).toEqual(['Deployed', 1])
  }
})

test('where Helm’s record of the revision is lost, the chart is rendered again', async () => {
  const world = await installed()
  world.kube.remove(refTo('a'))
  for (const object of [...world.kube.objects.values()].filter(({ type }) => type === 'helm.sh/release.v1')) {
    world.kube.put({ ...object, data: {} })
  }
  await repairRelease(world.ports, desiredOf([a, b]), [refTo('a')])
  expect(world.content()).toEqual({ a: { v: '1' }, b: { v: '1' } })
  expect(world.renders()).toBe(2)
})

test('an object that somebody else has taken meanwhile is not taken back', async () => {
  const world = await installed()
  world.kube.remove(refTo('a'))
  world.kube.put(makeConfigMap('a', { v: 'theirs' }, { namespace: RELEASE.namespace }))
  const repair = repairRelease(world.ports, desiredOf([a, b]), [refTo('a')])
  await expect(repair).rejects.toMatchObject({ reason: 'OwnedByAnother' })
  expect(world.content()).toMatchObject({ a: { v: 'theirs' } })
})

test('the count of pods is not applied over that of an autoscaler', async () => {
  const marks = { labels: { 'tenantry.dev/tenant-uid': RELEASE.tenant.uid } }
  const scaler = { operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }
  const web = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 1, paused: true },
  }
  const admitted = async (manager: string) => {
    const managedFields = [{ ...scaler, manager }]
    const found = { ...web, metadata: { name: 'web', ...marks, uid: 'u', managedFields } }
    return (await admitObjects({ get: async () => found }, RELEASE, [web])).objects[0]?.spec
  }
  expect(await admitted('kube-controller-manager')).toEqual({ paused: true })
  expect(await admitted('kubectl')).toEqual({ replicas: 1, paused: true })
})
