/** Runs passes: takes due keys from the queue, a few at once, and hands each outcome back. Stops without dropping a pass. */
import type { Outcome } from './outcome.ts'
import { type Pauses, type Urgency, WorkQueue } from './queue.ts'

export interface LoopOptions {
  readonly workers: number
  readonly pauses: Pauses
  /** One pass. It must not throw for what can happen in the outside world; what it throws counts as a failure. */
  readonly pass: (key: string) => Promise<Outcome>
  readonly onCrash: (key: string, error: unknown) => void
}

export interface Loop {
  add(key: string, urgency: Urgency): void
  forget(key: string): void
  readonly depth: number
  start(): void
  /** Takes no more keys, and resolves when the passes under way have ended. */
  stop(): Promise<void>
}

export function createLoop({ workers, pauses, pass, onCrash }: LoopOptions): Loop {
  let started = false
  const underWay = new Set<Promise<void>>()
  const timers = new Set<NodeJS.Timeout>()
  const queue = new WorkQueue({ nowMs: () => performance.now(), random: Math.random, wake, pauses })

  function wake(afterMs: number): void {
    if (!started) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      drain()
    }, afterMs)
    timers.add(timer)
  }

  function drain(): void {
    while (started && underWay.size < workers) {
      const key = queue.take()
      if (key === undefined) return
      const running = run(key).finally(() => {
        underWay.delete(running)
        drain()
      })
      underWay.add(running)
    }
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
    add: (key, urgency) => queue.add(key, urgency),
    forget: key => queue.forget(key),
    get depth() {
      return queue.depth
    },
    start() {
      started = true
      wake(0)
    },
    async stop() {
      started = false
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(underWay)
    },
  }
}
