/**
 * Which VLAN tag a tenant gets, and what follows from a tag. A NetworkLease is one tag on one ProxmoxCluster; its name is
 * made of the two, so that the API server itself keeps a tag from being given out twice. Pure.
 */
import { networkLeaseName } from './names.ts'

export interface TagRange {
  readonly first: number
  readonly last: number
}

export interface NetworkLease {
  readonly cluster: string
  readonly tag: number
  readonly tenant: { readonly name: string; readonly uid: string }
  /** RFC 3339. From then on it is in quarantine: the tag is given to nobody. */
  readonly releasedAt?: string
}

export interface TagWish {
  readonly cluster: string
  readonly range: TagRange
  readonly tenant: { readonly name: string; readonly uid: string }
  /** Exactly this tag, and no other. */
  readonly fixed?: number
}

export type TagChoice =
  /** Create the lease of this name; where it exists by now, somebody was faster: look again, and choose again. */
  | { readonly choice: 'lease'; readonly lease: NetworkLease; readonly name: string }
  | { readonly choice: 'held'; readonly lease: NetworkLease }
  | {
      readonly choice: 'none'
      readonly reason: 'VlansExhausted' | 'VlanTaken' | 'VlanOutOfRange'
      readonly message: string
    }

/**
 * The lowest tag that no lease has, in whatever phase, and that is seen nowhere in Proxmox VE. A tenant keeps the one that it
 * has. `seen`: tags of all zones and guests, whoever made them.
 */
export function chooseTag(wish: TagWish, leases: readonly NetworkLease[], seen: readonly number[]): TagChoice {
  const { cluster, range, tenant, fixed } = wish
  const ofCluster = leases.filter(lease => lease.cluster === cluster)
  const own = ofCluster.find(lease => lease.tenant.uid === tenant.uid && lease.releasedAt === undefined)
  if (own !== undefined) return { choice: 'held', lease: own }
  if (fixed !== undefined) return chooseFixed(wish, fixed, ofCluster, seen)
  const taken = new Set([...ofCluster.map(({ tag }) => tag), ...seen])
  for (let tag = range.first; tag <= range.last; tag += 1) if (!taken.has(tag)) return leaseOf(wish, tag)
  const waiting = ofCluster.filter(({ tag, releasedAt }) => releasedAt !== undefined && isWithin(tag, range)).length
  const hope =
    waiting === 0 ? '' : ` ${waiting} of them ${waiting === 1 ? 'is' : 'are'} in quarantine and will come free.`
  const message = `No VLAN IDs available in range ${range.first}–${range.last} of cluster ${cluster}.${hope}`
  return { choice: 'none', reason: 'VlansExhausted', message }
}

function chooseFixed(wish: TagWish, tag: number, leases: readonly NetworkLease[], seen: readonly number[]): TagChoice {
  const { cluster, range } = wish
  if (!isWithin(tag, range)) {
    const message = `VLAN ${tag} is not in range ${range.first}–${range.last} of cluster ${cluster}.`
    return { choice: 'none', reason: 'VlanOutOfRange', message }
  }
  const holder = leases.find(lease => lease.tag === tag)
  if (holder === undefined && !seen.includes(tag)) return leaseOf(wish, tag)
  const by =
    holder === undefined
      ? 'is in use there by somebody else'
      : holder.releasedAt === undefined
        ? `belongs to tenant "${holder.tenant.name}"`
        : `belonged to tenant "${holder.tenant.name}" and is in quarantine`
  return { choice: 'none', reason: 'VlanTaken', message: `VLAN ${tag} of cluster ${cluster} ${by}.` }
}

function leaseOf({ cluster, tenant }: TagWish, tag: number): TagChoice {
  return { choice: 'lease', lease: { cluster, tag, tenant }, name: networkLeaseName(cluster, tag) }
}

function isWithin(tag: number, { first, last }: TagRange): boolean {
  return tag >= first && tag <= last
}

export type QuarantineState =
  | { readonly state: 'held' }
  /** The tag is still somewhere: the quarantine has not begun to end. */
  | { readonly state: 'inUse' }
  | { readonly state: 'waiting'; readonly leftMs: number }
  /** The lease may go, and those who wait for a tag are to be looked at. */
  | { readonly state: 'over' }

/** A machine that somebody forgot, and that still speaks on a tag, must not be heard by the next tenant of that tag. */
export function quarantineOf(
  { tag, releasedAt }: NetworkLease,
  { seen, now, quarantineMs }: { seen: readonly number[]; now: string; quarantineMs: number },
): QuarantineState {
  if (releasedAt === undefined) return { state: 'held' }
  if (seen.includes(tag)) return { state: 'inUse' }
  const leftMs = Date.parse(releasedAt) + quarantineMs - Date.parse(now)
  return leftMs > 0 ? { state: 'waiting', leftMs } : { state: 'over' }
}

/** A network in Proxmox VE that carries the mark of a tenant of this installation. */
export interface MarkedNetwork {
  readonly tag: number
  readonly tenant: { readonly name: string; readonly uid: string }
}

/**
 * Leases that must have been lost, such as with a cluster that was restored from an older backup: networks of tenants whose
 * tag nobody holds. Of two networks with one tag, which Proxmox VE allows in two zones, neither is believed.
 */
export function leasesToRebuild(
  cluster: string,
  leases: readonly NetworkLease[],
  found: readonly MarkedNetwork[],
): { readonly lease: NetworkLease; readonly name: string }[] {
  const held = new Set(leases.filter(lease => lease.cluster === cluster).map(({ tag }) => tag))
  const owners = Map.groupBy(found, ({ tag }) => tag)
  return [...owners]
    .filter(([tag, networks]) => !held.has(tag) && new Set(networks.map(({ tenant }) => tenant.uid)).size === 1)
    .sort(([a], [b]) => a - b)
    .flatMap(([tag, [network]]) =>
      network === undefined
        ? []
        : [{ lease: { cluster, tag, tenant: network.tenant }, name: networkLeaseName(cluster, tag) }],
    )
}
