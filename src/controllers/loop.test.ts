import { expect, test } from 'vitest'
import { makeClock } from '../../test/make/clock.ts'
import { createLoop } from './loop.ts'
import type { Outcome } from './outcome.ts'

const SHORT = { first: 1.9, most: 1.9 }
const PAUSES = { again: 0, wait: SHORT, backoff: SHORT, passing: SHORT, resync: 600_000 }

/** Runs until `enough` says so of the passes that have ended. */
async function runLoop(
  { keys, workers = 2 }: { keys: readonly string[]; workers?: number },
  pass: (key: string) => Promise<Outcome>,
  enough: () => boolean,
): Promise<void> {
  const loop = createLoop({ workers, pauses: PAUSES, pass, onCrash: () => {} })
  for (const key of keys) loop.add(key, 'routine')
  loop.start()
  await expect.poll(enough, { timeout: 25_000 }).toBe(true)
  await loop.stop()
}

test('a key that waits comes back every time, although timers ring a little before their time', async () => {
  let passes = 0
  const pass = async () => {
    passes += 1
    return { end: 'wait' } as const
  }
  await runLoop({ keys: ['acme'] }, pass, () => passes > 200)
})

test('a pass that throws is tried again like any failure', async () => {
  let passes = 0
  const pass = async () => {
    passes += 1
    if (passes === 1) throw new Error('nobody thought of this')
    return { end: 'done' } as const
  }
  await runLoop({ keys: ['acme'] }, pass, () => passes === 2)
})

test('nothing begins while it may not, and what is due begins when it may again', async () => {
  let may = false
  const passes: string[] = []
  const pass = async (key: string) => {
    passes.push(key)
    return { end: 'done' } as const
  }
  const clock = makeClock()
  const loop = createLoop({ workers: 1, pauses: PAUSES, pass, onCrash: () => {}, mayBegin: () => may, clock })
  for (const key of ['a', 'b']) loop.add(key, 'routine')
  loop.start()
  loop.add('c', 'urgent')
  await clock.advance(60_000)
  expect(passes).toEqual([])
  may = true
  loop.resume()
  await clock.advance(0)
  expect(passes).toEqual(['c', 'a', 'b'])
  await loop.stop()
})

test('it tells how long a pass that does not end has been under way', async () => {
  const pass = (key: string) =>
    key === 'hangs' ? new Promise<Outcome>(() => {}) : Promise.resolve({ end: 'wait' } as const)
  const clock = makeClock()
  const loop = createLoop({ workers: 2, pauses: PAUSES, pass, onCrash: () => {}, clock })
  loop.start()
  expect(loop.longestPassMs()).toBe(0)
  for (const key of ['hangs', 'ends']) loop.add(key, 'routine')
  await clock.advance(500)
  expect(loop.longestPassMs()).toBe(500)
})

test('no more passes run at once than there are workers, and never two for one key', async () => {
  const running: string[] = []
  let most = 0
  let doubles = 0
  let passes = 0
  const pass = async (key: string) => {
    if (running.includes(key)) doubles += 1
    running.push(key)
    most = Math.max(most, running.length)
    await new Promise(resolve => setImmediate(resolve))
    running.splice(running.indexOf(key), 1)
    passes += 1
    return { end: 'wait' } as const
  }
  await runLoop({ keys: ['a', 'b', 'c', 'd', 'e'], workers: 3 }, pass, () => passes > 60)
  expect({ most, doubles }).toEqual({ most: 3, doubles: 0 })
})

test('keys that are not ours are not taken on, and what is given up ends before it counts as given', async () => {
  const ours = new Set(['kept', 'given', 'waiting'])
  const gate = Promise.withResolvers<void>()
  const passes: string[] = []
  const pass = async (key: string) => {
    passes.push(key)
    if (key === 'given') await gate.promise
    return { end: 'wait' } as const
  }
  const admits = (key: string) => ours.has(key)
  const loop = createLoop({ workers: 3, pauses: PAUSES, pass, onCrash: () => {}, admits })
  for (const key of ['foreign', 'given', 'kept']) loop.add(key, 'urgent')
  loop.start()
  await expect.poll(() => passes.includes('given')).toBe(true)
  for (const key of ['given', 'waiting']) ours.delete(key)
  let retired = false
  const retiring = loop.retire().then(() => {
    retired = true
  })
  const before = passes.length
  await expect.poll(() => passes.length).toBeGreaterThan(before + 20)
  expect(retired).toBe(false)
  gate.resolve()
  await retiring
  await loop.stop()
  expect(passes.filter(key => key !== 'kept')).toEqual(['given'])
})
