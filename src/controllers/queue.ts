/**
 * The work queue: one entry per key, never one key twice at once, edits before resyncs. Knows nothing of tenants.
 *
 *   add ──▶ due (urgent | routine) ──▶ take ──▶ running ──▶ finish(outcome) ──▶ gone, or due again after a pause
 *                                        a key added while it runs is due again right after it
 *
 * Nothing here looks at all keys but `keys` and `depth`. An entry that was replaced stays in its heap until it is met there.
 */
import { DueHeap } from './due-heap.ts'
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
  readonly key: string
  readonly urgency: Urgency
  readonly dueAtMs: number
}

/** So many replaced entries, and as many again as there are keys, may lie in a heap. */
const LITTER = 64

export class WorkQueue {
  readonly #options: QueueOptions
  /** Also of keys that are running, which are in no heap until they are finished. */
  readonly #due = new Map<string, Entry>()
  readonly #heaps = { urgent: new DueHeap<Entry>(), routine: new DueHeap<Entry>() }
  readonly #running = new Map<string, Urgency>()
  /** Forgotten while they run: how that ends brings them back no more. */
  readonly #forgotten = new Set<string>()
  /** How often in a row a key ended the same way; an edit starts anew. */
  readonly #repeats = new Map<string, { end: string; times: number }>()
  /** How often a key has failed since it was done, or edited: what it waits for between failures makes them no fewer. */
  readonly #failures = new Map<string, number>()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Makes a key due now. An urgent addition (an edit) also forgets its pauses so far. */
  add(key: string, urgency: Urgency): void {
    this.#forgotten.delete(key)
    if (urgency === 'urgent') this.#forgetPauses(key)
    this.#schedule(key, urgency, 0)
  }

  /** The next due key, urgent ones first, then the longest due; it counts as running until it is finished. */
  take(): string | undefined {
    const now = this.#options.nowMs()
    const urgent = this.#first('urgent')
    const entry = urgent !== undefined && urgent.dueAtMs <= now ? urgent : this.#first('routine')
    if (entry === undefined || entry.dueAtMs > now) return undefined
    this.#heaps[entry.urgency].shift()
    this.#due.delete(entry.key)
    this.#running.set(entry.key, entry.urgency)
    return entry.key
  }

  /** With which a running key was taken. */
  urgencyOf(key: string): Urgency {
    return this.#running.get(key) ?? 'routine'
  }

  finish(key: string, outcome: Outcome): void {
    const pause = this.#pauseAfter(key, outcome)
    // What was begun is brought to its end, and told, before anything else is: many new tenants would wait for each other.
    if (this.#forgotten.delete(key)) this.#forgetPauses(key)
    else if (pause !== undefined) this.#schedule(key, outcome.end === 'again' ? 'urgent' : 'routine', pause)
    this.#running.delete(key)
    const entry = this.#due.get(key)
    if (entry !== undefined) this.#push(entry)
  }

  /** How long until the next key can be taken; undefined where none is waiting. A running key is not counted. */
  nextDueInMs(): number | undefined {
    const times = [this.#first('urgent'), this.#first('routine')].flatMap(entry => entry?.dueAtMs ?? [])
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.#options.nowMs())
  }

  /** Drops what is known of a key that no longer exists. */
  forget(key: string): void {
    this.#forgetPauses(key)
    this.#due.delete(key)
    if (this.#running.has(key)) this.#forgotten.add(key)
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
      key,
      urgency: before?.urgency === 'urgent' ? before.urgency : urgency,
      dueAtMs: Math.min(before?.dueAtMs ?? dueAtMs, dueAtMs),
    }
    if (before?.urgency === entry.urgency && before.dueAtMs === entry.dueAtMs) return
    this.#due.set(key, entry)
    if (!this.#running.has(key)) this.#push(entry)
  }

  #push(entry: Entry): void {
    const heap = this.#heaps[entry.urgency]
    heap.push(entry)
    if (heap.size > LITTER + 2 * this.#due.size) heap.keep(known => this.#isCurrent(known))
  }

  #first(urgency: Urgency): Entry | undefined {
    const heap = this.#heaps[urgency]
    while (heap.first !== undefined && !this.#isCurrent(heap.first)) heap.shift()
    return heap.first
  }

  #isCurrent(entry: Entry): boolean {
    return this.#due.get(entry.key) === entry && !this.#running.has(entry.key)
  }

  #pauseAfter(key: string, outcome: Outcome): number | undefined {
    const { pauses, random } = this.#options
    switch (outcome.end) {
      case 'done':
        this.#forgetPauses(key)
        return pauses.resync * (0.9 + 0.2 * random())
      case 'again':
        return grown({ first: pauses.again, most: pauses.wait.most }, this.#repeat(key, 'again') - QUICK_LOOKS)
      case 'wait':
        return Math.min(grown(pauses.wait, this.#repeat(key, 'wait')), outcome.withinMs ?? pauses.wait.most)
      case 'backoff':
        return Math.max(
          this.#pauseAfterFailure(key, outcome.passing !== undefined) * (0.75 + 0.5 * random()),
          outcome.passing?.atLeastMs ?? 0,
        )
      case 'terminal':
        this.#forgetPauses(key)
        return undefined
      default:
        return outcome satisfies never
    }
  }

  #pauseAfterFailure(key: string, passing: boolean): number {
    const { pauses } = this.#options
    if (passing) return grown(pauses.passing, this.#repeat(key, 'passing'))
    const times = this.#failures.get(key) ?? 0
    this.#failures.set(key, times + 1)
    return grown(pauses.backoff, times)
  }

  /** How often it has ended so before, without another end in between. */
  #repeat(key: string, end: string): number {
    const before = this.#repeats.get(key)
    const times = before?.end === end ? before.times + 1 : 0
    this.#repeats.set(key, { end, times })
    return times
  }

  #forgetPauses(key: string): void {
    this.#repeats.delete(key)
    this.#failures.delete(key)
  }
}

/** A tenant that comes up looks so often at what it has just done, at most. */
const QUICK_LOOKS = 10

function grown({ first, most }: { first: number; most: number }, times: number): number {
  return Math.min(most, first * 2 ** Math.min(Math.max(times, 0), 30))
}
