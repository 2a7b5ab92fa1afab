/** Runs passes: takes due keys from the queue, a few at once, and hands each outcome back. Stops without dropping a pass. */
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Outcome } from './outcome.ts'
import { type Pauses, type Urgency, WorkQueue } from './queue.ts'

export interface LoopOptions {
  readonly workers: number
  readonly pauses: Pauses
  /** One pass. It must not throw for what can happen in the outside world; what it throws counts as a failure. */
  readonly pass: (key: string) => Promise<Outcome>
  readonly onCrash: (key: string, error: unknown) => void
  readonly clock?: Clock
}

export interface Loop {
  add(key: string, urgency: Urgency): void
  forget(key: string): void
  readonly depth: number
  start(): void
  /** Takes no more keys, and resolves when the passes under way have ended. */
  stop(): Promise<void>
}

export function createLoop({ workers, pauses, pass, onCrash, clock = systemClock }: LoopOptions): Loop {
  let started = false
  let sleeping = new AbortController()
  const underWay = new Set<Promise<void>>()
  const queue = new WorkQueue({ nowMs: () => clock.nowMs(), random: Math.random, pauses })

  /** Starts what is due, then sleeps until the next key is. */
  function turn(): void {
    sleeping.abort()
    for (let key = nextKey(); key !== undefined; key = nextKey()) begin(key)
    const pauseMs = queue.nextDueInMs()
    // A worker that comes free turns by itself.
    if (started && underWay.size < workers && pauseMs !== undefined) void turnAfter(pauseMs)
  }

  async function turnAfter(pauseMs: number): Promise<void> {
    sleeping = new AbortController()
    const { signal } = sleeping
    // Timers cut off fractions and would ring before the key is due.
    await clock.sleep(Math.ceil(pauseMs), signal)
    if (!signal.aborted) turn()
  }

  function nextKey(): string | undefined {
    return started && underWay.size < workers ? queue.take() : undefined
  }

  function begin(key: string): void {
    const running = run(key).finally(() => {
      underWay.delete(running)
      turn()
    })
    underWay.add(running)
  }

  async function run(key: string): Promise<void> {
    try {
      queue.finish(key, await pass(key))
    } catch (error) {
      onCrash(key, error)
      queue.finish(key, { end: 'backoff', reason: 'Crash' })
    }
  }

  return {
    add(key, urgency) {
      queue.add(key, urgency)
      turn()
    },
    forget: key => queue.forget(key),
    get depth() {
      return queue.depth
    },
    start() {
      started = true
      turn()
    },
    async stop() {
      started = false
      sleeping.abort()
      await Promise.all(underWay)
    },
  }
}
