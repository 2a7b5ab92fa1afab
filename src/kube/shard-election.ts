/**
 * At most one process at a time works on a shard of the tenants: by a Lease for each, renewed while it works. With one
 * shard this is the election of a leader. What to do next is decided in plan/shard.ts; this looks, writes and keeps time.
 *
 *   look at all Leases ─▶ agree on the count ─▶ take what is free ─▶ still agreed? ─▶ work
 *                                               give what is asked for: work ends, then the Lease goes back
 */
import { randomUUID } from 'node:crypto'
import * as names from '../plan/names.ts'
import { planShardMove, type ShardMove } from '../plan/shard.ts'
import type { Kube } from './client.ts'
import { type Clock, microTime, systemClock } from './clock.ts'
import { checkElectionTimes, type ElectionTimes } from './election-times.ts'
import { isAlreadyExists, isConflict } from './errors.ts'
import { askPatch, type LeaseTerms, planCandidacy } from './lease.ts'
import { createLeaseSightings, LEASE, type LeaseSighting } from './lease-sightings.ts'
import { agreementOf, writeAgreement } from './shard-agreement.ts'
import type { Tenure } from './tenure.ts'
import { Tenures } from './tenures.ts'

export interface ShardElection {
  start(): void
  /** Gives all back, so that the next one need not wait. Writes must have ended before. */
  stop(): Promise<void>
  /** Whether what is due on this shard is this process's, whether or not it may write now; false once it is to be given. */
  keeps(shard: number): boolean
  /**
   * Checks the renew deadlines on the monotonic clock: a process that was held up learns here that it may not. False
   * while nothing is held or one Lease could not be renewed in time, and as soon as it is to stop.
   */
  mayWrite(): boolean
  /** Unlike `mayWrite`, false from `onLapsed` to `onRegained` only, so that whoever was told no is told of the end, too. */
  mayBegin(): boolean
}

export interface ShardElectionOptions extends ElectionTimes {
  /**
   * Over a transport of its own: without `mayWrite`, for Leases are written by those who do not hold them yet, and with a
   * timeout well below renewDeadlineMs, so that a renewal can be tried more than once.
   */
  readonly kube: Pick<Kube, 'get' | 'list' | 'create' | 'patch'>
  readonly namespace: string
  /** The same for all replicas; while they differ, those that are at work go on, and the others stand by. */
  readonly count: number
  /** For people, such as the pod's name; a random part is added, so that a restart is another candidate. */
  readonly identity: string
  /** None of these may throw. */
  readonly onTaken: (shard: number) => void
  /** Another replica is to have it: resolves when no work on it is under way any more. */
  readonly onGiving: (shard: number) => Promise<void>
  /** A Lease could not be renewed in time: nothing may be written until `onRegained`, if nobody takes it meanwhile. */
  readonly onLapsed: (reason: string) => void
  readonly onRegained: () => void
  /** Called once where another may have one of the Leases, not where it is given back; this election is over then. */
  readonly onLost: (reason: string) => void
  /** What keeps this replica from taking part has begun or changed. */
  readonly onStandby?: (why: string) => void
  /** Failed tries; they are repeated. */
  readonly onError?: (error: unknown) => void
  readonly clock?: Clock
}

/** Throws where the times do not keep two holders apart. */
export function createShardElection(options: ShardElectionOptions): ShardElection {
  checkElectionTimes(options)
  return new Candidate(options)
}

class Candidate implements ShardElection {
  readonly #options: ShardElectionOptions
  readonly #onError: (error: unknown) => void
  readonly #clock: Clock
  readonly #identity: string
  readonly #sightings: ReturnType<typeof createLeaseSightings>
  readonly #ending = new AbortController()
  readonly #tenures: Tenures
  /** Its id, when the Leases were taken. */
  #agreement: string | undefined
  #running: Promise<void> | undefined
  #giving: number | undefined
  #standby: string | undefined

  constructor(options: ShardElectionOptions) {
    const { onError = () => undefined, clock = systemClock, identity, leaseDurationMs } = options
    this.#options = options
    this.#onError = onError
    this.#clock = clock
    this.#identity = `${identity}_${randomUUID()}`
    this.#sightings = createLeaseSightings({ identity: this.#identity, leaseDurationMs })
    const isAgreed = async () => (await this.#agreementNow()) === this.#agreement
    this.#tenures = new Tenures({ ...options, clock, onError, isAgreed, onLost: reason => this.#lose(reason) })
  }

  start(): void {
    this.#running ??= this.#run()
  }

  keeps(shard: number): boolean {
    return shard !== this.#giving && !this.#ending.signal.aborted && this.#tenures.shards.includes(shard)
  }

  mayWrite(): boolean {
    return !this.#ending.signal.aborted && this.#tenures.mayWrite()
  }

  mayBegin(): boolean {
    return !this.#ending.signal.aborted && !this.#tenures.isLapsed
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#running
    await this.#tenures.releaseAll()
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const pauseMs = await this.#turn().catch((error: unknown) => {
        // Of a conflict: another candidate was faster.
        if (!isConflict(error) && !isAlreadyExists(error)) this.#onError(error)
        return this.#options.retryMs
      })
      await this.#clock.sleep(pauseMs, this.#ending.signal)
    }
  }

  /** Returns after which time to look again. */
  async #turn(): Promise<number> {
    const { kube, namespace, count, retryMs } = this.#options
    const held = this.#tenures.shards
    // The one shard there is cannot be evened out; and who is not sure of what it has, neither takes nor gives.
    if (held.length > 0 && (count === 1 || this.#tenures.isLapsed)) return retryMs
    const askedMs = this.#clock.nowMs()
    const leases = await kube.list(LEASE, { namespace })
    this.#sightings.saw(leases, { askedMs, answeredMs: this.#clock.nowMs() })
    const view = this.#sightings.view(count, held)
    const move = planShardMove(view)
    this.#report(move)
    if (this.#ending.signal.aborted) return 0
    return (await this.#make(move)) ? 0 : Math.min(retryMs, this.#sightings.nextExpiryMs())
  }

  /** True where the next move may follow at once. */
  async #make(move: ShardMove): Promise<boolean> {
    switch (move.do) {
      case 'agree':
        await this.#agree()
        return true
      case 'take':
        await this.#take(move.shards)
        return false
      case 'give':
        await this.#give(move.shard)
        return true
      case 'ask':
        await this.#ask(move.shard)
        return false
      case 'nothing':
        return false
      default:
        return move satisfies never
    }
  }

  async #agree(): Promise<void> {
    const { kube, count } = this.#options
    const found = this.#sightings.of(names.SHARD_COUNT_LEASE)
    await writeAgreement(kube, this.#ref(names.SHARD_COUNT_LEASE), found?.lease, count)
  }

  /**
   * A Lease and the agreement cannot be written in one. So the agreement is read again once the Leases are held: whoever
   * changes it in between looks at the Leases after that, finds these, and waits. docs/decisions/0012. Of Leases that have
   * lapsed meanwhile that reading says nothing.
   */
  async #take(shards: readonly number[]): Promise<void> {
    const before = agreementOf(this.#sightings.of(names.SHARD_COUNT_LEASE)?.lease)?.id
    const { lapses } = this.#tenures
    const tries = await Promise.allSettled(shards.map(shard => this.#takeOne(shard)))
    const taken = tries.flatMap(one => (one.status === 'fulfilled' && one.value ? [one.value] : []))
    const now = await this.#agreementNow().catch(this.#onError)
    const isSure = before !== undefined && now === before && lapses === this.#tenures.lapses
    if (isSure && !this.#ending.signal.aborted) {
      this.#agreement = before
      for (const [shard, tenure] of taken) this.#tenures.add(shard, tenure)
      for (const [shard] of taken) this.#options.onTaken(shard)
    } else await Promise.all(taken.map(([, tenure]) => tenure.release()))
    const failure = tries.find(one => one.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  }

  async #takeOne(shard: number): Promise<[number, Tenure] | undefined> {
    const { kube, count } = this.#options
    const terms = () => this.#terms(shard)
    const sighting = this.#sightings.of(names.shardLeaseName({ shard, count }))
    const move = planCandidacy(terms(), sighting?.lease, sighting?.unchangedMs ?? 0)
    if (move.do === 'wait') return undefined
    const sentMs = this.#clock.nowMs()
    const lease = await (move.do === 'create' ? kube.create(move.object) : kube.patch(terms().ref, move.patch))
    return [shard, this.#tenures.begin(terms, lease, sentMs)]
  }

  async #agreementNow(): Promise<string | undefined> {
    return agreementOf(await this.#options.kube.get(this.#ref(names.SHARD_COUNT_LEASE)))?.id
  }

  async #give(shard: number): Promise<void> {
    this.#giving = shard
    await this.#options.onGiving(shard)
    await this.#tenures.release(shard)
    this.#giving = undefined
  }

  async #ask(shard: number): Promise<void> {
    const { count, kube } = this.#options
    const name = names.shardLeaseName({ shard, count })
    const { lease } = this.#sightings.of(name) as LeaseSighting
    await kube.patch(this.#ref(name), askPatch(lease, this.#identity))
  }

  #lose(reason: string): void {
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    this.#options.onLost(reason)
  }

  #report(move: ShardMove): void {
    const why = move.do === 'nothing' ? move.why : undefined
    if (why !== undefined && why !== this.#standby) this.#options.onStandby?.(why)
    this.#standby = why
  }

  #terms(shard: number): LeaseTerms {
    const { count, leaseDurationMs } = this.#options
    return {
      ref: this.#ref(names.shardLeaseName({ shard, count })),
      identity: this.#identity,
      durationSeconds: leaseDurationMs / 1000,
      time: microTime(this.#clock.date()),
    }
  }

  #ref(name: string) {
    return { ...LEASE, namespace: this.#options.namespace, name }
  }
}
