/** What a pass finds of a tenant's slice of Proxmox VE: its leases and machines by the watches, the rest by a shared look. */
import { type NetworkLease, parseNetworkLease, parseProxmoxCluster } from '../crds/parse.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { DesiredSlice, SliceObservation } from '../plan/slice.ts'
import type { Worlds } from './worlds.ts'

/** What others change there is seen within a minute. */
const YOUNGER_THAN_MS = 60_000
/** For a cluster that hangs, before the rest of the tenant is told without it. */
const PATIENCE_MS = 5000

export async function observeSlice(
  { cache, proxmox }: Pick<Worlds, 'cache' | 'proxmox'>,
  desired: DesiredSlice,
): Promise<Omit<SliceObservation, 'secrets'>> {
  const { tenant, proxmox: wish } = desired
  const look = await proxmox.look(wish.cluster, {
    tenant: tenant.name,
    youngerThanMs: YOUNGER_THAN_MS,
    patienceMs: PATIENCE_MS,
  })
  const cluster = parseProxmoxCluster(cache.proxmoxClusters.get(wish.cluster))
  const namespace = names.namespaceName(tenant.name)
  const hasNamespace = hasOwnNamespace(cache, desired)
  return {
    installation: proxmox.installation(),
    look,
    leases: leasesOf(cache, desired),
    hasNamespace,
    machines: hasNamespace ? cache.machines.list(namespace) : [],
    ...(cluster.ok ? { cluster: cluster.value.spec } : {}),
  }
}

/** All of the cluster matter only to a tenant that has none. */
function leasesOf({ networkLeases }: TenantCache, { tenant, proxmox }: DesiredSlice): NetworkLease[] {
  const parsed = (objects: ReturnType<typeof networkLeases.list>) =>
    objects.map(parseNetworkLease).flatMap(lease => (lease.ok ? [lease.value] : []))
  const own = parsed(networkLeases.indexed(tenant.uid)).filter(({ spec }) => spec.cluster === proxmox.cluster)
  if (own.some(({ status }) => status?.releasedAt === undefined)) return own
  return parsed(networkLeases.list()).filter(({ spec }) => spec.cluster === proxmox.cluster)
}

function hasOwnNamespace({ namespaces }: TenantCache, { tenant }: DesiredSlice): boolean {
  const { labels, deletionTimestamp } = namespaces.get(names.namespaceName(tenant.name))?.metadata ?? {}
  return labels?.[names.TENANT_UID_LABEL] === tenant.uid && deletionTimestamp === undefined
}
