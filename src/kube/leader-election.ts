/** At most one process at a time works: by a Lease, renewed while it works. */
import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../plan/object.ts'
import type { Kube } from './client.ts'
import { type Clock, microTime, systemClock } from './clock.ts'
import { isAlreadyExists, isConflict } from './errors.ts'
import { holderOf, type LeaseTerms, planCandidacy, releasePatch, renewalPatch } from './lease.ts'

export interface LeaderElection {
  start(): void
  /** Gives the lease back, so that the next one need not wait. Writes must have ended before. */
  stop(): Promise<void>
  /**
   * Checks the renew deadline on the monotonic clock: a process that was held up learns here that it has lost. False as
   * soon as it is to stop.
   */
  holds(): boolean
}

export interface LeaderElectionOptions {
  /**
   * Over a transport of its own: without `mayWrite`, for the lease is written by those who do not hold it yet, and with a
   * timeout well below renewDeadlineMs, so that a renewal can be tried more than once.
   */
  readonly kube: Pick<Kube, 'get' | 'create' | 'patch'>
  readonly namespace: string
  readonly name: string
  /** For people, such as the pod's name; a random part is added, so that a restart is another candidate. */
  readonly identity: string
  /** Whole seconds; more than renewDeadlineMs + requestTimeoutMs, for a lease is no fencing token. */
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryMs: number
  /** The longest that a write of the holder, once sent, may still be carried out. */
  readonly requestTimeoutMs: number
  /** Must not throw, nor must onLost. */
  readonly onElected: () => void
  /** Called once where the lease is lost, not where it is given back; this election is over then. */
  readonly onLost: (reason: string) => void
  /** Failed tries; they are repeated. */
  readonly onError?: (error: unknown) => void
  readonly clock?: Clock
}

/** Throws where the times do not keep two holders apart. */
export function createLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const { leaseDurationMs, renewDeadlineMs, requestTimeoutMs, retryMs } = options
  if (leaseDurationMs <= renewDeadlineMs + requestTimeoutMs || renewDeadlineMs <= retryMs || leaseDurationMs % 1000) {
    throw new Error(
      'Cannot elect a leader: it takes a lease duration of whole seconds > renew deadline + request timeout, and a renew deadline > retry',
    )
  }
  return new Candidate(options)
}

class Candidate implements LeaderElection {
  readonly #options: LeaderElectionOptions
  readonly #onError: (error: unknown) => void
  readonly #clock: Clock
  readonly #identity: string
  readonly #ending = new AbortController()
  #running: Promise<void> | undefined
  /** Ours, as last written; undefined while somebody else may hold it. */
  #lease: KubeObject | undefined
  #deadlineMs = Number.NEGATIVE_INFINITY
  /** Lost or given back: an answer that comes now changes nothing any more. */
  #over = false

  constructor(options: LeaderElectionOptions) {
    this.#options = options
    this.#onError = options.onError ?? (() => undefined)
    this.#clock = options.clock ?? systemClock
    this.#identity = `${options.identity}_${randomUUID()}`
  }

  start(): void {
    this.#running ??= this.#run()
  }

  holds(): boolean {
    return !this.#ending.signal.aborted && this.#isOurs()
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#running
    const lease = this.#isOurs() ? this.#lease : undefined
    this.#end()
    if (lease === undefined) return
    const release = this.#options.kube.patch(this.#terms().ref, releasePatch(this.#terms(), lease))
    await release.catch(this.#onError)
  }

  async #run(): Promise<void> {
    await this.#campaign()
    if (this.#lease === undefined || this.#ending.signal.aborted) return
    this.#options.onElected()
    const loss = await this.#keep()
    if (loss === undefined) return
    this.#end()
    this.#options.onLost(loss)
  }

  #isOurs(): boolean {
    return this.#lease !== undefined && this.#clock.nowMs() < this.#deadlineMs
  }

  #end(): void {
    this.#over = true
    this.#lease = undefined
  }

  async #campaign(): Promise<void> {
    const { kube, retryMs } = this.#options
    let seen: { version: string | undefined; sinceMs: number } | undefined
    while (!this.#ending.signal.aborted) {
      try {
        const lease = await kube.get(this.#terms().ref)
        const version = lease?.metadata.resourceVersion
        if (seen === undefined || seen.version !== version) seen = { version, sinceMs: this.#clock.nowMs() }
        const move = planCandidacy(this.#terms(), lease, this.#clock.nowMs() - seen.sinceMs)
        if (move.do !== 'wait') {
          await this.#write(() =>
            move.do === 'create' ? kube.create(move.object) : kube.patch(this.#terms().ref, move.patch),
          )
          return
        }
      } catch (error) {
        // Another candidate was faster.
        if (!isConflict(error) && !isAlreadyExists(error)) this.#onError(error)
      }
      await this.#clock.sleep(retryMs, this.#ending.signal)
    }
  }

  /** Returns why the lease was lost; undefined where it is to be given back. */
  async #keep(): Promise<string | undefined> {
    const { retryMs } = this.#options
    while (!this.#ending.signal.aborted) {
      await this.#clock.sleep(Math.min(retryMs, this.#deadlineMs - this.#clock.nowMs()), this.#ending.signal)
      if (!this.#isOurs()) return 'it could not be renewed in time'
      if (this.#ending.signal.aborted) return undefined
      const loss = await this.#withinDeadline(this.#renew())
      if (loss !== undefined) return loss
    }
    return undefined
  }

  async #renew(): Promise<string | undefined> {
    const { kube } = this.#options
    const { ref } = this.#terms()
    const lease = this.#lease
    if (lease === undefined) return undefined
    try {
      await this.#write(() => kube.patch(ref, renewalPatch(this.#terms(), lease)))
      return undefined
    } catch (error) {
      if (!isConflict(error)) this.#onError(error)
    }
    // Either somebody took it, or an earlier renewal was carried out though its answer was lost.
    const found = await kube.get(ref).catch(this.#onError)
    if (!found) return undefined
    if (holderOf(found) !== this.#identity) return `${holderOf(found) || 'nobody'} holds it now`
    if (!this.#over) this.#lease = found
    return undefined
  }

  /** The deadline counts from before the request, so that it ends before anybody else's view of the lease does. */
  async #write(write: () => Promise<KubeObject>): Promise<void> {
    const sentMs = this.#clock.nowMs()
    const lease = await write()
    if (this.#over) return
    this.#lease = lease
    this.#deadlineMs = sentMs + this.#options.renewDeadlineMs
  }

  /** A request that hangs must not keep the loss from being noticed. */
  async #withinDeadline(work: Promise<string | undefined>): Promise<string | undefined> {
    const done = new AbortController()
    const late = this.#clock
      .sleep(this.#deadlineMs - this.#clock.nowMs(), done.signal)
      .then(() => (this.#isOurs() ? undefined : 'it could not be renewed in time'))
    const loss = await Promise.race([work, late])
    done.abort()
    return loss
  }

  #terms(): LeaseTerms {
    const { namespace, name, leaseDurationMs } = this.#options
    return {
      ref: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name },
      identity: this.#identity,
      durationSeconds: leaseDurationMs / 1000,
      time: microTime(this.#clock.date()),
    }
  }
}
