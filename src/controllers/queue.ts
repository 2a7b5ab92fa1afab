/**
 * The work queue: one entry per key, never one key twice at once, edits before resyncs. Knows nothing of tenants.
 *
 *   add ──▶ due (urgent | routine) ──▶ take ──▶ running ──▶ finish(outcome) ──▶ gone, or due again after a pause
 *                                        a key added while it runs is due again right after it
 */
import type { Outcome } from './outcome.ts'

export type Urgency = 'urgent' | 'routine'

export interface QueueOptions {
  /** Monotonic clock in milliseconds. */
  readonly nowMs: () => number
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number
  readonly pauses: Pauses
}

/** All in milliseconds. Waiting and failing grow by doubling, from first to most. */
export interface Pauses {
  readonly again: number
  readonly wait: { readonly first: number; readonly most: number }
  readonly backoff: { readonly first: number; readonly most: number }
  /** For what the API server is to blame for. */
  readonly passing: { readonly first: number; readonly most: number }
  readonly resync: number
}

interface Entry {
  urgency: Urgency
  dueAtMs: number
}

export class WorkQueue {
  readonly #options: QueueOptions
  readonly #due = new Map<string, Entry>()
  readonly #running = new Set<string>()
  /** How often in a row a key ended the same way; an edit starts anew. */
  readonly #repeats = new Map<string, { end: Outcome['end']; times: number }>()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Makes a key due now. An urgent addition (an edit) also forgets its pauses so far. */
  add(key: string, urgency: Urgency): void {
    if (urgency === 'urgent') this.#repeats.delete(key)
    this.#schedule(key, urgency, 0)
  }

  /** The next due key, urgent ones first, then the longest due; it counts as running until it is finished. */
  take(): string | undefined {
    const now = this.#options.nowMs()
    let best: { key: string; entry: Entry } | undefined
    for (const [key, entry] of this.#due) {
      if (entry.dueAtMs > now || this.#running.has(key)) continue
      if (best === undefined || precedes(entry, best.entry)) best = { key, entry }
    }
    if (best === undefined) return undefined
    this.#due.delete(best.key)
    this.#running.add(best.key)
    return best.key
  }

  finish(key: string, outcome: Outcome): void {
    this.#running.delete(key)
    const pause = this.#pauseAfter(key, outcome)
    if (pause !== undefined) this.#schedule(key, 'routine', pause)
  }

  /** How long until the next key can be taken; undefined where none is waiting. A running key is not counted. */
  nextDueInMs(): number | undefined {
    const waiting = [...this.#due].filter(([key]) => !this.#running.has(key)).map(([, { dueAtMs }]) => dueAtMs)
    return waiting.length === 0 ? undefined : Math.max(0, Math.min(...waiting) - this.#options.nowMs())
  }

  /** Drops what is known of a key that no longer exists. */
  forget(key: string): void {
    this.#repeats.delete(key)
    this.#due.delete(key)
  }

  /** All that are waiting, due or not. */
  keys(): string[] {
    return [...this.#due.keys()]
  }

  /** Keys due now or running. */
  get depth(): number {
    const now = this.#options.nowMs()
    return this.#running.size + [...this.#due.values()].filter(({ dueAtMs }) => dueAtMs <= now).length
  }

  #schedule(key: string, urgency: Urgency, afterMs: number): void {
    const dueAtMs = this.#options.nowMs() + afterMs
    const before = this.#due.get(key)
    const entry = {
      urgency: before?.urgency === 'urgent' ? before.urgency : urgency,
      dueAtMs: Math.min(before?.dueAtMs ?? dueAtMs, dueAtMs),
    }
    this.#due.set(key, entry)
  }

  #pauseAfter(key: string, outcome: Outcome): number | undefined {
    const { pauses, random } = this.#options
    const before = this.#repeats.get(key)
    const times = before?.end === outcome.end ? before.times + 1 : 0
    this.#repeats.set(key, { end: outcome.end, times })
    switch (outcome.end) {
      case 'done':
        return pauses.resync * (0.9 + 0.2 * random())
      case 'again':
        return pauses.again
      case 'wait':
        return grown(pauses.wait, times)
      case 'backoff':
        return Math.max(
          grown(outcome.passing ? pauses.passing : pauses.backoff, times) * (0.75 + 0.5 * random()),
          outcome.passing?.atLeastMs ?? 0,
        )
      case 'terminal':
        return undefined
      default:
        return outcome satisfies never
    }
  }
}

function precedes(a: Entry, b: Entry): boolean {
  return a.urgency === b.urgency ? a.dueAtMs < b.dueAtMs : a.urgency === 'urgent'
}

function grown({ first, most }: { first: number; most: number }, times: number): number {
  return Math.min(most, first * 2 ** Math.min(times, 30))
}
