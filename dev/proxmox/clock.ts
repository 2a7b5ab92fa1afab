/** Time of a simulation: may run faster than that of the wall, and everything that waits uses it. */

export interface Clock {
  /** Milliseconds since 1970, of the simulation. */
  now(): number
  /** Ends early, by throwing the signal's reason, when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** `speed` 10: ten seconds of the simulation pass in one of the wall. */
export function scaledClock(speed = 1, startMs = Date.now()): Clock {
  const origin = performance.now()
  return {
    now: () => startMs + (performance.now() - origin) * speed,
    sleep: (ms, signal) =>
      new Promise((done, failed) => {
        if (signal?.aborted) return failed(signal.reason)
        const stop = () => {
          clearTimeout(timer)
          failed(signal?.reason)
        }
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop)
          done()
        }, ms / speed)
        // A simulator that was forgotten does not keep a process alive.
        timer.unref()
        signal?.addEventListener('abort', stop, { once: true })
      }),
  }
}

export const seconds = (clock: Clock) => Math.floor(clock.now() / 1000)
