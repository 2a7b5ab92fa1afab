/**
 * A clock of the operator that is faster than that of the wall, as long as this process keeps up. Where it does not, because others
 * have the processors, the clock waits for it: otherwise patience and pauses would be over before anything can have been answered.
 */
import type { Clock } from '../../src/kube/clock.ts'

const TICK_MS = 5

interface Sleeper {
  readonly untilMs: number
  readonly wake: () => void
}

/** So many seconds go by in one. */
export function fastClock(pace: number): Clock {
  const startMs = Date.now()
  const sleepers = new Set<Sleeper>()
  let nowMs = performance.now() * pace
  const startNowMs = nowMs
  let tickedMs = performance.now()
  const tick = () => {
    const realMs = performance.now()
    nowMs += Math.min(realMs - tickedMs, 2 * TICK_MS) * pace
    tickedMs = realMs
    for (const { untilMs, wake } of sleepers) if (untilMs <= nowMs) wake()
  }
  setInterval(tick, TICK_MS).unref()
  return {
    nowMs: () => nowMs,
    date: () => new Date(startMs + nowMs - startNowMs),
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (ms <= 0 || signal.aborted) return resolve()
        const wake = () => {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper = { untilMs: nowMs + ms, wake }
        sleepers.add(sleeper)
        signal.addEventListener('abort', wake, { once: true })
      }),
  }
}
