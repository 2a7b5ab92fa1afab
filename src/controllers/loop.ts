/** Runs passes: takes due keys from the queue, a few at once, and hands each outcome back. Stops without dropping a pass. */
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Outcome } from './outcome.ts'
import { type Pauses, type Urgency, WorkQueue } from './queue.ts'

export interface LoopOptions {
  readonly workers: number
  readonly pauses: Pauses
  /** One pass. It must not throw for what can happen in the outside world; what it throws counts as a failure. */
  readonly pass: (key: string, urgency: Urgency) => Promise<Outcome>
  readonly onCrash: (key: string, error: unknown) => void
  /** Asked before each pass. Where it says no, nothing begins until `resume`. */
  readonly mayBegin?: () => boolean
  /** Keys of which it says no are not taken on. Default: all are ours. */
  readonly admits?: (key: string) => boolean
  readonly clock?: Clock
}

export interface Loop {
  add(key: string, urgency: Urgency): void
  forget(key: string): void
  readonly depth: number
  /** How long the pass that has been under way the longest has been so. */
  longestPassMs(): number
  start(): void
  /** Begins what is due: passes may begin again. */
  resume(): void
  /** Drops the keys that are not admitted any more, and resolves when the passes under way over them have ended. */
  retire(): Promise<void>
  /** Takes no more keys, and resolves when the passes under way have ended. */
  stop(): Promise<void>
}

export function createLoop(options: LoopOptions): Loop {
  const { workers, pauses, pass, onCrash, mayBegin = () => true, admits = () => true, clock = systemClock } = options
  let started = false
  let sleeping = new AbortController()
  let wakesAtMs = Number.POSITIVE_INFINITY
  const underWay = new Map<string, { readonly running: Promise<void>; readonly sinceMs: number }>()
  const queue = new WorkQueue({ nowMs: () => clock.nowMs(), random: Math.random, pauses })

  /** Starts what is due, then sleeps until the next key is. To wake too early does no harm; to sleep anew costs. */
  function turn(): void {
    for (let key = nextKey(); key !== undefined; key = nextKey()) begin(key)
    const pauseMs = queue.nextDueInMs()
    // A worker that comes free turns by itself.
    if (hasRoom() && pauseMs !== undefined && clock.nowMs() + pauseMs < wakesAtMs) void turnAfter(pauseMs)
  }

  async function turnAfter(pauseMs: number): Promise<void> {
    sleeping.abort()
    sleeping = new AbortController()
    wakesAtMs = clock.nowMs() + pauseMs
    const { signal } = sleeping
    // Timers cut off fractions and would ring before the key is due.
    await clock.sleep(Math.ceil(pauseMs), signal)
    if (signal.aborted) return
    wakesAtMs = Number.POSITIVE_INFINITY
    turn()
  }

  function nextKey(): string | undefined {
    return hasRoom() ? queue.take() : undefined
  }

  function hasRoom(): boolean {
    return started && underWay.size < workers && mayBegin()
  }

  function begin(key: string): void {
    const running = run(key).finally(() => {
      underWay.delete(key)
      turn()
    })
    underWay.set(key, { running, sinceMs: clock.nowMs() })
  }

  async function run(key: string): Promise<void> {
    try {
      queue.finish(key, await pass(key, queue.urgencyOf(key)))
    } catch (error) {
      onCrash(key, error)
      queue.finish(key, { end: 'backoff', reason: 'Crash' })
    }
    if (!admits(key)) queue.forget(key)
  }

  return {
    add(key, urgency) {
      if (!admits(key)) return
      queue.add(key, urgency)
      turn()
    },
    forget: key => queue.forget(key),
    get depth() {
      return queue.depth
    },
    longestPassMs() {
      const [longest] = underWay.values()
      return longest === undefined ? 0 : clock.nowMs() - longest.sinceMs
    },
    start() {
      started = true
      turn()
    },
    resume: turn,
    async retire() {
      for (const key of queue.keys()) if (!admits(key)) queue.forget(key)
      await Promise.all([...underWay].flatMap(([key, { running }]) => (admits(key) ? [] : [running])))
    },
    async stop() {
      started = false
      sleeping.abort()
      wakesAtMs = Number.POSITIVE_INFINITY
      await Promise.all([...underWay.values()].map(({ running }) => running))
    },
  }
}
