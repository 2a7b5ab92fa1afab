/**
 * What has to be edited in the SDN so that each lease has its vnet and its subnet, or has them no more, and whether the edits
 * are to be brought into force. Only what carries the mark of the lease's tenant is touched. Pure.
 */
import type { NetworkLease } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import * as names from './names.ts'
import type { Course } from './network-course.ts'
import type { NetworksObservation } from './network-observation.ts'
import { ownershipOf, parseMark } from './proxmox-mark.ts'
import type { ProxmoxView, VnetView } from './proxmox-view.ts'
import type { SdnStep } from './sdn-step.ts'
import { type Subnet, subnetOf } from './subnet.ts'

export interface NetworkFacts {
  readonly vnet?: string
  readonly bridge: string
  readonly subnet?: Subnet
}

/** What follows from cluster and tag alone. */
export function networkFacts({ network }: ProxmoxClusterSpec, tag: number): NetworkFacts {
  const subnet = subnetOf(network.subnetBase, tag)
  const addresses = subnet === undefined ? {} : { subnet }
  if (network.type === 'bridge') return { bridge: network.bridge ?? '', ...addresses }
  const vnet = names.vnetName(network.vnetPrefix, tag)
  return { vnet, bridge: vnet, ...addresses }
}

export interface NetworkInputs {
  readonly cluster: string
  readonly installation: string
  readonly spec: ProxmoxClusterSpec
  readonly view: ProxmoxView
  readonly found: NetworksObservation
}

export interface NetworkState {
  /** `there`: configured, with the mark of the tenant. `bridged`: there is no SDN, and the bridge carries every tag. */
  readonly vnet: 'there' | 'missing' | 'bridged'
  /** Somebody else's vnet, or a change, is in the way. */
  readonly taken?: string
  readonly lacksSubnet: boolean
  /** Somebody has given its subnet another gateway. */
  readonly strangeGateway: boolean
  /** Something of it waits to be applied. */
  readonly pending: boolean
  /** Nodes on which it is not yet as it is configured, and those where it cannot be. In words. */
  readonly behind: readonly string[]
  readonly broken: readonly string[]
}

export function isInForce({ vnet, taken, pending, behind, broken, ...state }: NetworkState): boolean {
  if (vnet === 'bridged') return true
  const isWhole = vnet === 'there' && taken === undefined && !isEdited(state)
  return isWhole && !pending && behind.length + broken.length === 0
}

/** Its subnet is not as it was made. */
export function isEdited(state: Pick<NetworkState, 'lacksSubnet' | 'strangeGateway'>): boolean {
  return state.lacksSubnet || state.strangeGateway
}

/** As far as anybody can look: nothing is known of nodes that are away. */
export function isGone({ vnet, pending, behind }: NetworkState): boolean {
  return vnet === 'bridged' || (vnet === 'missing' && !pending && behind.length === 0)
}

const BRIDGED: NetworkState = {
  vnet: 'bridged',
  lacksSubnet: false,
  strangeGateway: false,
  pending: false,
  behind: [],
  broken: [],
}

/** A vnet that was not looked into is believed to have its subnet. */
export function networkState(inputs: NetworkInputs, { spec }: Pick<NetworkLease, 'spec'>): NetworkState {
  const { view, found, installation } = inputs
  const { vnet: name, subnet } = networkFacts(inputs.spec, spec.tag)
  if (name === undefined) return BRIDGED
  const vnet = view.vnets.find(({ vnet }) => vnet === name)
  const isOwn = vnet !== undefined && ownershipOf(vnet.alias, { installation, tenant: spec.tenant }) === 'own'
  const subnets = found.subnets[name]
  const kept = (subnets ?? []).filter(({ state }) => state !== 'deleted')
  const own = subnet === undefined ? undefined : kept.find(({ id }) => id === subnetId(inputs, subnet))
  const isPending = vnet?.state !== undefined || (subnets ?? []).some(({ state }) => state !== undefined)
  const onNodes = found.nodes.map(node => ({ node: node.node, ...stateOnNode(node, name, vnet !== undefined) }))
  const taken = takenMessage(inputs, spec, name, isOwn)
  return {
    vnet: isOwn && vnet.state !== 'deleted' ? 'there' : 'missing',
    ...(taken === undefined ? {} : { taken }),
    lacksSubnet: subnets !== undefined && subnet !== undefined && own === undefined,
    strangeGateway: own !== undefined && own.gateway !== subnet?.gateway,
    // What somebody else has pending under this name is not ours to wait for.
    pending: isPending && (isOwn || vnet === undefined),
    behind: onNodes.flatMap(({ node, behind }) => (behind === undefined ? [] : [`${node} (${behind})`])),
    broken: onNodes.flatMap(({ node, broken }) => (broken === undefined ? [] : [`${node} (${broken})`])),
  }
}

function stateOnNode(
  { zone, vnets }: NetworksObservation['nodes'][number],
  name: string,
  isConfigured: boolean,
): { readonly behind?: string; readonly broken?: string } {
  const found = vnets[name]
  if (!isConfigured) return zone === 'pending' || found !== undefined ? { behind: 'not reloaded yet' } : {}
  if (found === undefined) return { behind: 'not there yet' }
  if (found.status === 'available') return {}
  const why = found.why ?? found.status
  return found.status === 'error' ? { broken: why } : { behind: why }
}

function takenMessage(
  { spec: { network }, view, installation }: NetworkInputs,
  { tag, tenant }: NetworkLease['spec'],
  name: string,
  isOwn: boolean,
): string | undefined {
  const there = view.vnets.filter(({ state }) => state !== 'deleted')
  const named = there.find(({ vnet }) => vnet === name)
  const former = parseMark(named?.alias)
  if (named !== undefined && !isOwn && former?.tenant.name === tenant.name) {
    const by = former.installation === installation ? '' : ` by installation ${former.installation}`
    return `Vnet ${name} of zone ${named.zone} was made for an earlier tenant of this name${by}. It is left alone, for its machines may be on it.`
  }
  if (named !== undefined && !isOwn) {
    return `Vnet ${name} of zone ${named.zone} does not carry the mark of this tenant. ${LEFT_ALONE}`
  }
  if (named !== undefined && (named.zone !== network.zone || named.tag !== tag)) {
    return `Somebody has given vnet ${name} the tag ${named.tag} in zone ${named.zone}; it should have tag ${tag} in zone ${network.zone}. Change it back.`
  }
  const tagged = there.find(other => other.vnet !== name && other.zone === network.zone && other.tag === tag)
  return tagged === undefined ? undefined : `Vnet ${tagged.vnet} of zone ${tagged.zone} has tag ${tag}. ${LEFT_ALONE}`
}

const LEFT_ALONE = "It is somebody else's and left alone: remove it, and the network of this tenant is made."

function subnetId({ spec }: Pick<NetworkInputs, 'spec'>, { cidr }: Subnet): string {
  return `${spec.network.zone}-${cidr.replace('/', '-')}`
}

/** What somebody else has changed and not applied: it would come into force together with our own changes. Sorted. */
export function foreignPending({ installation, view, found }: NetworkInputs): string[] {
  const own = ({ alias }: VnetView) => parseMark(alias)?.installation === installation
  const strange = view.vnets.filter(vnet => !own(vnet))
  const vnets = strange.flatMap(({ vnet, state }) => (state === undefined ? [] : [`vnet ${vnet} (${state})`]))
  const subnets = strange.flatMap(({ vnet }) =>
    (found.subnets[vnet] ?? []).flatMap(({ id, state }) => (state === undefined ? [] : [`subnet ${id} (${state})`])),
  )
  return [...found.pending.map(({ name, state }) => `${name} (${state})`), ...vnets, ...subnets].sort()
}

/** In order; none where nothing of this lease is to be edited. */
export function planEdits(
  inputs: NetworkInputs,
  { spec }: Pick<NetworkLease, 'spec'>,
  course: Course,
  state: NetworkState,
): SdnStep[] {
  const { cluster, found, installation } = inputs
  const { vnet, subnet } = networkFacts(inputs.spec, spec.tag)
  if (vnet === undefined) return []
  const on = { cluster, vnet, mark: { installation, tenant: spec.tenant, vlan: spec.tag } }
  const isThere = state.vnet === 'there'
  if (course.course === 'release') {
    const subnets = (found.subnets[vnet] ?? []).filter(({ state }) => state !== 'deleted')
    const removals = subnets.map(({ id }) => ({ do: 'sdn.deleteSubnet', id, ...on }) as const)
    return isThere ? [...removals, { do: 'sdn.deleteVnet', ...on }] : []
  }
  if (course.course !== 'serve' || !course.make || state.taken !== undefined) return []
  const { zone = '' } = inputs.spec.network
  const vnetSteps: SdnStep[] = isThere ? [] : [{ do: 'sdn.createVnet', zone, tag: spec.tag, ...on }]
  if (subnet === undefined) return vnetSteps
  const ofSubnet = { id: subnetId(inputs, subnet), ...subnet, ...on }
  if (!isThere || state.lacksSubnet) return [...vnetSteps, { do: 'sdn.createSubnet', ...ofSubnet }]
  return state.strangeGateway ? [{ do: 'sdn.updateSubnet', ...ofSubnet }] : []
}
