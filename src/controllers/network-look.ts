/** Looks at what the leases of a ProxmoxCluster need to be judged by, and no further. Changes nothing. */
import type { NetworkLease } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import { conditionOf } from '../plan/condition-set.ts'
import { type Course, courseOf, unlessBlind } from '../plan/network-course.ts'
import { quarantineOf } from '../plan/network-lease.ts'
import type { NetworksObservation } from '../plan/network-observation.ts'
import { parseMark } from '../plan/proxmox-mark.ts'
import { isEdited, type NetworkInputs, type NetworkState, networkFacts, networkState } from '../plan/proxmox-network.ts'
import type { ProxmoxLook, VnetView } from '../plan/proxmox-view.ts'
import { observeGuestCards, observeNetworks } from '../proxmox/networks.ts'
import { heldLease } from './network-leases.ts'
import type { NetworksPorts } from './network-ports.ts'
import { holderOf, isProvenGone, storedStanding, strangersOf, usersOf, vnetsOn } from './network-use.ts'

export interface NetworksToServe {
  readonly cluster: string
  readonly look: Extract<ProxmoxLook, { found: 'view' }>
  readonly leases: readonly NetworkLease[]
}

/** A lease, what is to become of it, and what was found. */
export interface Work {
  readonly lease: NetworkLease
  readonly course: Course
  readonly state: NetworkState
  /** Who has its tag although it is to be free. */
  readonly users: readonly string[]
}

const NOT_LOOKED_AT: NetworksObservation = { applying: false, nodes: [], away: [], subnets: {}, pending: [] }

/** Throws a ProxmoxError or ProxmoxUnusable: nothing is judged by half a look. */
export async function lookCloser(
  ports: NetworksPorts,
  given: NetworksToServe,
): Promise<{ readonly inputs: NetworkInputs; readonly works: readonly Work[] }> {
  const { cluster, look } = given
  const courses = await coursesOf(ports, given)
  const common = { cluster, installation: ports.proxmox.installation(), spec: look.spec, view: look.view }
  const inputs: NetworkInputs = { ...common, found: await lookInto(ports, common, courses) }
  const users = await usersOfEach(ports, inputs, courses)
  const works = [...courses].map(([lease, course]) => ({
    lease,
    course,
    state: networkState(inputs, lease),
    users: users(lease),
  }))
  return { inputs, works }
}

async function coursesOf(
  { cache, kube, proxmox }: NetworksPorts,
  { look, leases }: NetworksToServe,
): Promise<Map<NetworkLease, Course>> {
  const courses = new Map<NetworkLease, Course>()
  for (const lease of leases) {
    const { tenant } = lease.spec
    const holder = holderOf(cache, look.view, { installation: proxmox.installation(), tenant })
    // Whoever took the tenant away before this lease was there, did not wait for it.
    const isNew = holder.tenant === 'alive' && lease.status?.phase === undefined
    const standing = isNew ? { ...holder, tenant: await storedStanding(kube, tenant) } : holder
    const course = unlessBlind(courseOf(lease, standing), look.blind)
    const isDestructive = course.course === 'release' || course.course === 'orphaned'
    const isAlive = isDestructive && !(await isProvenGone(kube, tenant))
    courses.set(lease, isAlive ? { course: 'serve', make: false } : course)
  }
  return courses
}

/**
 * Into vnets whose subnets matter now; in the quiet, into a few of those that are as they should be, in turn, for nobody tells
 * what people edit: so a look costs no more for many networks than for few.
 */
async function lookInto(
  { proxmox, now }: NetworksPorts,
  common: Omit<NetworkInputs, 'found'>,
  courses: ReadonlyMap<NetworkLease, Course>,
): Promise<NetworksObservation> {
  const { cluster, installation, spec, view } = common
  if (spec.network.type === 'bridge') return NOT_LOOKED_AT
  const there = [...courses].flatMap(([lease, { course }]) => {
    const { vnet: name = '' } = networkFacts(spec, lease.spec.tag)
    const found = view.vnets.find(({ vnet }) => vnet === name)
    const isQuiet = found !== undefined && found.state === undefined && isWell(lease)
    const matters = course === 'release' || (course === 'serve' && !isQuiet)
    return matters || course === 'serve' ? [{ lease, name, isThere: found !== undefined, matters }] : []
  })
  const unsettled = there.filter(({ matters }) => matters)
  const isOwn = ({ alias }: VnetView) => parseMark(alias)?.installation === installation
  const isBusy = unsettled.length > 0 || view.vnets.some(vnet => vnet.state !== undefined)
  const looked = isBusy ? unsettled.filter(({ isThere }) => isThere) : inTurn(there, now())
  const own = looked.map(({ name }) => name)
  const strange = view.vnets.filter(vnet => !isOwn(vnet)).map(({ vnet }) => vnet)
  const lookAt = async (mayApply: boolean) => {
    const vnets = [...new Set(mayApply ? [...own, ...strange] : own)]
    return observeNetworks(await proxmox.connect(cluster), spec, view, { vnets, mayApply })
  }
  const found = await lookAt(isBusy)
  // What is put back, was edited halfway, or was not taken over, is applied, for which changes of others matter after all.
  const isHalfway = Object.values(found.subnets).some(subnets => subnets.some(({ state }) => state !== undefined))
  const isOff = [...courses].some(([lease, { course }]) => {
    const state = networkState({ ...common, found }, lease)
    return course !== 'abandoned' && (isEdited(state) || state.behind.length > 0)
  })
  return (isHalfway || isOff) && !isBusy ? lookAt(true) : found
}

/** As it was told last. */
function isWell({ status }: NetworkLease): boolean {
  return status?.phase === 'Ready' && conditionOf(status, 'Ready')?.status === 'True'
}

const IN_TURN = 8
/** As often as the networks are looked at where nothing happens. */
const TURN_MS = 120_000

function inTurn<T extends { readonly name: string }>(all: readonly T[], now: string): T[] {
  const sorted = [...all].sort((a, b) => (a.name < b.name ? -1 : 1))
  const first = (Math.floor(Date.parse(now) / TURN_MS) * IN_TURN) % Math.max(1, sorted.length)
  return [...sorted.slice(first), ...sorted.slice(0, first)].slice(0, IN_TURN)
}

/** Guests are looked at only where a network is to go, or a quarantine to end. */
async function usersOfEach(
  { cache, proxmox, now }: NetworksPorts,
  { cluster, spec, view }: NetworkInputs,
  courses: ReadonlyMap<NetworkLease, Course>,
): Promise<(lease: NetworkLease) => string[]> {
  const ending = [...courses].filter(
    ([lease, { course }]) => course === 'release' || (course === 'quarantine' && leftMs(lease, spec, now()) <= 0),
  )
  if (ending.length === 0) return () => []
  const tenants = ending.map(([{ spec }]) => spec.tenant.name)
  const guests = strangersOf(cluster, cache, view, tenants)
  const cards = await observeGuestCards(await proxmox.connect(cluster), view, guests)
  return lease => {
    const { tag } = lease.spec
    const course = ending.find(([known]) => known === lease)?.[1].course
    if (course === undefined) return []
    return [...usersOf(spec, tag, cards), ...(course === 'quarantine' ? vnetsOn(tag, view) : [])]
  }
}

/** Until the quarantine is over; 0 where it is, or is none. */
export function leftMs(lease: NetworkLease, { network }: ProxmoxClusterSpec, now: string): number {
  const quarantineMs = network.quarantineSeconds * 1000
  const found = quarantineOf(heldLease(lease), { seen: [], now, quarantineMs })
  return found.state === 'waiting' ? found.leftMs : 0
}
