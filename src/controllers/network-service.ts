/** Brings the networks of all leases of a ProxmoxCluster to what they are to be, and tells each lease how far it is. */
import type { NetworkLease } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import { leaseStatusOf } from '../plan/network-status.ts'
import { parseMark } from '../plan/proxmox-mark.ts'
import { foreignPending, isInForce, type NetworkInputs, networkFacts, planEdits } from '../plan/proxmox-network.ts'
import type { ProxmoxProblem, VnetView } from '../plan/proxmox-view.ts'
import { leftMs, lookCloser, type NetworksToServe, type Work } from './network-look.ts'
import { freeLease, LEASE_KIND, type NetworksPorts, tellLease } from './network-ports.ts'
import type { Outcome } from './outcome.ts'
import { runStages } from './stage-runner.ts'

/** So many leases are edited before what was edited is brought into force: nobody waits for all the others. */
const BATCH = 64
/** Of a quarantine that ends sooner, the end is waited for. */
const SOON_MS = 120_000

export async function serveNetworks(ports: NetworksPorts, given: NetworksToServe): Promise<Outcome> {
  const { inputs, works } = await lookCloser(ports, given)
  const foreign = foreignProblem(inputs)
  const edited = await edit(ports, inputs, works, { foreign, lacking: given.look.lacking })
  const applied = await apply(ports, inputs, works, { foreign, edited })
  const obstacleOf = (work: Work) =>
    edited.failures.get(work.lease) ?? foreign ?? applied.failure ?? (isServed(work) ? given.look.lacking : undefined)
  for (const work of works) await conclude(ports, inputs, work, obstacleOf(work))
  return outcomeOf(ports, inputs, works, { obstacleOf, applied, edited })
}

function isServed({ course }: Work): boolean {
  return course.course === 'serve'
}

function foreignProblem(inputs: NetworkInputs): ProxmoxProblem | undefined {
  const pending = foreignPending(inputs)
  if (pending.length === 0) return undefined
  const message = `Changes of somebody else wait to be applied in Proxmox VE: ${pending.join(', ')}. They would come into force together with those for tenants: apply or revert them (Datacenter, SDN).`
  return { reason: 'ForeignPendingChanges', message }
}

interface Edited {
  readonly count: number
  readonly failures: ReadonlyMap<NetworkLease, ProxmoxProblem>
}

async function edit(
  { proxmox, logger }: NetworksPorts,
  inputs: NetworkInputs,
  works: readonly Work[],
  { foreign, lacking }: { foreign: ProxmoxProblem | undefined; lacking: ProxmoxProblem | undefined },
): Promise<Edited> {
  const failures = new Map<NetworkLease, ProxmoxProblem>()
  let count = 0
  for (const { lease, course, state, users } of works) {
    const mayEdit = foreign === undefined && (course.course === 'release' ? users.length === 0 : lacking === undefined)
    const steps = mayEdit ? planEdits(inputs, lease, course, state) : []
    if (steps.length === 0) continue
    const stages = steps.map(step => ({ name: 'Network', steps: [step] }) as const)
    const [failure] = (await runStages({ worlds: proxmox, logger }, stages)).failures
    if (failure !== undefined) failures.set(lease, failure)
    count += 1
    if (count === BATCH) break
  }
  return { count, failures }
}

interface Applied {
  /** The nodes are at it now. */
  readonly underWay: boolean
  readonly asked: boolean
  readonly failure?: ProxmoxProblem
}

async function apply(
  { proxmox, logger, vainApplies, now }: NetworksPorts,
  { cluster, installation, view, found }: NetworkInputs,
  works: readonly Work[],
  { foreign, edited }: { foreign: ProxmoxProblem | undefined; edited: Edited },
): Promise<Applied> {
  const underWay = found.applying
  const isOwn = ({ alias }: VnetView) => parseMark(alias)?.installation === installation
  const waits = (vnet: VnetView) =>
    isOwn(vnet) && (vnet.state !== undefined || found.subnets[vnet.vnet]?.some(({ state }) => state !== undefined))
  const nowMs = Date.parse(now())
  const situation = {
    behind: works.flatMap(({ state, course }) => (course.course === 'abandoned' ? [] : state.behind)),
    online: view.nodes.flatMap(({ name, online }) => (online ? [name] : [])),
  }
  const isBehind = vainApplies.mayHelp(cluster, situation, nowMs)
  const isDue = edited.count > edited.failures.size || view.vnets.some(waits) || isBehind
  if (!isDue || underWay || foreign !== undefined) return { underWay, asked: false }
  const steps = [{ do: 'sdn.apply', cluster, installation } as const]
  const [failure] = (await runStages({ worlds: proxmox, logger }, [{ name: 'Network', steps }])).failures
  // One that was refused told the nodes nothing.
  if (failure === undefined) vainApplies.tried(cluster, situation, nowMs)
  return { underWay, asked: true, ...(failure === undefined ? {} : { failure }) }
}

/** Frees the tag, lets go what stands for nothing, or tells how far it is. */
async function conclude(
  ports: NetworksPorts,
  { spec, found }: NetworkInputs,
  work: Work,
  obstacle: ProxmoxProblem | undefined,
): Promise<void> {
  const { lease, course, state, users } = work
  if (isOver(ports, spec, work)) return freeLease(ports, lease)
  if (isEmptyOrphan(work)) {
    const { name, uid = '' } = lease.metadata
    await ports.kube.delete({ ...LEASE_KIND, name }, { uid })
    return
  }
  const { quarantineSeconds } = spec.network
  const facts = networkFacts(spec, lease.spec.tag)
  const { away } = found
  const findings = { lease, course, state, facts, away, users, obstacle, quarantineSeconds, now: ports.now() }
  await tellLease(ports, lease, leaseStatusOf(findings))
}

function isOver({ now }: NetworksPorts, spec: ProxmoxClusterSpec, { lease, course, users }: Work): boolean {
  return course.course === 'quarantine' && users.length === 0 && leftMs(lease, spec, now()) <= 0
}

/** Made for a tenant that had gone by then: nothing was ever there. */
function isEmptyOrphan({ course, state, lease }: Work): boolean {
  if (course.course !== 'orphaned' || course.left.length > 0 || course.unseen !== undefined) return false
  return state.vnet !== 'there' && lease.status?.phase === undefined
}

function outcomeOf(
  { now }: NetworksPorts,
  { spec }: NetworkInputs,
  works: readonly Work[],
  {
    obstacleOf,
    applied,
    edited,
  }: { obstacleOf: (work: Work) => ProxmoxProblem | undefined; applied: Applied; edited: Edited },
): Outcome {
  const isUnsettled = ({ course, state }: Work) =>
    course.course === 'release' || course.course === 'hold' || (course.course === 'serve' && !isInForce(state))
  const [problem] = works.filter(isUnsettled).flatMap(work => obstacleOf(work) ?? [])
  if (problem !== undefined) return { end: 'backoff', reason: problem.reason }
  if (edited.count > 0) return { end: 'again' }
  if (applied.underWay) return { end: 'wait' }
  const stuck = works.some(work => isUnsettled(work) || work.users.length > 0)
  if (stuck) return { end: 'backoff', reason: 'NetworksUnsettled' }
  const isEnding = works.some(
    ({ lease, course }) => course.course === 'quarantine' && leftMs(lease, spec, now()) <= SOON_MS,
  )
  return isEnding ? { end: 'wait' } : { end: 'done' }
}
