/** Makes the leases of one ProxmoxCluster: for tenants that wait for a tag, and for networks whose lease was lost. */
import type { Logger } from 'pino'
import { parseNetworkLease, parseTenant, type NetworkLease as StoredLease } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { Kube } from '../kube/client.ts'
import { isAlreadyExists } from '../kube/errors.ts'
import { addFinalizer } from '../kube/finalizer.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import { chooseTags, type DatedWish, leaseObject, type NewLease, seenTags } from '../plan/network-allocation.ts'
import { leasesToRebuild, type MarkedNetwork, type NetworkLease } from '../plan/network-lease.ts'
import { type KubeObject, refOf } from '../plan/object.ts'
import { parseMark } from '../plan/proxmox-mark.ts'
import type { ProxmoxView } from '../plan/proxmox-view.ts'
import { LEASE_KIND } from './network-ports.ts'
import { isProvenGone } from './network-use.ts'

export interface LeaseMakingPorts {
  readonly kube: Pick<Kube, 'get' | 'list' | 'create' | 'apply'>
  readonly cache: Pick<TenantCache, 'tenants' | 'networkLeases'>
  readonly installation: string
  /** Tags that guests in sight use which nobody speaks for, with who that is. Asked for only when a tag is to be given out. */
  readonly tagsOfGuests: () => Promise<ReadonlyMap<number, string>>
  readonly logger: Pick<Logger, 'warn'>
}

export interface LeasesWanted {
  readonly cluster: KubeObject
  readonly spec: ProxmoxClusterSpec
  readonly view: ProxmoxView
  /** Whether tenants may get new ones. */
  readonly mayAllocate: boolean
}

export interface LeasesFound {
  readonly leases: readonly StoredLease[]
  /** Somebody else made one of them meanwhile: to be looked at anew. */
  readonly outrun: boolean
}

/**
 * All leases of the cluster, with those that were made now. Whether a tenant has none is asked of the API server itself before one
 * is made, for a watch may be behind, and a tenant with two tags would keep both.
 */
export async function makeLeases(ports: LeaseMakingPorts, wanted: LeasesWanted): Promise<LeasesFound> {
  const { kube, cache } = ports
  const { name } = wanted.cluster.metadata
  const known = leasesOf(name, cache.networkLeases.list())
  if (newLeases(ports, wanted, known, []).length === 0) return { leases: known, outrun: false }
  const leases = leasesOf(name, await kube.list(LEASE_KIND, { fieldSelector: `spec.cluster=${name}` }))
  const used = wanted.mayAllocate ? await ports.tagsOfGuests() : new Map<number, string>()
  const made = newLeases(ports, wanted, leases, [...used.keys()])
  // Of a range with many guests, only what somebody would have got.
  const missed = newLeases(ports, wanted, leases, []).flatMap(({ isNew, lease }) => (isNew ? [lease.tag] : []))
  for (const [tag, by] of used) {
    if (missed.includes(tag)) ports.logger.warn({ decision: 'tag-in-use' }, `VLAN ${tag} is used by ${by}.`)
  }
  if (made.length > 0) await holdCluster(kube, wanted.cluster)
  for (const each of made) {
    // Whoever goes looks for its leases first: one that was made after that would be found by nobody.
    if (each.isNew && (await isProvenGone(kube, each.lease.tenant))) continue
    try {
      leases.push(...leasesOf(name, [await kube.create(leaseObject(each), { manager: names.FIELD_MANAGER })]))
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      return { leases, outrun: true }
    }
  }
  return { leases, outrun: false }
}

function newLeases(
  { cache, installation }: LeaseMakingPorts,
  { cluster, spec, view, mayAllocate }: LeasesWanted,
  stored: readonly StoredLease[],
  used: readonly number[],
): (NewLease & { readonly isNew: boolean })[] {
  const { name } = cluster.metadata
  const held = stored.map(heldLease)
  const rebuilt = leasesToRebuild(name, held, markedNetworks(installation, spec, view)).map(each => ({
    ...each,
    isNew: false,
  }))
  if (!mayAllocate) return rebuilt
  const wishes = cache.tenants.list().flatMap(tenant => wishOf(tenant, name, spec))
  const chosen = chooseTags(wishes, [...held, ...rebuilt.map(({ lease }) => lease)], [...seenTags(view), ...used])
  return [...rebuilt, ...chosen.map(each => ({ ...each, isNew: true }))]
}

async function holdCluster(kube: Pick<Kube, 'apply'>, cluster: KubeObject): Promise<void> {
  const { uid = '', finalizers = [], deletionTimestamp } = cluster.metadata
  // No finalizer can be added to what is being deleted.
  if (finalizers.includes(names.CLUSTER_FINALIZER) || deletionTimestamp !== undefined) return
  await addFinalizer(kube, { ref: refOf(cluster), uid, finalizer: names.CLUSTER_FINALIZER })
}

export function leasesOf(cluster: string, objects: readonly KubeObject[]): StoredLease[] {
  return objects.flatMap(object => {
    const parsed = parseNetworkLease(object)
    return parsed.ok && parsed.value.spec.cluster === cluster ? [parsed.value] : []
  })
}

/** As the choice of a tag sees it. */
export function heldLease({ spec, status }: Pick<StoredLease, 'spec' | 'status'>): NetworkLease {
  const { cluster, tag, tenant } = spec
  return { cluster, tag, tenant, ...(status?.releasedAt === undefined ? {} : { releasedAt: status.releasedAt }) }
}

/** Of a tenant that is valid, stays, and will find its lease again when it goes. */
function wishOf(object: KubeObject, cluster: string, { network }: ProxmoxClusterSpec): DatedWish[] {
  const { name, uid = '', creationTimestamp: createdAt = '', finalizers = [], deletionTimestamp } = object.metadata
  if (deletionTimestamp !== undefined || !finalizers.includes(names.FINALIZER)) return []
  const parsed = parseTenant(object)
  if (!parsed.ok || parsed.value.spec.proxmox?.cluster !== cluster) return []
  const { vlan: fixed } = parsed.value.spec.proxmox
  const wish = { cluster, range: network.vlanRange, tenant: { name, uid }, createdAt }
  return [{ ...wish, ...(fixed === undefined ? {} : { fixed }) }]
}

/** Vnets of the zone, and pools, with a mark of this installation that says a tag. */
function markedNetworks(
  installation: string,
  { network, access }: ProxmoxClusterSpec,
  { vnets, pools }: ProxmoxView,
): MarkedNetwork[] {
  const ofVnets = vnets.flatMap(({ zone, tag, alias, state }) => {
    const mark = parseMark(alias)
    const isThere = mark?.installation === installation && zone === network.zone && state !== 'deleted'
    return isThere && tag !== undefined ? [{ tag, tenant: mark.tenant }] : []
  })
  const ofPools = pools.flatMap(({ pool, comment }) => {
    const mark = parseMark(comment)
    const isThere = mark?.installation === installation && pool.startsWith(`${access.parentPool}/`)
    return isThere && mark.vlan !== undefined ? [{ tag: mark.vlan, tenant: mark.tenant }] : []
  })
  return [...ofVnets, ...ofPools]
}
