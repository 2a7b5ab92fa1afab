/** Decides what a candidate does about a Lease: pure. Times of other machines are never compared with ours. */
import * as names from '../plan/names.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'

export interface LeaseTerms {
  readonly ref: ObjectRef
  readonly identity: string
  readonly durationSeconds: number
  /** Now, as MicroTime, for people to read. */
  readonly time: string
}

export type LeaseMove =
  | { readonly do: 'create'; readonly object: KubeObject }
  /** Fails with a conflict where the lease has changed since it was read. */
  | { readonly do: 'patch'; readonly patch: Record<string, unknown> }
  | { readonly do: 'wait'; readonly holder: string }

interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly leaseTransitions?: number
  readonly renewTime?: string
}

/**
 * `unchangedMs`: for how long, on our monotonic clock, this candidate has seen the lease unchanged. A holder that lives
 * changes it more often than its duration.
 */
export function planCandidacy(terms: LeaseTerms, lease: KubeObject | undefined, unchangedMs: number): LeaseMove {
  const { ref, identity } = terms
  if (lease === undefined) {
    const metadata = { name: ref.name, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) }
    const spec = { ...renewal(terms), acquireTime: terms.time, leaseTransitions: 0 }
    return { do: 'create', object: { apiVersion: ref.apiVersion, kind: ref.kind, metadata, spec } }
  }
  const { holderIdentity = '', leaseDurationSeconds = terms.durationSeconds, leaseTransitions = 0 } = specOf(lease)
  const isFree = holderIdentity === '' || holderIdentity === identity
  if (!isFree && unchangedMs < leaseDurationSeconds * 1000) return { do: 'wait', holder: holderIdentity }
  const spec = { ...renewal(terms), acquireTime: terms.time, leaseTransitions: leaseTransitions + 1 }
  // Whoever asked for it has it now, or has not come.
  const answered = askerOf(lease) === undefined ? {} : { annotations: { [names.ASKED_BY_ANNOTATION]: null } }
  return { do: 'patch', patch: preconditioned(lease, spec, answered) }
}

export function renewalPatch(terms: LeaseTerms, lease: KubeObject): Record<string, unknown> {
  return preconditioned(lease, { ...renewal(terms), renewTime: otherTime(terms.time, specOf(lease).renewTime) })
}

/** Free for anybody, at once. */
export function releasePatch(terms: LeaseTerms, lease: KubeObject): Record<string, unknown> {
  return preconditioned(lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: terms.time })
}

/** Asks the holder to give it up. */
export function askPatch(lease: KubeObject, identity: string): Record<string, unknown> {
  return preconditioned(lease, undefined, { annotations: { [names.ASKED_BY_ANNOTATION]: identity } })
}

export function askerOf(lease: KubeObject): string | undefined {
  return lease.metadata.annotations?.[names.ASKED_BY_ANNOTATION]
}

/** For how long it lasts since it was last changed. */
export function durationMsOf(lease: KubeObject, defaultMs: number): number {
  const { leaseDurationSeconds } = specOf(lease)
  return leaseDurationSeconds === undefined ? defaultMs : leaseDurationSeconds * 1000
}

export function holderOf(lease: KubeObject | undefined): string {
  return lease === undefined ? '' : (specOf(lease).holderIdentity ?? '')
}

/** Others know by it that the holder lives, also where its clock stands still. */
function otherTime(time: string, last = ''): string {
  const millisecond = time.slice(0, -MICROSECONDS.length)
  if (!last.startsWith(millisecond)) return time
  const next = (Number(last.slice(-MICROSECONDS.length, -1)) + 1) % 1000
  return `${millisecond}${`${next}`.padStart(3, '0')}Z`
}

/** As they end a MicroTime. */
const MICROSECONDS = '000Z'

function renewal({ identity, durationSeconds, time }: LeaseTerms) {
  return { holderIdentity: identity, leaseDurationSeconds: durationSeconds, renewTime: time }
}

function preconditioned(lease: KubeObject, spec?: object, metadata: object = {}): Record<string, unknown> {
  const { resourceVersion } = lease.metadata
  return { metadata: { resourceVersion, ...metadata }, ...(spec === undefined ? {} : { spec }) }
}

function specOf(lease: KubeObject): LeaseSpec {
  return (lease.spec ?? {}) as LeaseSpec
}
