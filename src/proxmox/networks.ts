/** Looks at the networks of one zone: what is configured below its vnets, and what of it is in force on each node. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type {
  GuestCards,
  GuestCardsObservation,
  NetworksObservation,
  NodeNetworks,
  SubnetView,
} from '../plan/network-observation.ts'
import type { GuestView, ProxmoxView } from '../plan/proxmox-view.ts'
import { mapAtMost } from './at-most.ts'
import type { Proxmox } from './client.ts'
import { isForbidden, isMissing, isNodeUnreachable } from './errors.ts'
import type { Answer } from './route.ts'
import { lxc } from './routes/lxc.ts'
import { qemu } from './routes/qemu.ts'
import { sdn } from './routes/sdn.ts'
import { task } from './routes/task.ts'
import { observePending } from './sdn-pending.ts'

/** There may be thousands, and others have requests too, for which a client has four connections. */
const AT_ONCE = 3

/**
 * Looks into these vnets, and where something may be applied, for what else would be. Throws a ProxmoxError; a node that does not
 * answer is away.
 */
export async function observeNetworks(
  proxmox: Proxmox,
  { network, placement }: ProxmoxClusterSpec,
  view: Pick<ProxmoxView, 'nodes'>,
  { vnets, mayApply }: { readonly vnets: readonly string[]; readonly mayApply: boolean },
): Promise<NetworksObservation> {
  const zone = network.zone ?? ''
  const zones = await proxmox.call(sdn.listZones, { pending: true })
  const meant = zones.find(found => found.zone === zone)?.nodes ?? []
  const concerned = view.nodes.filter(
    ({ name }) =>
      (meant.length === 0 || meant.includes(name)) && (placement.nodes === undefined || placement.nodes.includes(name)),
  )
  const online = view.nodes.filter(node => node.online).map(({ name }) => name)
  // First, so that what ends meanwhile is seen in force.
  const applying = await isApplying(proxmox, online)
  const [nodes, subnets, pending] = await Promise.all([
    Promise.all(concerned.map(({ name, online }) => (online ? nodeNetworks(proxmox, name, zone) : undefined))),
    mapAtMost(vnets, AT_ONCE, async vnet => [vnet, await subnetsOf(proxmox, vnet)] as const),
    mayApply ? observePending(proxmox, zones) : [],
  ])
  const found = nodes.filter(node => node !== undefined)
  return {
    applying,
    nodes: found,
    away: concerned.map(({ name }) => name).filter(name => !found.some(({ node }) => node === name)),
    subnets: Object.fromEntries(subnets),
    pending,
  }
}

/** Of each node, for the list of the whole cluster shows a token none of its own tasks. */
export async function isApplying(proxmox: Proxmox, nodes: readonly string[]): Promise<boolean> {
  const found = await Promise.all(nodes.map(node => activeTasks(proxmox, node)))
  return found.flat().some(({ type, endtime }) => type === APPLYING && endtime === undefined)
}

/** Type of the task that brings the SDN into force on every node. */
const APPLYING = 'reloadnetworkall'

async function activeTasks(proxmox: Proxmox, node: string): Promise<Answer<typeof task.list>> {
  try {
    return await proxmox.call(task.list, { node, source: 'active' })
  } catch (error) {
    if (isNodeUnreachable(error)) return []
    throw error
  }
}

async function nodeNetworks(proxmox: Proxmox, node: string, zone: string): Promise<NodeNetworks | undefined> {
  try {
    const [zones, vnets] = await Promise.all([
      proxmox.call(sdn.listNodeZones, { node }),
      proxmox.call(sdn.listNodeVnets, { node, zone }),
    ])
    const status = zones.find(found => found.zone === zone)?.status
    const found = vnets.map(({ vnet, status = '', statusmsg: why }) => [vnet, { status, ...(why && { why }) }] as const)
    return { node, ...(status === undefined ? {} : { zone: status }), vnets: Object.fromEntries(found) }
  } catch (error) {
    if (isNodeUnreachable(error)) return undefined
    throw error
  }
}

/** One that has gone since has none. */
async function subnetsOf(proxmox: Proxmox, vnet: string): Promise<SubnetView[]> {
  try {
    const found = await proxmox.call(sdn.listSubnets, { vnet, pending: true })
    return found.map(({ subnet: id, state, pending, ...now }) => {
      const gateway = pending?.gateway ?? now.gateway
      return { id, ...(gateway === undefined ? {} : { gateway }), ...(state === undefined ? {} : { state }) }
    })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** A guest that is gone, or out of the token's sight, has no cards as far as anybody can tell. */
export async function observeGuestCards(
  proxmox: Proxmox,
  { nodes }: Pick<ProxmoxView, 'nodes'>,
  guests: readonly GuestView[],
): Promise<GuestCardsObservation> {
  // Proxmox VE waits half a minute for a node that is away.
  const isAway = ({ node }: GuestView) => nodes.some(({ name, online }) => name === node && !online)
  const found = await mapAtMost(guests, AT_ONCE, async guest => ({
    guest,
    cards: isAway(guest) ? undefined : await cardsOf(proxmox, guest),
  }))
  return {
    guests: found.flatMap(({ guest: { vmid }, cards }) => (cards === undefined ? [] : [{ vmid, cards }])),
    unread: found.flatMap(({ guest: { vmid }, cards }) => (cards === undefined ? [vmid] : [])),
  }
}

async function cardsOf(proxmox: Proxmox, { type, node, vmid }: GuestView): Promise<GuestCards['cards'] | undefined> {
  try {
    const config = await proxmox.call(type === 'qemu' ? qemu.getConfig : lxc.getConfig, { node, vmid })
    return Object.entries(config).flatMap(([key, card]) => (/^net\d+$/.test(key) ? [cardOf(String(card))] : []))
  } catch (error) {
    // Out of every pool: it is gone, as far as the token sees. Not on that node: it has moved, or the list is behind.
    if (isForbidden(error)) return []
    if (isMissing(error) || isNodeUnreachable(error)) return undefined
    throw error
  }
}

/** `virtio=02:00:00:00:00:01,bridge=vmbr0,tag=100` */
function cardOf(card: string): GuestCards['cards'][number] {
  const bridge = /\bbridge=([^,]+)/.exec(card)?.[1]
  const tag = /\btag=(\d+)/.exec(card)?.[1]
  return { ...(bridge === undefined ? {} : { bridge }), ...(tag === undefined ? {} : { tag: Number(tag) }) }
}
