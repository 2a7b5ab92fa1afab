/** The life of one request: its deadline, the caller's wish to end it, and the transport's. */
import { KubeError, OWN_REASONS } from '../errors.ts'

export interface Flight {
  /** Aborts with a KubeError that says why: the caller's, where its own signal has one for a reason. */
  readonly signal: AbortSignal
  /** No deadline any more: the answer has begun, and may go on. */
  keepGoing(): void
  /** Over. Lets go of timer and listeners. */
  land(): void
}

/** What is under way, so that all of it can be ended. */
export interface Flights {
  start(request: { what: string; timeoutMs: number; signal?: AbortSignal }): Flight
  endAll(): void
}

export function createFlights(): Flights {
  const ends = new Set<() => void>()
  let closed = false
  return {
    start({ what, timeoutMs, signal }) {
      const controller = new AbortController()
      const end = (reason: string, why: string) =>
        controller.abort(new KubeError({ status: 0, reason, message: `Cannot ${what}: ${why}` }))
      const close = () => end(OWN_REASONS.closed, 'this process ends, or may not go on')
      const giveUp = () => {
        if (signal?.reason instanceof KubeError) controller.abort(signal.reason)
        else end(OWN_REASONS.closed, 'nobody waits for it any more')
      }
      const tooLate = () => end(OWN_REASONS.noAnswer, `the API server did not answer within ${timeoutMs / 1000} s`)
      const timer = setTimeout(tooLate, timeoutMs)
      signal?.addEventListener('abort', giveUp)
      ends.add(close)
      if (closed) close()
      if (signal?.aborted) giveUp()
      return {
        signal: controller.signal,
        keepGoing: () => clearTimeout(timer),
        land() {
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          ends.delete(close)
        },
      }
    },
    endAll() {
      closed = true
      for (const end of ends) end()
    },
  }
}
