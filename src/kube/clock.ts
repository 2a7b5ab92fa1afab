/** Time as the loops of this folder need it; tests bring their own. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Clock {
  /** ms on the monotonic clock: only differences mean something. */
  nowMs(): number
  /** Resolves after the time, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Wall clock, for people to read. */
  date(): Date
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined),
  date: () => new Date(),
}

/** Kubernetes' MicroTime: six digits, no more and no fewer. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z')
}
