/** Decides what a candidate does about a Lease: pure. Times of other machines are never compared with ours. */
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
  return { do: 'patch', patch: preconditioned(lease, spec) }
}

export function renewalPatch(terms: LeaseTerms, lease: KubeObject): Record<string, unknown> {
  return preconditioned(lease, renewal(terms))
}

/** Free for anybody, at once. */
export function releasePatch(terms: LeaseTerms, lease: KubeObject): Record<string, unknown> {
  return preconditioned(lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: terms.time })
}

export function holderOf(lease: KubeObject | undefined): string {
  return lease === undefined ? '' : (specOf(lease).holderIdentity ?? '')
}

function renewal({ identity, durationSeconds, time }: LeaseTerms) {
  return { holderIdentity: identity, leaseDurationSeconds: durationSeconds, renewTime: time }
}

function preconditioned(lease: KubeObject, spec: object): Record<string, unknown> {
  return { metadata: { resourceVersion: lease.metadata.resourceVersion }, spec }
}

function specOf(lease: KubeObject): LeaseSpec {
  return (lease.spec ?? {}) as LeaseSpec
}
