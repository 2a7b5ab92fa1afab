import { expect, test } from 'vitest'
import { a, a2, failing, find, installed, jobs, put, recorded, waiting } from '../../test/make/hooked-release.ts'
import { makeConfigMap, makeHook, RELEASE } from '../../test/make/release.ts'
import { HOOK_TIMEOUT_MS, releaseWorld } from '../../test/make/release-world.ts'
import type { ReleaseHook } from './release-object.ts'

test('an upgrade waits for the hook before it while the old version stays, and holds no worker', async () => {
  const world = await installed()
  const hooks = [makeHook('migrate')]
  const renders = world.renders()
  const wait = waiting('Job migrate (pre-upgrade hook) to end')
  expect(await world.apply([a2], hooks)).toEqual(wait)
  expect(await world.apply([a2], hooks)).toEqual(wait)
  expect(world.content()).toEqual({ a: { v: '1' } })
  expect(recorded(world, 2)).toEqual({ status: 'pending-upgrade', runs: [['migrate', 'Running']] })
  expect((await world.observe()).record).toMatchObject({ state: 'Deployed', revision: 1 })
  world.endJob('migrate')
  expect(await world.apply([a2], hooks)).toMatchObject({ outcome: 'done', revision: 2 })
  expect(world.content()).toEqual({ a: { v: '2' } })
  expect(recorded(world, 2)).toEqual({ status: 'deployed', runs: [['migrate', 'Succeeded']] })
  expect(recorded(world, 1).status).toBe('superseded')
  expect(world.renders()).toBe(renders + 1)
})

test('a hook is made once, as the release’s own account, and a look at one that runs writes nothing', async () => {
  const world = await installed()
  const hooks = [makeHook('migrate')]
  await world.apply([a2], hooks)
  const writes = world.writes().length
  await world.apply([a2], hooks)
  expect(world.writes().length).toBe(writes)
  const made = world.kube.calls.filter(({ verb, what }) => verb === 'apply' && what.endsWith('migrate'))
  expect(made.map(({ user }) => user)).toEqual(['system:serviceaccount:tenant-acme:tenantry-release'])
})

test('an installation runs the hooks of an installation, an upgrade those of an upgrade, and a test nobody', async () => {
  const world = releaseWorld()
  const hooks = ['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade', 'pre-rollback', 'test'].map(event =>
    makeHook(event, { events: [event] }),
  )
  for (const [object, name] of [
    [a, 'pre-install'],
    [a, 'post-install'],
    [a2, 'pre-upgrade'],
    [a2, 'post-upgrade'],
  ] as const) {
    expect(await world.apply([object], hooks)).toEqual(waiting(`Job ${name} (${name} hook) to end`))
    world.endJob(name)
    await world.apply([object], hooks)
  }
  expect(await world.apply([a2], hooks)).toMatchObject({ outcome: 'done', revision: 2 })
  expect(jobs(world)).toEqual(['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade'])
})

test('hooks come by weight, then name; what is neither Job nor Pod is done by being there', async () => {
  const world = await installed()
  const settings = makeHook('settings', { weight: -5, object: makeConfigMap('settings', { for: 'hooks' }) })
  const pod = makeHook('check', { weight: 5, object: { apiVersion: 'v1', kind: 'Pod', spec: {} } })
  const hooks = [pod, makeHook('b'), makeHook('a-first'), settings]
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job a-first (pre-upgrade hook) to end'))
  expect(world.content()).toMatchObject({ settings: { for: 'hooks' } })
  world.endJob('a-first')
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job b (pre-upgrade hook) to end'))
  world.endJob('b')
  expect(await world.apply([a2], hooks)).toEqual(waiting('Pod check (pre-upgrade hook) to end'))
  put(world, { ...find(world, 'Pod', 'check'), status: { phase: 'Succeeded' } })
  expect(await world.apply([a2], hooks)).toMatchObject({ outcome: 'done' })
})

test('one hook may stand for the event before and the event after', async () => {
  const world = await installed()
  const hooks = [makeHook('both', { events: ['pre-upgrade', 'post-upgrade'] })]
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job both (pre-upgrade hook) to end'))
  world.endJob('both')
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job both (post-upgrade hook) to end'))
  world.endJob('both')
  expect(await world.apply([a2], hooks)).toMatchObject({ outcome: 'done' })
})

test.each([
  ['nothing is said', undefined, 'Complete', true],
  ['it goes when it succeeds', ['hook-succeeded'], 'Complete', false],
  ['it goes when it succeeds, and it fails', ['hook-succeeded'], 'Failed', true],
  ['it goes when it fails', ['hook-failed'], 'Failed', false],
] as const)('a hook stays or goes as its policy says: %s', async (_, policies, end, stays) => {
  const world = await installed()
  const hooks = [makeHook('migrate', policies === undefined ? {} : { delete_policies: [...policies] })]
  await world.apply([a2], hooks)
  world.endJob('migrate', end)
  await world.apply([a2], hooks).catch(() => undefined)
  expect(jobs(world)).toEqual(stays ? ['migrate'] : [])
})

test('what a former run has left goes before the next one, and is waited for', async () => {
  const world = await installed()
  const slow = { finalizers: ['example.com/slow'], annotations: { 'helm.sh/hook': 'pre-upgrade' } }
  put(world, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', ...slow } })
  const hooks = [makeHook('migrate')]
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job migrate of a former run to be gone'))
  world.kube.remove({ apiVersion: 'batch/v1', kind: 'Job', namespace: RELEASE.namespace, name: 'migrate' })
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job migrate (pre-upgrade hook) to end'))
})

test('an object of somebody else in the place of a hook is neither deleted nor taken over', async () => {
  const world = await installed()
  put(world, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' } })
  await expect(world.apply([a2], [makeHook('migrate')])).rejects.toThrow('Job migrate belongs to nobody')
  expect(world.writes().filter(write => write.endsWith(' migrate'))).toEqual([])
})

test('a hook that does not end is stopped when its time is over; its own deadline comes before ours', async () => {
  const world = await installed()
  const hooks = [makeHook('migrate')]
  await world.apply([a2], hooks)
  world.pass(HOOK_TIMEOUT_MS)
  await expect(world.apply([a2], hooks)).rejects.toThrow(failing('Job migrate failed: it has not ended within 60 s'))
  expect(find(world, 'Job', 'migrate').spec).toMatchObject({ activeDeadlineSeconds: 1 })

  const patient = await installed()
  const object = { apiVersion: 'batch/v1', kind: 'Job', spec: { activeDeadlineSeconds: 3600 } }
  await patient.apply([a2], [makeHook('migrate', { object })])
  patient.pass(HOOK_TIMEOUT_MS * 2)
  expect(await patient.apply([a2], [makeHook('migrate', { object })])).toMatchObject({ outcome: 'wait' })
})

test('a hook outside the namespace is refused before the first write', async () => {
  const world = await installed()
  const writes = world.writes().length
  const outside: ReleaseHook[] = [makeHook('x', { object: { apiVersion: 'v1', kind: 'Namespace' } })]
  await expect(world.apply([a2], outside)).rejects.toThrow(expect.objectContaining({ reason: 'OutsideNamespace' }))
  expect(world.writes().length).toBe(writes)
})
