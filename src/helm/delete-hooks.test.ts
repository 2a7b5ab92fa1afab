import { expect, test, vi } from 'vitest'
import { crashAt } from '../../test/make/crash.ts'
import { makeConfigMap, makeHook } from '../../test/make/release.ts'
import { type ReleaseWorld, releaseWorld } from '../../test/make/release-world.ts'
import { HOOK_RETRY_MS } from './approach.ts'
import type { ReleaseHook } from './release-object.ts'

// One of these is a hundred lives of an operator.
vi.setConfig({ testTimeout: 60_000 })

const backup = makeHook('backup', { events: ['pre-delete'] })
const notice = makeHook('notice', { events: ['post-delete'] })

async function installed(...hooks: readonly ReleaseHook[]): Promise<ReleaseWorld> {
  const world = releaseWorld()
  await world.apply([makeConfigMap('a')], hooks)
  return world
}

const kinds = ({ kube }: ReleaseWorld) => [...new Set([...kube.objects.values()].map(({ kind }) => kind))].sort()

test('everything stays until the hook before the deletion is done, and the records until the one after it is', async () => {
  const world = await installed(backup, notice)
  expect((await world.uninstall()).hooks).toEqual(['Job backup (pre-delete hook) to end'])
  expect(await world.observe()).toMatchObject({ latest: { status: 'uninstalling' }, record: { revision: 1 } })
  expect(Object.keys(world.content())).toEqual(['a'])
  world.endJob('backup')
  expect(await world.uninstall()).toMatchObject({ remaining: [{ name: 'a' }], hooks: [] })
  expect((await world.uninstall()).hooks).toEqual(['Job notice (post-delete hook) to end'])
  expect(kinds(world)).toEqual(['Job', 'Secret', 'TenantRelease'])
  world.endJob('notice')
  expect(await world.uninstall()).toEqual({ remaining: [], foreign: [], hooks: [] })
  expect(kinds(world)).toEqual(['Job'])
})

test('a hook before the deletion that fails holds it up, is told, and tried again', async () => {
  const world = await installed(backup)
  await world.uninstall()
  world.endJob('backup', 'Failed')
  const failure = 'pre-delete hook Job backup failed: BackoffLimitExceeded'
  await expect(world.uninstall()).rejects.toThrow(failure)
  await expect(world.uninstall()).rejects.toThrow(failure)
  expect(Object.keys(world.content())).toEqual(['a'])
  world.pass(HOOK_RETRY_MS + 1000)
  expect((await world.uninstall()).hooks).toEqual(['Job backup (pre-delete hook) to end'])
})

test('a release that was never installed goes without the hooks of its deletion', async () => {
  const world = releaseWorld()
  const prepare = makeHook('prepare', { events: ['pre-install'] })
  await world.apply([makeConfigMap('a')], [prepare, backup, notice])
  expect(await world.uninstall()).toEqual({ remaining: [], foreign: [], hooks: [] })
  expect(kinds(world)).toEqual(['Job'])
})

test('it can be passed over on demand', async () => {
  const world = await installed(backup, notice)
  while ((await world.uninstall({ skipHooks: true })).remaining.length > 0);
  expect(kinds(world)).toEqual([])
})

test('a hook after the deletion that fails is told, and holds nothing up', async () => {
  const world = await installed(notice)
  await world.uninstall()
  await world.uninstall()
  world.endJob('notice', 'Failed')
  expect(await world.uninstall()).toMatchObject({
    hooks: [],
    hookFailure: expect.stringContaining('post-delete hook Job notice failed'),
  })
  expect(kinds(world)).toEqual(['Job'])
})

test.each(['before', 'after'] as const)('a deletion that breaks off %s any call runs its hooks and ends', async at => {
  const both = makeHook('both', { events: ['pre-delete', 'post-delete'], delete_policies: ['hook-succeeded'] })
  const work = async (world: ReleaseWorld) => {
    for (let round = 0; round < 9; round += 1) {
      const { remaining, hooks } = await world.uninstall()
      if (remaining.length + hooks.length === 0) return
      for (const hook of hooks) world.endJob(hook.split(' ')[1] ?? '')
    }
    throw new Error('no end')
  }
  for (let call = 0; ; call += 1) {
    const world = await installed(backup, both)
    if (!(await crashAt(world, call, at, () => work(world)))) break
    await work(world)
    const made = world.kube.calls.filter(({ verb, what }) => verb === 'apply' && what.endsWith('/both')).length
    expect([call, kinds(world), made >= 2]).toEqual([call, ['Job'], true])
  }
})
