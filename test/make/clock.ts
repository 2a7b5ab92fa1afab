/** A clock that stands still until a test moves it. */
import { setImmediate as settle } from 'node:timers/promises'
import type { Clock } from '../../src/kube/clock.ts'

export interface TestClock extends Clock {
  /** Wakes every sleeper whose time comes, in order, and lets each go on as far as it can. */
  advance(ms: number): Promise<void>
}

export function makeClock(): TestClock {
  let nowMs = 0
  const sleepers = new Set<{ atMs: number; wake: () => void }>()
  const settleAll = async () => {
    for (let round = 0; round < 5; round += 1) await settle()
  }
  return {
    nowMs: () => nowMs,
    date: () => new Date(nowMs),
    sleep: (ms, signal) =>
      new Promise(resolve => {
        const wake = () => {
          sleepers.delete(sleeper)
          resolve()
        }
        const sleeper = { atMs: nowMs + Math.max(0, ms), wake }
        sleepers.add(sleeper)
        signal.addEventListener('abort', wake)
        if (signal.aborted) wake()
      }),
    async advance(ms) {
      const endMs = nowMs + ms
      for (;;) {
        await settleAll()
        const [next] = [...sleepers].sort((a, b) => a.atMs - b.atMs)
        if (next === undefined || next.atMs > endMs) break
        nowMs = next.atMs
        next.wake()
      }
      nowMs = endMs
      await settleAll()
    },
  }
}
