/** Who still holds or uses the network of a lease: its tenant, what that has, and guests that nobody speaks for. */
import type { NetworkLease } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { Kube } from '../kube/client.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { Holder } from '../plan/network-course.ts'
import type { GuestCardsObservation } from '../plan/network-observation.ts'
import type { KubeObject } from '../plan/object.ts'
import { ownershipOf } from '../plan/proxmox-mark.ts'
import { networkFacts } from '../plan/proxmox-network.ts'
import type { GuestView, ProxmoxView } from '../plan/proxmox-view.ts'

type HolderCache = Pick<TenantCache, 'tenants' | 'namespaces' | 'machines'>

export function holderOf(
  cache: HolderCache,
  { pools, users }: Pick<ProxmoxView, 'pools' | 'users'>,
  { installation, tenant }: { installation: string; tenant: NetworkLease['spec']['tenant'] },
): Holder {
  // Every lease is compared with everything: a text without the uid is not taken apart.
  const isOwn = ({ comment }: { readonly comment?: string }) =>
    comment?.includes(tenant.uid) === true && ownershipOf(comment, { installation, tenant }) === 'own'
  return {
    tenant: standingOf(cache.tenants.get(tenant.name), tenant),
    pools: pools.filter(isOwn).map(({ pool }) => pool),
    users: users.filter(isOwn).map(({ user }) => user),
    machines: machinesOf(cache, tenant),
  }
}

/** In its namespace, which a later tenant of the same name makes anew. */
function machinesOf({ namespaces, machines }: HolderCache, tenant: NetworkLease['spec']['tenant']): string[] {
  const namespace = names.namespaceName(tenant.name)
  const owner = namespaces.get(namespace)?.metadata.labels?.[names.TENANT_UID_LABEL]
  return owner === tenant.uid ? machines.list(namespace).map(({ metadata }) => metadata.name) : []
}

/** Asked of the API server itself: what a watch has not seen yet must not cost a tenant its network. */
export async function isProvenGone(kube: Pick<Kube, 'get'>, tenant: NetworkLease['spec']['tenant']): Promise<boolean> {
  return (await storedStanding(kube, tenant)) !== 'alive'
}

export async function storedStanding(
  kube: Pick<Kube, 'get'>,
  tenant: NetworkLease['spec']['tenant'],
): Promise<Holder['tenant']> {
  const found = await kube.get({ apiVersion: names.API_VERSION, kind: 'Tenant', name: tenant.name })
  return standingOf(found, tenant)
}

function standingOf(found: KubeObject | undefined, { uid }: NetworkLease['spec']['tenant']): Holder['tenant'] {
  if (found?.metadata.uid !== uid) return 'gone'
  return found.metadata.deletionTimestamp === undefined ? 'alive' : 'deleting'
}

/**
 * Guests in sight that are no TenantMachine, running or not, and those of tenants with these names: a later tenant may have adopted
 * guests that are still where they were. A template runs never.
 */
export function strangersOf(
  cluster: string,
  { machines }: Pick<TenantCache, 'machines'>,
  { guests }: Pick<ProxmoxView, 'guests'>,
  tenants: readonly string[] = [],
): GuestView[] {
  const namespaces = new Set(tenants.map(names.namespaceName))
  const known = machines.list().flatMap(({ metadata, status }) => {
    const { cluster: on, vmid } = (status ?? {}) as { cluster?: string; vmid?: number }
    return on === cluster && vmid !== undefined && !namespaces.has(metadata.namespace ?? '') ? [vmid] : []
  })
  const isKnown = new Set(known)
  return guests.filter(({ template, vmid }) => !template && !isKnown.has(vmid))
}

/**
 * Tags of the range that cards of these guests carry, with the guests, in words. One that cannot be looked at may carry any: if
 * that kept all of them, nobody would get a network while a node is away.
 */
export function tagsOf(
  { network: { vlanRange } }: ProxmoxClusterSpec,
  { guests }: Pick<GuestCardsObservation, 'guests'>,
): Map<number, string> {
  const used = guests.flatMap(({ vmid, cards }) => cards.flatMap(({ tag }) => (tag === undefined ? [] : { tag, vmid })))
  const within = used.filter(({ tag }) => tag >= vlanRange.first && tag <= vlanRange.last)
  const byTag = Map.groupBy(within, ({ tag }) => tag)
  return new Map([...byTag].map(([tag, users]) => [tag, users.map(({ vmid }) => `guest ${vmid}`).join(', ')]))
}

/** In words. On one bridge, the same tag is the same network, whatever it is called. */
export function usersOf(spec: ProxmoxClusterSpec, tag: number, { guests, unread }: GuestCardsObservation): string[] {
  const { vnet } = networkFacts(spec, tag)
  const using = guests.filter(({ cards }) =>
    cards.some(card => card.tag === tag || (vnet !== undefined && card.bridge === vnet)),
  )
  return [
    ...using.map(({ vmid }) => `guest ${vmid}`),
    ...unread.map(vmid => `perhaps guest ${vmid}, which cannot be looked at`),
  ]
}

/** Vnets in sight that have the tag, of whatever zone. */
export function vnetsOn(tag: number, { vnets }: Pick<ProxmoxView, 'vnets'>): string[] {
  return vnets.filter(vnet => vnet.tag === tag).map(({ vnet }) => `vnet ${vnet}`)
}
