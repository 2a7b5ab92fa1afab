import { expect, test } from 'vitest'
import {
  a,
  a2,
  failing,
  find,
  installed,
  jobs,
  put,
  RECORD,
  recorded,
  waiting,
} from '../../test/make/hooked-release.ts'
import { makeConfigMap, makeHook } from '../../test/make/release.ts'
import { releaseWorld } from '../../test/make/release-world.ts'
import { HOOK_RETRY_MS } from './approach.ts'

test('a hook that fails leaves the old version as it is and the release marked as failed', async () => {
  const world = await installed()
  const hooks = [makeHook('migrate')]
  await world.apply([a2], hooks)
  world.endJob('migrate', 'Failed')
  const message = 'Release tenant-acme: pre-upgrade hook Job migrate failed: BackoffLimitExceeded'
  await expect(world.apply([a2], hooks)).rejects.toThrow(failing(message))
  expect(world.content()).toEqual({ a: { v: '1' } })
  expect(recorded(world, 2)).toEqual({ status: 'failed', runs: [['migrate', 'Failed']] })
  expect((await world.observe()).history.map(({ status }) => status)).toEqual(['failed', 'deployed'])
})

test('a hook that has failed is left alone for a while, says the same, and then runs again in the same revision', async () => {
  const world = await installed()
  const hooks = [makeHook('migrate')]
  await world.apply([a2], hooks)
  world.endJob('migrate', 'Failed')
  const told = await world.apply([a2], hooks).catch((error: Error) => error.message)
  const writes = world.writes().length
  expect(await world.apply([a2], hooks).catch((error: Error) => error.message)).toBe(told)
  expect(world.writes().length).toBe(writes)
  world.pass(HOOK_RETRY_MS + 1000)
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job migrate (pre-upgrade hook) to end'))
  world.endJob('migrate')
  expect(await world.apply([a2], hooks)).toMatchObject({ outcome: 'done', revision: 2 })
})

test('a hook after an upgrade that fails runs again with those before it, and no object is written twice', async () => {
  const world = await installed()
  const hooks = [makeHook('before'), makeHook('after', { events: ['post-upgrade'] })]
  const round = async (end: 'Complete' | 'Failed') => {
    await world.apply([a2], hooks)
    world.endJob('before')
    await world.apply([a2], hooks)
    world.endJob('after', end)
    return world.apply([a2], hooks)
  }
  await expect(round('Failed')).rejects.toThrow(failing('post-upgrade hook Job after failed'))
  expect(world.content()).toEqual({ a: { v: '2' } })
  world.pass(HOOK_RETRY_MS + 1000)
  expect(await round('Complete')).toMatchObject({ outcome: 'done', revision: 2 })
  expect(world.writes().filter(write => write === 'apply a')).toHaveLength(2)
})

test('a first installation that fails is tried as an installation, however often', async () => {
  const world = releaseWorld()
  const hooks = [makeHook('prepare', { events: ['pre-install'] }), makeHook('migrate')]
  for (const object of [a, a2]) {
    expect(await world.apply([object], hooks)).toEqual(waiting('Job prepare (pre-install hook) to end'))
    world.endJob('prepare', 'Failed')
    await expect(world.apply([object], hooks)).rejects.toThrow(failing('pre-install hook Job prepare failed'))
  }
  expect(world.content()).toEqual({})
})

test('a hook that cannot begin says why while it is waited for', async () => {
  const world = await installed()
  const hooks = [makeHook('migrate')]
  await world.apply([a2], hooks)
  const labels = { 'batch.kubernetes.io/job-name': 'migrate' }
  const unscheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no room' }
  put(world, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', labels }, status: { conditions: [unscheduled] } })
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job migrate (pre-upgrade hook) to end (no room)'))
})

test('an edit gives a hook up that has not come to work, and waits for one that has', async () => {
  const hooks = [makeHook('migrate')]
  const stuck = await installed()
  await stuck.apply([a2], hooks)
  expect(await stuck.apply([a])).toEqual(waiting('another look, now that revision 2 is given up for a newer one'))
  expect(jobs(stuck)).toEqual([])
  expect(await stuck.apply([a])).toMatchObject({ outcome: 'done', revision: 3 })

  const busy = await installed()
  await busy.apply([a2], hooks)
  put(busy, { ...find(busy, 'Job', 'migrate'), status: { ready: 1 } })
  const wait = waiting('Job migrate, a hook of revision 2, to end before the next one begins')
  expect(await busy.apply([a])).toEqual(wait)
  busy.endJob('migrate')
  await busy.apply([a])
  expect(await busy.apply([a])).toMatchObject({ outcome: 'done', revision: 3 })
})

test('a record of ours that nobody can read is not in the way for ever', async () => {
  const world = await installed()
  const hooks = [makeHook('migrate')]
  await world.apply([a2], hooks)
  const record = find(world, 'Secret', `${RECORD}.v2`)
  world.kube.put({ ...record, data: { release: 'bm90aGluZw==' } })
  expect(await world.apply([a2], hooks)).toMatchObject({ outcome: 'wait' })
  expect(await world.apply([a2], hooks)).toEqual(waiting('Job migrate (pre-upgrade hook) to end'))
})

test('however many edits fail, the history stays within its limit and keeps what is deployed', async () => {
  const world = await installed()
  for (let v = 2; v < 16; v += 1) {
    const objects = [makeConfigMap('a', { v: String(v) })]
    await world.apply(objects, [makeHook('migrate')])
    world.endJob('migrate', 'Failed')
    await expect(world.apply(objects, [makeHook('migrate')])).rejects.toThrow(failing('migrate'))
  }
  const { history } = await world.observe()
  expect(history.map(({ revision }) => revision)).toEqual([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 1])
  expect(history.at(-1)?.status).toBe('deployed')
})
