/**
 * The Leases that this process holds, together: while one of them could not be renewed in time nothing is written, and
 * once another has one of them, or may have it, it is over with all. docs/decisions/0012.
 */
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { LeaseTerms } from './lease.ts'
import { Tenure, type TenureOptions } from './tenure.ts'

export interface TenuresOptions extends Omit<TenureOptions, 'terms' | 'onLapsed' | 'onRenewed'> {
  /** Whether replicas still count shards as they did when these were taken. Rejects where that cannot be known now. */
  readonly isAgreed: () => Promise<boolean>
  readonly onLapsed: (reason: string) => void
  readonly onRegained: () => void
}

export class Tenures {
  readonly #options: TenuresOptions
  readonly #held = new Map<number, Tenure>()
  #isLapsed = false
  #lapses = 0
  #isOver = false

  constructor(options: TenuresOptions) {
    this.#options = options
  }

  /** Of a Lease that was taken at `sentMs`; it counts from `add` on. */
  begin(terms: () => LeaseTerms, lease: KubeObject, sentMs: number): Tenure {
    const onLapsed = () => this.#lapse()
    const onRenewed = () => void this.#regain().catch(this.#options.onError)
    const onLost = (reason: string) => this.#lose(reason)
    return new Tenure({ ...this.#options, terms, onLapsed, onRenewed, onLost }, lease, sentMs)
  }

  add(shard: number, tenure: Tenure): void {
    this.#held.set(shard, tenure)
  }

  /** Lapsed or not. */
  get shards(): readonly number[] {
    return [...this.#held.keys()]
  }

  get isLapsed(): boolean {
    return this.#isLapsed
  }

  /** Grows with each lapse, also of a Lease that does not count yet: what was asked before the last one is no answer. */
  get lapses(): number {
    return this.#lapses
  }

  mayWrite(): boolean {
    return !this.#isLapsed && this.#held.size > 0 && this.#areHeld()
  }

  async release(shard: number): Promise<void> {
    await this.#held.get(shard)?.release()
    this.#held.delete(shard)
    if (this.#held.size === 0) this.#isLapsed = false
  }

  async releaseAll(): Promise<void> {
    await Promise.all(this.shards.map(shard => this.release(shard)))
  }

  #areHeld(): boolean {
    return [...this.#held.values()].every(tenure => tenure.holds())
  }

  #lapse(): void {
    if (this.#isOver) return
    this.#lapses += 1
    if (this.#isLapsed || this.#held.size === 0) return
    this.#isLapsed = true
    this.#options.onLapsed('it could not be renewed in time')
  }

  /**
   * Whoever counts shards otherwise does not ask for these Leases, but lets them run out. So the agreement is asked for
   * again, now that they are held, as when they were taken.
   */
  async #regain(): Promise<void> {
    if (!this.#isLapsed || !this.#areHeld()) return
    const lapses = this.#lapses
    const isAgreed = await this.#options.isAgreed()
    if (this.#isOver || lapses !== this.#lapses || !this.#isLapsed || !this.#areHeld()) return
    // Of the same count or another: it may have been another one in between.
    if (!isAgreed)
      return this.#lose(`replicas have agreed anew on their count meanwhile, in ${names.SHARD_COUNT_LEASE}`)
    this.#isLapsed = false
    this.#options.onRegained()
  }

  #lose(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const tenure of this.#held.values()) tenure.abandon()
    this.#options.onLost(reason)
  }
}
