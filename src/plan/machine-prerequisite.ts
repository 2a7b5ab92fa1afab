/** What a machine needs around it: a network in force, a pool, a cluster that can be changed. Pure. */
import type { NetworkLeaseSpec, NetworkLeaseStatus } from '../crds/network-lease.ts'
import type { MachineNetwork } from './machine-network.ts'
import { type Mark, ownershipOf } from './proxmox-mark.ts'
import type { ProxmoxLook, ProxmoxProblem, ProxmoxView } from './proxmox-view.ts'

export interface LeaseFacts {
  readonly spec: NetworkLeaseSpec
  readonly status?: NetworkLeaseStatus | undefined
}

export type TenantNetwork = Omit<MachineNetwork, 'address'> & { readonly cidr: string }

/** Undefined as long as nobody has said what a card is to be connected to. */
export function networkOf({ spec, status }: LeaseFacts): TenantNetwork | undefined {
  const { bridge, gateway, subnet: cidr, vnet } = status ?? {}
  if (bridge === undefined || gateway === undefined || cidr === undefined) return undefined
  return { bridge, gateway, cidr, ...(vnet === undefined ? { tag: spec.tag } : {}) }
}

/** To ask a node that is away takes half a minute, and others wait along. Undefined where it may be asked. */
export function offlineProblem({ nodes }: Pick<ProxmoxView, 'nodes'>, node: string): ProxmoxProblem | undefined {
  if (nodes.find(({ name }) => name === node)?.online !== false) return undefined
  return { reason: 'NodeOffline', message: `Node ${node} is offline, so that nothing is known of it.` }
}

export interface Ground {
  readonly look: ProxmoxLook
  readonly lease: LeaseFacts | undefined
  readonly pool: string
  readonly mark: Mark
}

/** Why no guest can be made now; undefined where one can. */
export function missingGround({ look, lease, pool, mark }: Ground): ProxmoxProblem | undefined {
  if (look.found === 'unknown') return look.problem
  if (look.lacking !== undefined) return look.lacking
  if (lease === undefined) return { reason: 'WaitingForNetwork', message: 'Its tenant has no network yet.' }
  if (lease.status?.phase !== 'Ready') {
    const ready = lease.status?.conditions?.find(({ type }) => type === 'Ready')
    const why = ready === undefined ? '' : ` ${ready.reason}: ${ready.message}`
    return { reason: 'WaitingForNetwork', message: `The network of its tenant is not in force yet.${why}` }
  }
  const found = look.view.pools.find(one => one.pool === pool)
  if (found === undefined) return { reason: 'WaitingForPool', message: `There is no pool ${pool} yet.` }
  if (ownershipOf(found.comment, mark) === 'own') return undefined
  return { reason: 'WaitingForPool', message: `Pool ${pool} does not carry the mark of this tenant.` }
}
