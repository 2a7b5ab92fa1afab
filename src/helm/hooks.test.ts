import { expect, test } from 'vitest'
import { makeConfigMap, makeHook, RELEASE } from '../../test/make/release.ts'
import { HOOK_TIMEOUT_MS, type ReleaseWorld, releaseWorld } from '../../test/make/release-world.ts'
import { type KubeObject, refKey } from '../plan/object.ts'
import { HOOK_RETRY_MS } from './approach.ts'
import { decodedRecord, recordRef } from './record.ts'
import type { ReleaseHook } from './release-object.ts'

const a = makeConfigMap('a', { v: '1' })
const a2 = makeConfigMap('a', { v: '2' })
const RECORD = 'sh.helm.release.v1.tenant-acme'
const waiting = (what: string) => ({ outcome: 'wait', waitingFor: [what] })
const failing = (text: string) =>
  expect.objectContaining({ reason: 'HookFailed', message: expect.stringContaining(text) })

async function installed(): Promise<ReleaseWorld> {
  const world = releaseWorld()
  await world.apply([a])
  return world
}

function jobs({ kube }: ReleaseWorld): string[] {
  return [...kube.objects.values()].filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name)
}

function recorded({ kube }: ReleaseWorld, revision: number) {
  const found = kube.objects.get(refKey(recordRef(RELEASE, revision)))
  if (found === undefined) throw new Error(`no record of revision ${revision}`)
  const { info, hooks } = decodedRecord(found)
  return { status: info.status, runs: (hooks ?? []).map(({ name, last_run }) => [name, last_run?.phase]) }
}

function put({ kube }: ReleaseWorld, object: KubeObject): void {
  kube.put({ ...object, metadata: { ...object.metadata, namespace: RELEASE.namespace } })
}

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

function find({ kube }: ReleaseWorld, kind: string, name: string): KubeObject {
  const found = [...kube.objects.values()].find(object => object.kind === kind && object.metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}

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

test('a hook outside the namespace is refused before the first write', async () => {
  const world = await installed()
  const writes = world.writes().length
  const outside: ReleaseHook[] = [makeHook('x', { object: { apiVersion: 'v1', kind: 'Namespace' } })]
  await expect(world.apply([a2], outside)).rejects.toThrow(expect.objectContaining({ reason: 'OutsideNamespace' }))
  expect(world.writes().length).toBe(writes)
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
