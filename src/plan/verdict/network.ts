/** Has the tenant its network in Proxmox VE? As its lease says, and without one why there is none. Pure. */
import { conditionOf, isFalse, isTrue, isUnknown, type Verdict } from '../condition-set.ts'
import { chooseTag } from '../network-lease.ts'
import { ownLease, type SliceFindings } from '../slice.ts'

export function networkVerdict({ desired, observed }: SliceFindings): Verdict {
  const { cluster, vlan } = desired.proxmox
  const lease = ownLease(desired, observed)
  if (lease === undefined) return leaselessVerdict({ desired, observed })
  const { spec, status } = lease
  if (vlan !== undefined && vlan !== spec.tag) {
    return isFalse(
      'NetworkReady',
      'VlanChangeRefused',
      `spec.proxmox.vlan asks for VLAN ${vlan}, and this tenant has VLAN ${spec.tag} of cluster ${cluster}, which it keeps. Put ${spec.tag} there, or leave it out.`,
    )
  }
  if (status?.phase === 'Ready') {
    const { subnet, vnet } = status
    const where = [vnet === undefined ? '' : ` as vnet ${vnet}`, subnet === undefined ? '' : ` with ${subnet}`].join('')
    return isTrue('NetworkReady', 'NetworkReady', `VLAN ${spec.tag} of cluster ${cluster} is in force${where}.`)
  }
  const ready = conditionOf(status, 'Ready')
  if (ready !== undefined && ready.status !== 'True') return isFalse('NetworkReady', ready.reason, ready.message)
  return isFalse('NetworkReady', 'NetworkPending', `VLAN ${spec.tag} of cluster ${cluster} is being set up.`)
}

/** Leases are given by another pass, oldest tenant first: this is only about what that one would find. */
function leaselessVerdict({ desired, observed }: Pick<SliceFindings, 'desired' | 'observed'>): Verdict {
  const { tenant, proxmox } = desired
  const { look, cluster, leases } = observed
  if (cluster === undefined) {
    const problem = look.found === 'unknown' ? look.problem : undefined
    return isUnknown('NetworkReady', problem?.reason ?? 'NetworkPending', problem?.message ?? PENDING)
  }
  const seen = look.found === 'view' ? look.view.vnets.flatMap(({ tag }) => tag ?? []) : []
  const known = leases.map(({ metadata, spec }) => ({
    ...spec,
    // Whatever is not held is given to nobody.
    ...(metadata.deletionTimestamp === undefined ? {} : { releasedAt: metadata.deletionTimestamp }),
  }))
  const wish = { cluster: proxmox.cluster, range: cluster.network.vlanRange, tenant }
  const fixed = proxmox.vlan === undefined ? {} : { fixed: proxmox.vlan }
  const choice = chooseTag({ ...wish, ...fixed }, known, seen)
  if (choice.choice === 'none') return isFalse('NetworkReady', choice.reason, choice.message)
  const problem = look.found === 'unknown' ? look.problem : look.lacking
  if (problem !== undefined) return isFalse('NetworkReady', problem.reason, `${PENDING} ${problem.message}`)
  const { first, last } = cluster.network.vlanRange
  // What guests use is known to the other pass alone.
  const which = proxmox.vlan === undefined ? `one of ${first}–${last}` : `VLAN ${proxmox.vlan}`
  const message = `${PENDING} It gets ${which} of cluster ${proxmox.cluster}, unless guests there use it: then as soon as none does.`
  return isFalse('NetworkReady', 'NetworkPending', message)
}

const PENDING = 'This tenant has not been given a VLAN yet.'
