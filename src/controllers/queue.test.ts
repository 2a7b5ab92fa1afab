import { expect, test } from 'vitest'
import type { Outcome } from './outcome.ts'
import { WorkQueue } from './queue.ts'

const PAUSES = {
  again: 100,
  wait: { first: 1000, most: 8000 },
  backoff: { first: 1000, most: 60_000 },
  passing: { first: 1000, most: 4000 },
  resync: 600_000,
}

function makeQueue() {
  const clock = { ms: 0 }
  const queue = new WorkQueue({ nowMs: () => clock.ms, random: () => 0.5, pauses: PAUSES })
  return { queue, clock }
}

test('a key added twice is handed out once', () => {
  const { queue } = makeQueue()
  queue.add('acme', 'routine')
  queue.add('acme', 'routine')
  expect([queue.take(), queue.take()]).toEqual(['acme', undefined])
})

test('a running key is not handed out again until it is finished', () => {
  const { queue } = makeQueue()
  queue.add('acme', 'routine')
  queue.take()
  queue.add('acme', 'urgent')
  expect(queue.take()).toBeUndefined()
  queue.finish('acme', { end: 'done' })
  expect(queue.take()).toBe('acme')
})

test('a key that was forgotten while it ran does not come back by itself', () => {
  const { queue } = makeQueue()
  queue.add('acme', 'routine')
  queue.take()
  queue.forget('acme')
  queue.finish('acme', { end: 'done' })
  expect(queue.keys()).toEqual([])
  queue.add('acme', 'routine')
  queue.take()
  queue.forget('acme')
  queue.add('acme', 'urgent')
  queue.finish('acme', { end: 'done' })
  expect(queue.take()).toBe('acme')
})

test('an edit overtakes resyncs that were due before it', () => {
  const { queue, clock } = makeQueue()
  queue.add('a', 'routine')
  queue.add('b', 'routine')
  clock.ms = 1
  queue.add('edited', 'urgent')
  expect([queue.take(), queue.take(), queue.take()]).toEqual(['edited', 'a', 'b'])
})

test('what has been begun is brought to its end before a newer tenant is', () => {
  const { queue, clock } = makeQueue()
  for (const tenant of ['a', 'b', 'c']) {
    queue.add(tenant, 'urgent')
    clock.ms += 1
  }
  expect(queue.take()).toBe('a')
  queue.finish('a', { end: 'again' })
  expect(queue.take()).toBe('b')
  clock.ms += 1000
  queue.add('d', 'urgent')
  expect([queue.take(), queue.take(), queue.take()]).toEqual(['c', 'a', 'd'])
})

test('failures are tried again after growing pauses up to a limit', () => {
  const { queue, clock } = makeQueue()
  queue.add('acme', 'routine')
  const pauses: number[] = []
  for (let round = 0; round < 9; round++) {
    while (queue.take() === undefined) clock.ms += 500
    const ended = clock.ms
    queue.finish('acme', { end: 'backoff', reason: 'Forbidden' })
    while (queue.take() === undefined) clock.ms += 500
    pauses.push(clock.ms - ended)
    queue.finish('acme', { end: 'backoff', reason: 'Forbidden' })
  }
  expect(pauses.at(0)).toBe(1000)
  expect(pauses.at(-1)).toBe(60_000)
})

test('what the API server is to blame for is tried again soon, though not sooner than it asks', () => {
  const { queue, clock } = makeQueue()
  queue.add('acme', 'routine')
  const pauses: number[] = []
  for (const atLeastMs of [0, 0, 0, 0, 0, 30_000]) {
    while (queue.take() === undefined) clock.ms += 500
    const ended = clock.ms
    queue.finish('acme', { end: 'backoff', reason: 'Unreachable', passing: { atLeastMs } })
    pauses.push((queue.nextDueInMs() ?? 0) + clock.ms - ended)
  }
  expect(pauses).toEqual([1000, 2000, 4000, 4000, 4000, 30_000])
})

test('an edit begins again with the shortest pause', () => {
  const { queue, clock } = makeQueue()
  queue.add('acme', 'routine')
  for (let round = 0; round < 5; round++) {
    while (queue.take() === undefined) clock.ms += 1000
    queue.finish('acme', { end: 'backoff', reason: 'Forbidden' })
  }
  queue.add('acme', 'urgent')
  queue.take()
  queue.finish('acme', { end: 'backoff', reason: 'Forbidden' })
  clock.ms += 999
  expect(queue.take()).toBeUndefined()
  clock.ms += 1
  expect(queue.take()).toBe('acme')
})

test('what only an edit can help is not tried again by itself', () => {
  const { queue, clock } = makeQueue()
  queue.add('acme', 'routine')
  queue.take()
  queue.finish('acme', { end: 'terminal', reason: 'InvalidSpec' })
  clock.ms = Number.MAX_SAFE_INTEGER
  expect(queue.take()).toBeUndefined()
})

test('a converged key comes back at the resync', () => {
  const { queue, clock } = makeQueue()
  queue.add('acme', 'routine')
  queue.take()
  queue.finish('acme', { end: 'done' })
  clock.ms = 599_999
  expect(queue.take()).toBeUndefined()
  clock.ms = 600_000
  expect(queue.take()).toBe('acme')
})

test('the queue tells how long there is nothing to do', () => {
  const { queue, clock } = makeQueue()
  expect(queue.nextDueInMs()).toBeUndefined()
  queue.add('acme', 'routine')
  expect(queue.nextDueInMs()).toBe(0)
  queue.take()
  expect(queue.nextDueInMs()).toBeUndefined()
  queue.finish('acme', { end: 'wait' })
  clock.ms = 400
  expect(queue.nextDueInMs()).toBe(600)
})

/** Pauses after each end, in the order in which they come. */
function pausesAfter(ends: readonly Outcome[]): (number | undefined)[] {
  const { queue, clock } = makeQueue()
  queue.add('acme', 'routine')
  return ends.map(end => {
    clock.ms += queue.nextDueInMs() ?? 0
    queue.take()
    queue.finish('acme', end)
    return queue.nextDueInMs()
  })
}

const failed: Outcome = { end: 'backoff', reason: 'RenderTimedOut' }

test('what a tenant waits for between its failures makes them no fewer', () => {
  const rounds = Array.from({ length: 4 }, () => [{ end: 'wait' }, { end: 'again' }, failed] as const).flat()
  const pauses = pausesAfter(rounds).filter((_, index) => rounds[index]?.end === 'backoff')
  expect(pauses).toEqual([1000, 2000, 4000, 8000])
})

test('what nobody tells of is looked at again within its time, however long it has been waited for', () => {
  const waits = Array.from({ length: 6 }, () => ({ end: 'wait', withinMs: 3000 }) as const)
  expect(pausesAfter([...waits, { end: 'wait' }])).toEqual([1000, 2000, 3000, 3000, 3000, 3000, 8000])
})

test('once it was done, a failure is a first one', () => {
  expect(pausesAfter([failed, failed, { end: 'done' }, failed]).at(-1)).toBe(1000)
})

test('one that never comes to rest is looked at less and less often', () => {
  const pauses = pausesAfter(Array.from({ length: 20 }, () => ({ end: 'again' }) as const))
  expect([pauses[0], pauses[9], pauses.at(-1)]).toEqual([100, 100, 8000])
})

test('failures of many tenants are not tried again all at once', () => {
  let seed = 0
  const random = () => {
    seed = (seed * 16_807 + 1) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const queue = new WorkQueue({ nowMs: () => 0, random, pauses: PAUSES })
  const pauses = Array.from({ length: 50 }, (_, n) => {
    queue.add(`${n}`, 'routine')
    queue.take()
    queue.finish(`${n}`, failed)
    const due = queue.nextDueInMs()
    queue.forget(`${n}`)
    return due
  })
  expect(new Set(pauses).size).toBeGreaterThan(40)
})

test('an edit is served after at most those under way, however many resyncs are due', () => {
  const { queue, clock } = makeQueue()
  for (let n = 0; n < 500; n += 1) {
    clock.ms = n
    queue.add(`resync-${n}`, 'routine')
  }
  const running = [queue.take(), queue.take(), queue.take(), queue.take()]
  queue.add('resync-499', 'urgent')
  queue.finish(running[0] ?? '', { end: 'wait' })
  expect(queue.take()).toBe('resync-499')
})
