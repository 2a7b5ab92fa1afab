/** The operator dies between any two calls, before or after the call took effect, and simply begins again. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crashAt } from '../../test/make/crash.ts'
import { makeConfigMap } from '../../test/make/release.ts'
import { type ReleaseWorld, releaseWorld } from '../../test/make/release-world.ts'
import type { KubeObject } from '../plan/object.ts'

const v = (name: string, content: string) => makeConfigMap(name, { content })

async function converge(world: ReleaseWorld, objects: readonly KubeObject[]): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    if ((await world.apply(objects)).outcome === 'done') return
    world.pass(10 * 60_000)
  }
  throw new Error('no end')
}

/** What a world comes to: contents, revisions, inventory. */
async function summaryOf(world: ReleaseWorld) {
  const { history, record } = await world.observe()
  return {
    content: world.content(),
    revisions: history.map(({ revision, status, digest }) => [revision, status, digest !== undefined]),
    record: record && {
      state: record.state,
      revision: record.revision,
      inventory: record.inventory.map(({ name, digest }) => [name, digest !== undefined]),
    },
  }
}

const revisions = [
  [v('a', '1'), v('b', '1')],
  [v('a', '2'), v('c', '1')],
]

async function worldAt(revision: number): Promise<ReleaseWorld> {
  const world = releaseWorld()
  for (const objects of revisions.slice(0, revision)) await converge(world, objects)
  return world
}

test.each([
  ['an installation', 0],
  ['an upgrade', 1],
])('%s that breaks off anywhere ends as if it had not, with one revision', async (_, from) => {
  const objects = revisions[from] ?? []
  const whole = await worldAt(from + 1)
  for (const moment of ['before', 'after'] as const) {
    let call = 0
    for (; ; call += 1) {
      const world = await worldAt(from)
      if (!(await crashAt(world, call, moment, () => world.apply(objects)))) break
      await converge(world, objects)
      expect([call, moment, await summaryOf(world)]).toEqual([call, moment, await summaryOf(whole)])
    }
    expect(call).toBeGreaterThan(6)
  }
})

test('an uninstallation that breaks off anywhere leaves nothing', async () => {
  for (const moment of ['before', 'after'] as const) {
    for (let call = 0; ; call += 1) {
      const world = await worldAt(2)
      const work = async () => {
        while ((await world.uninstall()).remaining.length > 0);
      }
      if (!(await crashAt(world, call, moment, work))) break
      await work()
      expect([call, moment, [...world.kube.objects.keys()]]).toEqual([call, moment, []])
    }
  }
})

const chart = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'))
  .map(objects => Object.entries(objects).map(([name, content]) => v(name, content)))

const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      objects: chart,
      call: fc.nat({ max: 16 }),
      moment: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ upgrade: chart, status: fc.constantFrom('deployed', 'failed', 'pending-upgrade') }),
  },
  { weight: 1, arbitrary: fc.constant('uninstall' as const) },
)

test('whatever breaks off and whatever others do in between, in the end there is exactly what is desired', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 6 }), chart, async (events, last) => {
      const world = releaseWorld()
      for (const happening of events) {
        world.pass(60_000)
        if (happening === 'uninstall') world.uninstallByHand()
        else if ('upgrade' in happening) world.upgradeByHand(happening.upgrade, happening.status)
        else await crashAt(world, happening.call, happening.moment, () => world.apply(happening.objects))
      }
      await converge(world, last)
      const { content, revisions, record } = await summaryOf(world)
      expect(content).toEqual(Object.fromEntries(last.map(({ metadata, data }) => [metadata.name, data])))
      expect(revisions.filter(([, status]) => status === 'deployed')).toEqual([[record?.revision, 'deployed', true]])
      expect(record?.inventory).toEqual(last.map(({ metadata }) => [metadata.name, true]))
      const writes = world.writes().length
      await world.apply(last)
      expect(world.writes().length).toBe(writes)
      while ((await world.uninstall()).remaining.length > 0);
      expect([...world.kube.objects.keys()]).toEqual([])
    }),
    { numRuns: 300 },
  )
})
