/** Replicas that come, go, freeze and lose their way in any order: no shard ever has two that may write. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeClock, type TestClock } from '../../test/make/clock.ts'
import { type Mood, makeLeaseKube } from '../../test/make/lease-kube.ts'
import type { Clock } from './clock.ts'
import { createShardElection } from './shard-election.ts'

const TIMES = { leaseDurationMs: 15_000, renewDeadlineMs: 7_000, retryMs: 2_000, requestTimeoutMs: 5_000 }

function makeReplicas() {
  const clock = makeClock()
  const leases = makeLeaseKube()
  const replicas: ReturnType<typeof start>[] = []
  let overlaps = 0
  let regained = 0
  let lives = 0

  /** Asked whenever anybody does anything: between two calls nothing changes but the time. */
  const check = () => {
    const working = replicas.filter(({ election }) => election.mayWrite())
    for (const [index, one] of working.entries()) {
      for (const other of working.slice(index + 1)) {
        const shards = Array.from({ length: one.count }, (_, shard) => shard)
        const shared = shards.some(shard => one.works(shard) && other.works(shard))
        if (one.count !== other.count || shared) overlaps += 1
      }
    }
  }

  function start(count: number, delayMs = 0) {
    const freezer = freezable(clock)
    const never = new AbortController().signal
    const delay = (way: 'there' | 'back') => (way === 'there' ? clock : freezer.clock).sleep(delayMs, never)
    const mood: Mood = { value: 'well', ...(delayMs === 0 ? {} : { delay }) }
    const giving = new Set<number>()
    lives += 1
    const election = createShardElection({
      ...TIMES,
      kube: leases.kubeFor(mood, check),
      namespace: 'tenantry',
      count,
      identity: `replica-${lives}`,
      clock: freezer.clock,
      onTaken: check,
      onGiving: async shard => {
        giving.add(shard)
        await freezer.clock.sleep(3_000, never)
        giving.delete(shard)
      },
      onLapsed: check,
      onRegained: () => {
        regained += 1
        check()
      },
      onLost: check,
    })
    election.start()
    const works = (shard: number) => election.keeps(shard) || giving.has(shard)
    return { count, election, mood, works, ...freezer }
  }

  async function outage({ who, ms }: { readonly who?: number | undefined; readonly ms: number }): Promise<void> {
    const cutOff = replicas.filter((_, index) => who === undefined || index === who % replicas.length)
    for (const { mood } of cutOff) mood.value = 'away'
    await clock.advance(ms)
    for (const { mood } of cutOff) mood.value = 'well'
  }

  return { clock, leases, replicas, start, check, outage, overlaps: () => overlaps, regained: () => regained }
}

/** A process that is stopped: its timers do not ring, and the machine's clock goes on. */
function freezable(clock: TestClock): { clock: Clock; freeze(): void; thaw(): void } {
  let frozen: PromiseWithResolvers<void> | undefined
  return {
    clock: {
      ...clock,
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal)
        await frozen?.promise
      },
    },
    freeze: () => {
      frozen ??= Promise.withResolvers<void>()
    },
    thaw() {
      frozen?.resolve()
      frozen = undefined
    },
  }
}

type Event =
  | { readonly what: 'start'; readonly count: number; readonly delayMs: number }
  | { readonly what: 'stop' | 'freeze' | 'thaw' | Mood['value']; readonly who: number }
  /** Somebody labels a Lease. */
  | { readonly what: 'label'; readonly lease: number }
  /** The server is away for one of them, or for all, and then back. */
  | { readonly what: 'outage'; readonly who?: number | undefined; readonly ms: number }
  | { readonly what: 'pass'; readonly ms: number }

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    what: fc.constant('start' as const),
    count: fc.constantFrom(1, 2, 3),
    delayMs: fc.constantFrom(0, 700, 2_400),
  }),
  fc.record({
    what: fc.constantFrom('stop' as const, 'freeze' as const, 'thaw' as const, 'well' as const, 'away' as const),
    who: fc.nat(5),
  }),
  fc.record({ what: fc.constant('label' as const), lease: fc.nat(5) }),
  fc.record({ what: fc.constantFrom('hanging' as const, 'deaf' as const), who: fc.nat(5) }),
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('outage' as const),
      who: fc.option(fc.nat(5), { nil: undefined }),
      ms: fc.integer({ min: 6_000, max: 30_000 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20_000 }) }) },
)

test('whatever happens to replicas of the same or another count, no shard has two writers', async () => {
  let takings = 0
  let regained = 0
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async events => {
      const world = makeReplicas()
      for (const event of events) {
        if (event.what === 'start') world.replicas.push(world.start(event.count, event.delayMs))
        else if (event.what === 'pass') await world.clock.advance(event.ms)
        else if (event.what === 'outage') await world.outage(event)
        else if (event.what === 'label') {
          const all = [...world.leases.leases.keys()]
          world.leases.label(all[event.lease % Math.max(1, all.length)] ?? '')
        } else {
          const replica = world.replicas[event.who % Math.max(1, world.replicas.length)]
          if (event.what === 'stop') void replica?.election.stop()
          else if (event.what === 'freeze') replica?.freeze()
          else if (event.what === 'thaw') replica?.thaw()
          else if (replica !== undefined) replica.mood.value = event.what
        }
        world.check()
      }
      takings += Object.values(world.leases.holders()).filter(holder => holder !== '').length
      regained += world.regained()
      expect(world.overlaps()).toBe(0)
    }),
    { numRuns: 400 },
  )
  expect(takings).toBeGreaterThan(100)
  expect(regained).toBeGreaterThan(20)
})

/** Who works on which shards, as `0 0 1`: the shards of the first replica, of the second, and so on. */
const sharesOf = ({ replicas }: ReturnType<typeof makeReplicas>) =>
  replicas.map(({ count, election }) =>
    Array.from({ length: count }, (_, n) => n)
      .filter(n => election.keeps(n) && election.mayWrite())
      .join(),
  )

test('a replica that arrives gets its share, and one that leaves or dies leaves it to the others', async () => {
  const world = makeReplicas()
  world.replicas.push(world.start(3))
  await world.clock.advance(5_000)
  expect(sharesOf(world)).toEqual(['0,1,2'])
  world.replicas.push(world.start(3))
  await world.clock.advance(20_000)
  expect(sharesOf(world)).toEqual(['0,1', '2'])
  world.replicas.push(world.start(3))
  await world.clock.advance(20_000)
  expect(sharesOf(world)).toEqual(['0', '2', '1'])
  await world.replicas[0]?.election.stop()
  await world.clock.advance(4_000)
  const after = sharesOf(world)
  expect([after[0], [after[1], after[2]].join(',').split(',').sort().join()]).toEqual(['', '0,1,2'])
  for (const replica of world.replicas.slice(0, 2)) replica.freeze()
  await world.clock.advance(TIMES.leaseDurationMs + TIMES.retryMs)
  expect(sharesOf(world)).toEqual(['', '', '0,1,2'])
})

test('with nobody coming or going, nothing moves', async () => {
  const world = makeReplicas()
  for (let n = 0; n < 3; n += 1) world.replicas.push(world.start(5))
  await world.clock.advance(60_000)
  const before = sharesOf(world)
  expect(before.map(shares => shares.split(',').length).sort()).toEqual([1, 2, 2])
  await world.clock.advance(600_000)
  expect(sharesOf(world)).toEqual(before)
})

test('replicas of another count stand by until the last of the old ones has gone, and then share the work', async () => {
  const world = makeReplicas()
  for (const count of [2, 2]) world.replicas.push(world.start(count))
  await world.clock.advance(20_000)
  for (const count of [3, 3]) world.replicas.push(world.start(count))
  await world.clock.advance(60_000)
  expect(sharesOf(world).slice(2)).toEqual(['', ''])
  await world.replicas[0]?.election.stop()
  await world.clock.advance(5_000)
  expect(sharesOf(world)).toEqual(['', '0,1', '', ''])
  await world.replicas[1]?.election.stop()
  await world.clock.advance(20_000)
  expect(sharesOf(world).slice(2).join(',').split(',').filter(Boolean).sort()).toEqual(['0', '1', '2'])
  expect(world.overlaps()).toBe(0)
})

test('a replica that takes a shard while others agree on another count lets go of it', async () => {
  const world = makeReplicas()
  const former = world.start(2)
  await world.clock.advance(5_000)
  await former.election.stop()
  world.replicas.push(world.start(2, 700))
  await world.clock.advance(1_500)
  world.replicas.push(world.start(3))
  await world.clock.advance(30_000)
  expect([sharesOf(world), world.overlaps()]).toEqual([['', '0,1,2'], 0])
})
