/** What the mass-deletion breaker has to know of all tenants, kept up with the watches, so that nobody counts them in each pass. */
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'

export interface DeletionCensus {
  /** All there are, also those that are being deleted. */
  tenants(): number
  /** Environments that stand and belong to none of them. */
  vanished(): number
  /** Those that are being deleted. */
  leaving(): Iterable<KubeObject>
}

export function createDeletionCensus({
  tenants,
  namespaces,
}: Pick<TenantCache, 'tenants' | 'namespaces'>): DeletionCensus {
  const known = new Set<string>()
  const leaving = new Map<string, KubeObject>()
  /** Of each namespace that stands, the uid of the tenant in its marks; and how many there are of each. */
  const standing = new Map<string, string>()
  const counts = new Map<string, number>()
  let vanished = 0
  const orphansOf = (uid: string) => (known.has(uid) ? 0 : (counts.get(uid) ?? 0))
  const recount = (uid: string, change: () => unknown) => {
    vanished -= orphansOf(uid)
    change()
    vanished += orphansOf(uid)
  }
  tenants.onChange(({ type, object }) => {
    const { uid = '', deletionTimestamp } = object.metadata
    recount(uid, () => (type === 'deleted' ? known.delete(uid) : known.add(uid)))
    if (type === 'deleted' || deletionTimestamp === undefined) leaving.delete(uid)
    else leaving.set(uid, object)
  })
  const add = (uid: string, more: 1 | -1) =>
    recount(uid, () => {
      const count = (counts.get(uid) ?? 0) + more
      if (count === 0) counts.delete(uid)
      else counts.set(uid, count)
    })
  namespaces.onChange(({ type, object }) => {
    const { name } = object.metadata
    const was = standing.get(name)
    if (was !== undefined) add(was, -1)
    standing.delete(name)
    const is = type === 'deleted' ? undefined : ownerOfStanding(object)
    if (is === undefined) return
    standing.set(name, is)
    add(is, 1)
  })
  return { tenants: () => known.size, vanished: () => vanished, leaving: () => leaving.values() }
}

function ownerOfStanding({ metadata }: KubeObject): string | undefined {
  return metadata.deletionTimestamp === undefined ? metadata.labels?.[names.TENANT_UID_LABEL] : undefined
}
