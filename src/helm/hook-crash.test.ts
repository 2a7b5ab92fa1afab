/** The operator dies between any two calls of a release with hooks, before or after the call took effect. */
import { expect, test, vi } from 'vitest'
import { crashAt } from '../../test/make/crash.ts'
import { makeConfigMap, makeHook } from '../../test/make/release.ts'
import { type ReleaseWorld, releaseWorld } from '../../test/make/release-world.ts'
import type { KubeObject } from '../plan/object.ts'
import { HOOK_RETRY_MS } from './approach.ts'

// Each of these is a hundred lives of an operator.
vi.setConfig({ testTimeout: 60_000 })

const v = (name: string, content: string) => makeConfigMap(name, { content })
const hooks = [
  makeHook('settings', { weight: -1, object: v('settings', 'x') }),
  makeHook('before', { events: ['pre-install', 'pre-upgrade'], delete_policies: ['hook-succeeded'] }),
  makeHook('after', { events: ['post-install', 'post-upgrade'] }),
]
const revisions = [
  [v('a', '1'), v('b', '1')],
  [v('a', '2'), v('c', '1')],
]

function openJobs({ kube }: ReleaseWorld): string[] {
  const jobs = [...kube.objects.values()].filter(({ kind, status }) => kind === 'Job' && status === undefined)
  return jobs.map(({ metadata }) => metadata.name)
}

/** Passes, and a Job controller between them. */
async function converge(world: ReleaseWorld, objects: readonly KubeObject[], end: 'Complete' | 'Failed' = 'Complete') {
  for (let round = 0; round < 9; round += 1) {
    if ((await world.apply(objects, hooks)).outcome === 'done') return
    for (const job of openJobs(world)) world.endJob(job, end)
  }
  throw new Error('no end')
}

async function summaryOf(world: ReleaseWorld) {
  const { history, record } = await world.observe()
  const jobs = [...world.kube.objects.values()].filter(({ kind }) => kind === 'Job')
  return {
    content: world.content(),
    jobs: jobs.map(({ metadata }) => metadata.name),
    revisions: history.map(({ revision, status, digest }) => [revision, status, digest !== undefined]),
    record: record && [record.state, record.revision, record.inventory.map(({ name, digest }) => [name, digest])],
  }
}

async function worldAt(revision: number): Promise<ReleaseWorld> {
  const world = releaseWorld()
  for (const objects of revisions.slice(0, revision)) await converge(world, objects)
  return world
}

const cases = [
  ['an installation', 'before', 0],
  ['an installation', 'after', 0],
  ['an upgrade', 'before', 1],
  ['an upgrade', 'after', 1],
] as const

test.each(cases)('%s that breaks off %s any call runs every hook and ends as if it had not', async (_, at, from) => {
  const objects = revisions[from] ?? []
  const whole = await summaryOf(await worldAt(from + 1))
  for (let call = 0; ; call += 1) {
    const world = await worldAt(from)
    if (!(await crashAt(world, call, at, () => converge(world, objects)))) {
      expect(call).toBeGreaterThan(30)
      break
    }
    await converge(world, objects)
    expect([call, await summaryOf(world)]).toEqual([call, whole])
  }
})

test.each(['before', 'after'] as const)('a failure that breaks off %s any call is told all the same', async at => {
  for (let call = 0; ; call += 1) {
    const world = await worldAt(1)
    const fail = () => converge(world, revisions[1] ?? [], 'Failed')
    const ended = await crashAt(world, call, at, () => fail().catch(rethrowUnlessHookFailed))
    await expect(fail()).rejects.toThrow('pre-upgrade hook Job before failed')
    expect((await summaryOf(world)).revisions).toEqual([
      [2, 'failed', true],
      [1, 'deployed', true],
    ])
    expect(world.content()).toMatchObject({ a: { content: '1' }, b: { content: '1' } })
    if (!ended) break
    world.pass(HOOK_RETRY_MS + 1000)
    await converge(world, revisions[1] ?? [])
    expect(world.content()).toMatchObject({ a: { content: '2' }, c: { content: '1' } })
  }
})

function rethrowUnlessHookFailed(error: unknown): void {
  if ((error as { reason?: string }).reason !== 'HookFailed') throw error
}

test.each(['before', 'after'] as const)(
  'an edit in the middle that breaks off %s any call leaves one deployed',
  async at => {
    for (let call = 0; ; call += 1) {
      const world = await worldAt(1)
      await world.apply(revisions[1] ?? [], hooks)
      const edited = [v('a', '3')]
      if (!(await crashAt(world, call, at, () => converge(world, edited)))) break
      await converge(world, edited)
      const { content, revisions: made } = await summaryOf(world)
      expect([call, content, made]).toEqual([
        call,
        { a: { content: '3' }, settings: { content: 'x' } },
        [
          [3, 'deployed', true],
          [2, 'failed', true],
          [1, 'superseded', true],
        ],
      ])
    }
  },
)
