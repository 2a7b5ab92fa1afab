/** What a deletion finds of a tenant's slice of Proxmox VE, without its spec: by its leases, its machines, and their clusters. */
import { type NetworkLease, parseNetworkLease } from '../crds/parse.ts'
import type { LeavingSlice, Place } from '../plan/leaving-slice.ts'
import * as names from '../plan/names.ts'
import { isOwnNamespace } from '../plan/namespace.ts'
import type { KubeObject } from '../plan/object.ts'
import type { NamespaceObservation } from '../plan/observation.ts'
import type { TenantIdentity } from '../plan/release.ts'
import { clustersToSearch } from '../plan/slice-teardown.ts'
import type { Worlds } from './worlds.ts'

/** Who gives up is not kept waiting by a cluster that hangs. */
const PATIENCE_MS = 5000

export interface LeavingPorts {
  readonly worlds: Pick<Worlds, 'cache' | 'proxmox'>
  /** RFC 3339. */
  readonly now: () => string
}

/** `isDue`: everything that goes before it has gone, so that its clusters are worth a look. */
export async function observeLeavingSlice(
  { worlds, now }: LeavingPorts,
  object: KubeObject,
  tenant: TenantIdentity,
  { namespace, isDue }: { readonly namespace: NamespaceObservation; readonly isDue: boolean },
): Promise<LeavingSlice> {
  const { cache, proxmox } = worlds
  const { annotations = {} } = object.metadata
  const adopted = annotations[names.ADOPT_ANNOTATION]
  const found = {
    ...(adopted === undefined ? {} : { adopted }),
    installation: proxmox.installation(),
    machines: isOwnNamespace(namespace, tenant) ? cache.machines.list(names.namespaceName(tenant.name)) : [],
    leases: parsed(cache.networkLeases.indexed(tenant.uid)),
    places: placesOf(object),
    wantedUsers: usersOf(object),
    isGivenUp: annotations[names.ABANDON_ANNOTATION] === tenant.uid,
    now: now(),
  }
  const clusters = found.leases.map(({ spec }) => spec.cluster)
  const pools = new Map(clusters.map(cluster => [cluster, names.poolName(parentPool(worlds, cluster), tenant.name)]))
  const searched = isDue ? clustersToSearch({ ...found, pools }) : []
  // Nothing younger will do: what is not seen here is taken for gone.
  const freshness = { tenant: tenant.name, youngerThanMs: 0, ...(found.isGivenUp ? { patienceMs: PATIENCE_MS } : {}) }
  const looks = await Promise.all(
    searched.map(async cluster => [cluster, await proxmox.look(cluster, freshness)] as const),
  )
  return { ...found, pools, looks: new Map(looks) }
}

/** Those that the watch may not have told of too. */
export async function storedLeases(
  { observeLeases }: Pick<Worlds, 'observeLeases'>,
  tenant: TenantIdentity,
): Promise<NetworkLease[]> {
  return parsed(await observeLeases(tenant))
}

function parsed(objects: readonly KubeObject[]): NetworkLease[] {
  return objects.map(parseNetworkLease).flatMap(lease => (lease.ok ? [lease.value] : []))
}

/** As its object says, valid or not. */
function placesOf({ spec, status }: KubeObject): Place[] {
  const { network, pool } = (status ?? {}) as { network?: { cluster?: unknown }; pool?: unknown }
  const { cluster: had } = network ?? {}
  const { cluster: wanted } = (spec as { proxmox?: { cluster?: unknown } } | undefined)?.proxmox ?? {}
  const there: Place[] = typeof had === 'string' ? [{ cluster: had, was: 'there' }] : []
  if (typeof wanted !== 'string' || wanted === had) return there
  return [...there, { cluster: wanted, was: pool === undefined ? 'wanted' : 'there' }]
}

/** Without what is no place any more: its status remembers where something may be, and nothing else by then. */
export function withoutPlaces(object: KubeObject, clusters: readonly string[]): KubeObject {
  const { network, pool, ...status } = (object.status ?? {}) as { network?: { cluster?: string }; pool?: unknown }
  const wanted = (object.spec as { proxmox?: { cluster?: string } } | undefined)?.proxmox?.cluster
  const isLeft = (cluster: string | undefined) => cluster !== undefined && clusters.includes(cluster)
  const kept = {
    ...(network === undefined || isLeft(network.cluster) ? {} : { network }),
    ...(pool === undefined || isLeft(wanted ?? network?.cluster) ? {} : { pool }),
  }
  return object.status === undefined ? object : { ...object, status: { ...status, ...kept } }
}

function usersOf({ metadata, spec }: KubeObject): string[] {
  const { users } = (spec as { proxmox?: { users?: unknown } } | undefined)?.proxmox ?? {}
  if (!Array.isArray(users)) return []
  return users.flatMap((user: { name?: unknown } | null) =>
    typeof user?.name === 'string' ? [names.proxmoxUser(metadata.name, user.name)] : [],
  )
}

/** As its spec says, valid or not. */
function parentPool({ cache }: Pick<Worlds, 'cache'>, cluster: string): string {
  const { access } = (cache.proxmoxClusters.get(cluster)?.spec ?? {}) as { access?: { parentPool?: string } }
  return access?.parentPool ?? 'tenants'
}
