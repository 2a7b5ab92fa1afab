/**
 * How many shards there are, as replicas agreed in the Lease `tenantry-shards`. Each agreement has an id of its own, so that
 * one is told from another of the same count. Whatever else is written on that Lease, by whomever, is no agreement.
 */
import { randomUUID } from 'node:crypto'
import * as names from '../plan/names.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import type { Kube } from './client.ts'

export interface Agreement {
  readonly count: number
  /** Never that of another one, nor of a Lease that was made anew from a copy. */
  readonly id: string
}

/** Undefined where there is none, and where somebody has written another count without agreeing to it. */
export function agreementOf(lease: KubeObject | undefined): Agreement | undefined {
  const { annotations = {}, uid } = lease?.metadata ?? {}
  const count = annotations[names.SHARD_COUNT_ANNOTATION]
  const id = annotations[names.SHARD_AGREEMENT_ANNOTATION]
  if (count === undefined || !id?.startsWith(`${count}-`)) return undefined
  return { count: Number(count), id: `${uid} ${id}` }
}

/** Fails with a conflict where the Lease was written since it was `found`. */
export async function writeAgreement(
  kube: Pick<Kube, 'create' | 'patch'>,
  ref: ObjectRef,
  found: KubeObject | undefined,
  count: number,
): Promise<void> {
  const annotations = {
    [names.SHARD_COUNT_ANNOTATION]: `${count}`,
    [names.SHARD_AGREEMENT_ANNOTATION]: `${count}-${randomUUID()}`,
  }
  if (found !== undefined) {
    await kube.patch(ref, { metadata: { annotations, resourceVersion: found.metadata.resourceVersion } })
    return
  }
  const { apiVersion, kind, ...place } = ref
  await kube.create({ apiVersion, kind, metadata: { ...place, annotations }, spec: {} })
}
