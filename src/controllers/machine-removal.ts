/** A pass over a machine that is being deleted: its finalizer is lifted when it is proven that its guest is gone. */
import { parseMachineStatus } from '../crds/parse.ts'
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import { mayBeHalfMade } from '../plan/machine-making.ts'
import { offlineProblem } from '../plan/machine-prerequisite.ts'
import { planRemoval } from '../plan/machine-removal.ts'
import { factsOf, knownFacts, type MachineFacts } from '../plan/machine-status.ts'
import { blocked, unready, unseen } from '../plan/machine-verdict.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { conclude, tell, unobserved } from './machine-conclusion.ts'
import { stillHalfMade, tellHalfMade, withHalfMade } from './machine-half-made.ts'
import { BUSY_MS, type MachinePorts, markOf, type SeenCase, unlessAtWork } from './machine-ports.ts'
import type { MachineSurroundings } from './machine-surroundings.ts'
import { takeUp } from './machine-take-up.ts'
import type { Outcome } from './outcome.ts'

/** Torn down by what its status says, so that an invalid spec is not in the way. */
export async function removeMachine(
  ports: MachinePorts,
  around: MachineSurroundings,
  object: KubeObject,
): Promise<Outcome> {
  const { name, finalizers = [] } = object.metadata
  if (!finalizers.includes(names.MACHINE_FINALIZER)) return { end: 'done' }
  const status = parseMachineStatus(object)
  if (!status.ok) {
    const message = `Nobody can tell which guest is to go: ${status.message}.`
    const unread = knownFacts(object.status as TenantMachineStatus | undefined)
    return conclude(ports, object, unread, blocked({ reason: 'InvalidSpec', message }))
  }
  const facts = knownFacts(status.value)
  const { vmid, node, cluster = around.cluster } = facts
  const isPlaced = vmid !== undefined && node !== undefined
  // Nothing is made without a network.
  if (cluster === undefined || (!isPlaced && around.lease === undefined)) return lift(ports, object)
  const left = around.left ?? ((await ports.isKindLeaving()) ? 'KindLeaving' : undefined)
  if (left !== undefined) {
    if (left !== 'KindLeaving' && !(await isLeft(ports, around))) return { end: 'wait' }
    if (!isPlaced) return lift(ports, object)
    const message = `Guest ${vmid} is left where it is: ${WHY_LEFT[left]}`
    ports.recordEvent(object, { type: 'Warning', reason: 'GuestLeft', message })
    return lift(ports, object)
  }
  const look = await ports.world.look(cluster, { tenant: around.tenant.name, youngerThanMs: BUSY_MS })
  if (look.found === 'unknown') return conclude(ports, object, withoutPower(facts), unseen(look.problem))
  if (!isPlaced) return removeUnplaced(ports, { around, cluster, facts, look, object })
  const { type = 'qemu', made = false } = facts
  const row = look.view.guests.find(guest => guest.vmid === vmid)
  const ref = { cluster, vmid, type, node: row?.node ?? node, mark: markOf(ports, around, name, vmid) }
  const offline = made ? offlineProblem(look.view, ref.node) : undefined
  if (offline !== undefined) return conclude(ports, object, withoutPower(facts), blocked(offline))
  const query = { ...ref, made, ...taskOf(facts), ...templateOf(facts, look) }
  try {
    const { observed } = await ports.looks.look(cluster, query, { row: undefined, settled: false })
    const { protection = false } = (object.spec ?? {}) as { protection?: boolean }
    const { adopt } = around
    const decision = planRemoval({ ref, observed, row, made, protection, ...(adopt === undefined ? {} : { adopt }) })
    if (decision === 'gone') {
      const known = !made && mayBeHalfMade(observed) ? withHalfMade(facts, query) : facts
      tellHalfMade(ports, object, await stillHalfMade(ports, cluster, known))
      return await lift(ports, object)
    }
    const { finding } = observed
    const known = finding.found === 'guest' && made ? factsOf(facts, finding.guest) : facts
    return await conclude(ports, object, known, await unlessAtWork(ports, decision))
  } catch (error) {
    return conclude(ports, object, withoutPower(facts), unseen(unobserved(error)))
  }
}

/** Its status may have been lost, such as with the cluster that it was restored without. */
async function removeUnplaced(
  ports: MachinePorts,
  one: Pick<SeenCase, 'around' | 'cluster' | 'facts' | 'look' | 'object'>,
): Promise<Outcome> {
  const { facts, look, object } = one
  if (look.blind !== undefined) return conclude(ports, object, facts, unseen(look.blind))
  try {
    const found = await takeUp(ports, one)
    if (found === undefined) return await lift(ports, object)
    if ('verdict' in found) return await conclude(ports, object, facts, found)
    const verdict = unready('Destroying', `Its guest is ${found.vmid} on node ${found.node}.`)
    await tell(ports, object, found, verdict)
    return { end: 'again' }
  } catch (error) {
    return conclude(ports, object, facts, unseen(unobserved(error)))
  }
}

/** Only where it is certain: a guest that is left by mistake is left for good. */
async function isLeft({ readTenant }: MachinePorts, { left, tenant }: MachineSurroundings): Promise<boolean> {
  if (left === 'Abandoned') return true
  const found = await readTenant(tenant.name)
  if (left === 'TenantGone') return found?.metadata.uid !== tenant.uid
  return found?.metadata.uid === tenant.uid && found.metadata.deletionTimestamp === undefined
}

const WHY_LEFT: Readonly<Record<NonNullable<MachineSurroundings['left']> | 'KindLeaving', string>> = {
  NamespaceDeleted: 'the namespace is being deleted, and its tenant is not. A machine of this name takes it up again.',
  KindLeaving: 'the kind TenantMachine itself is being removed.',
  TenantGone: 'its tenant is gone.',
  Abandoned: 'somebody gave up on what the tenant has in Proxmox VE.',
}

async function lift({ writer, logger }: MachinePorts, object: KubeObject): Promise<Outcome> {
  await writer.setFinalizer(object, false)
  logger.info({ decision: 'finalizer-lifted' }, 'nothing is left of it')
  return { end: 'done' }
}

export function taskOf({ task }: MachineFacts) {
  return task === undefined ? {} : { task }
}

/** Where a clone of it may be at work: where its template is, which may be out of sight by now, and then anywhere. */
export function templateOf({ template: vmid, type }: MachineFacts, { view }: SeenCase['look']) {
  if (vmid === undefined || type === 'lxc') return {}
  const row = view.guests.find(guest => guest.vmid === vmid)
  const online = view.nodes.flatMap(({ name, online }) => (online ? [name] : []))
  return { template: { vmid, nodes: row === undefined ? online : [row.node] } }
}

/** Nobody knows whether it runs. */
export function withoutPower(facts: MachineFacts): MachineFacts {
  return facts.made === true ? { ...facts, powerState: 'Unknown' } : facts
}
