import { expect, test } from 'vitest'
import { createLoop } from './loop.ts'
import type { Outcome } from './outcome.ts'

const SHORT = { first: 1.9, most: 1.9 }
const PAUSES = { again: 0, wait: SHORT, backoff: SHORT, resync: 600_000 }

/** Runs until `enough` says so of the passes that have ended. */
async function runLoop(
  { keys, workers = 2 }: { keys: readonly string[]; workers?: number },
  pass: (key: string) => Promise<Outcome>,
  enough: () => boolean,
): Promise<void> {
  const loop = createLoop({ workers, pauses: PAUSES, pass, onCrash: () => {} })
  for (const key of keys) loop.add(key, 'routine')
  loop.start()
  await expect.poll(enough, { timeout: 5000 }).toBe(true)
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
