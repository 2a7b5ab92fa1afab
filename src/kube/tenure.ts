/**
 * The time for which this process holds one Lease: renewed until it is given back or lost. Whether it is held is asked of
 * the monotonic clock, so that a process that was held up learns that it may not write before it does anything else.
 *
 *   held ──▶ not renewed in time: lapsed ──▶ renewed, for nobody else took it: held
 *                                       └──▶ somebody else has it, or it is gone: lost
 */
import type { KubeObject } from '../plan/object.ts'
import type { Kube } from './client.ts'
import type { Clock } from './clock.ts'
import { isConflict } from './errors.ts'
import { holderOf, type LeaseTerms, releasePatch, renewalPatch } from './lease.ts'

export interface TenureOptions {
  readonly kube: Pick<Kube, 'get' | 'patch'>
  readonly terms: () => LeaseTerms
  readonly renewDeadlineMs: number
  readonly retryMs: number
  readonly clock: Clock
  /** It could not be renewed in time. May be called again and again. */
  readonly onLapsed: () => void
  /** Whether it had lapsed or not: since it was taken, nobody else has held it. */
  readonly onRenewed: () => void
  /** Called once where another holds it or may do so, not where it is given back. */
  readonly onLost: (reason: string) => void
  /** Failed tries; they are repeated. */
  readonly onError: (error: unknown) => void
}

export class Tenure {
  readonly #options: TenureOptions
  readonly #ending = new AbortController()
  readonly #keeping: Promise<void>
  /** As last written; undefined while somebody else may hold it. */
  #lease: KubeObject | undefined
  #deadlineMs: number
  /** Lost or given back: an answer that comes now changes nothing any more. */
  #over = false

  /** `sentMs`: when the write was sent that took the lease. */
  constructor(options: TenureOptions, lease: KubeObject, sentMs: number) {
    this.#options = options
    this.#lease = lease
    this.#deadlineMs = sentMs + options.renewDeadlineMs
    this.#keeping = this.#run()
  }

  holds(): boolean {
    return this.#lease !== undefined && this.#leftMs() > 0
  }

  /** Renews no more, and leaves the Lease to run out: where writes may still be on their way. */
  abandon(): void {
    this.#ending.abort()
    this.#end()
  }

  /** Free for anybody, at once. Writes that rely on it must have ended before. */
  async release(): Promise<void> {
    this.#ending.abort()
    await this.#keeping
    const lease = this.holds() ? this.#lease : undefined
    this.#end()
    if (lease === undefined) return
    await this.#free(lease).catch(this.#options.onError)
  }

  /** Who asks for it writes on it: it would have to wait for the Lease to run out, and might then be second. */
  async #free(lease: KubeObject): Promise<void> {
    const { kube, terms } = this.#options
    const { ref, identity } = terms()
    try {
      await kube.patch(ref, releasePatch(terms(), lease))
    } catch (error) {
      if (!isConflict(error)) throw error
      const found = await kube.get(ref)
      if (found !== undefined && holderOf(found) === identity) await kube.patch(ref, releasePatch(terms(), found))
    }
  }

  async #run(): Promise<void> {
    const loss = await this.#keep()
    if (loss === undefined) return
    this.#end()
    this.#options.onLost(loss)
  }

  #end(): void {
    this.#over = true
    this.#lease = undefined
  }

  #leftMs(): number {
    return this.#deadlineMs - this.#options.clock.nowMs()
  }

  /** Returns why the lease was lost; undefined where it is to be given back. */
  async #keep(): Promise<string | undefined> {
    const { clock, retryMs, onLapsed } = this.#options
    const { signal } = this.#ending
    while (!signal.aborted) {
      await clock.sleep(this.holds() ? Math.min(retryMs, this.#leftMs()) : retryMs, signal)
      if (signal.aborted) return undefined
      if (!this.holds()) onLapsed()
      // A request that hangs must keep nobody from noticing the lapse, nor the next try from being made.
      const loss = await this.#within(this.holds() ? this.#leftMs() : retryMs, this.#renew())
      if (loss !== undefined) return loss
      if (!this.holds()) onLapsed()
    }
    return undefined
  }

  async #renew(isSecondTry = false): Promise<string | undefined> {
    const { kube, terms, clock, renewDeadlineMs, onError, onRenewed } = this.#options
    const { ref, identity } = terms()
    const lease = this.#lease
    if (lease === undefined) return undefined
    // The deadline counts from before the request, so that it ends before anybody else's view of the lease does.
    const sentMs = clock.nowMs()
    let isWrittenOn = false
    try {
      const renewed = await kube.patch(ref, renewalPatch(terms(), lease))
      if (this.#over) return undefined
      this.#lease = renewed
      this.#deadlineMs = Math.max(this.#deadlineMs, sentMs + renewDeadlineMs)
      onRenewed()
      return undefined
    } catch (error) {
      isWrittenOn = isConflict(error)
      if (!isWrittenOn) onError(error)
    }
    // Somebody took it, or wrote on it; or an earlier renewal was carried out though its answer was lost.
    const found = await kube.get(ref).catch((error: unknown) => {
      onError(error)
      return 'unknown' as const
    })
    if (found === 'unknown') return undefined
    // Whoever finds none makes one and has it at once.
    if (found === undefined) return 'its Lease is gone'
    if (holderOf(found) !== identity) return `${holderOf(found) || 'nobody'} holds it now`
    if (this.#over) return undefined
    this.#lease = found
    // Who puts labels on it every second keeps nobody from renewing it.
    return isWrittenOn && !isSecondTry ? this.#renew(true) : undefined
  }

  async #within(ms: number, work: Promise<string | undefined>): Promise<string | undefined> {
    const done = new AbortController()
    const late = this.#options.clock.sleep(ms, done.signal).then(() => undefined)
    const loss = await Promise.race([work, late])
    done.abort()
    return loss
  }
}
