/** By what the cluster of a ProxmoxCluster is known again, as long as tenants have something in it. */
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { KnownCluster } from '../plan/proxmox-identity.ts'
import { leasesOf } from './network-leases.ts'

type Cache = Pick<TenantCache, 'proxmoxClusters' | 'networkLeases' | 'machines' | 'namespaces'>

/** Undefined where nobody has anything there, but for tags in quarantine. */
export function knownCluster(cache: Cache, name: string): KnownCluster | undefined {
  const object = cache.proxmoxClusters.get(name)
  const { nodes = [] } = (object?.status ?? {}) as Partial<ProxmoxClusterStatus>
  const tenants = new Set([...holdersOf(cache, name), ...machinistsOf(cache, name)])
  if (tenants.size === 0) return undefined
  const accepted = object?.metadata.annotations?.[names.ACCEPT_CLUSTER_ANNOTATION]
  return { name, nodes, tenants, ...(accepted === undefined ? {} : { accepted }) }
}

function holdersOf({ networkLeases }: Cache, name: string): string[] {
  return leasesOf(name, networkLeases.list())
    .filter(({ status }) => status?.releasedAt === undefined)
    .map(({ spec }) => spec.tenant.uid)
}

function machinistsOf({ machines, namespaces }: Cache, name: string): string[] {
  return machines
    .list()
    .filter(({ status }) => (status as { cluster?: string } | undefined)?.cluster === name)
    .map(({ metadata }) => namespaces.get(metadata.namespace ?? '')?.metadata.labels?.[names.TENANT_UID_LABEL] ?? '')
}
