/** A machine whose guest was seen: it is kept as its spec says, or left alone where it is somebody else's by now. */
import type { GuestWish } from '../plan/machine-config.ts'
import type { MachineObservation } from '../plan/machine-observation.ts'
import { adoptionKeyOf, guestOwnership, isOtherKind, poolProblem } from '../plan/machine-ownership.ts'
import { planMachine } from '../plan/machine-plan.ts'
import { networkOf, offlineProblem } from '../plan/machine-prerequisite.ts'
import { foreignProblem, formerProblem, hiddenProblem, MOVING } from '../plan/machine-removal.ts'
import { factsOf, type MachineFacts } from '../plan/machine-status.ts'
import { blocked, doing, unready, waiting } from '../plan/machine-verdict.ts'
import * as names from '../plan/names.ts'
import type { SecretKey } from '../plan/proxmox-step.ts'
import { keysDigest } from '../plan/ssh-keys.ts'
import { conclude, tell } from './machine-conclusion.ts'
import { stillHalfMade } from './machine-half-made.ts'
import { isSettled, type MachinePorts, refOf, type SeenCase, unlessAtWork } from './machine-ports.ts'
import { taskOf, withoutPower } from './machine-removal.ts'
import type { Outcome } from './outcome.ts'

export async function keepMachine(ports: MachinePorts, one: SeenCase): Promise<Outcome> {
  const { cluster, facts, look, object } = one
  const ref = refOf(ports, one)
  const offline = offlineProblem(look.view, ref.node)
  if (offline !== undefined) return conclude(ports, object, withoutPower(facts), blocked(offline))
  const row = look.view.guests.find(({ vmid }) => vmid === ref.vmid)
  const settled = isSettled(object)
  const { observed, fresh } = await ports.looks.look(
    cluster,
    { ...ref, made: true, ...taskOf(facts) },
    { row, settled },
  )
  return keepGuest(ports, one, observed, fresh)
}

export async function keepGuest(
  ports: MachinePorts,
  one: SeenCase,
  { finding, task }: MachineObservation,
  fresh = true,
): Promise<Outcome> {
  const { around, cluster, facts, look, object } = one
  const ref = refOf(ports, one)
  const row = look.view.guests.find(({ vmid }) => vmid === ref.vmid)
  if (finding.found === 'elsewhere') {
    const decision = isOtherKind(row, ref) ? blocked(foreignProblem(ref)) : MOVING
    return conclude(ports, object, facts, decision)
  }
  if (finding.found === 'hidden') return conclude(ports, object, facts, blocked(hiddenProblem(ref)))
  if (finding.found === 'absent') return makeAgain(ports, one)
  const { guest } = finding
  const ownership = guestOwnership(guest, ref.mark)
  if (ownership === 'foreign') return conclude(ports, object, facts, blocked(foreignProblem(ref)))
  const seen = factsOf(facts, guest)
  const known = fresh && seen.halfMade !== undefined ? await stillHalfMade(ports, cluster, seen) : seen
  if (ownership === 'former') {
    if (adoptionKeyOf(guest, ref.mark) !== around.adopt)
      return conclude(ports, object, known, blocked(formerProblem(ref, guest)))
    const step = { do: 'proxmox.markGuest', ...ref, digest: guest.digest } as const
    return conclude(ports, object, known, { ...doing('Adopting', 'It is taken over.', step), end: 'again' })
  }
  const pool = names.poolName(look.spec.access.parentPool, around.tenant.name)
  const misplaced = row && poolProblem(row, pool)
  if (misplaced !== undefined) return conclude(ports, object, known, blocked(misplaced))
  const wish = await wishOf(ports, one, known, fresh)
  if (wish === undefined) return conclude(ports, object, known, waiting('WaitingForNetwork', NO_NETWORK))
  const over = around.over(object.metadata.name)
  const situation = {
    ref: { ...ref, node: guest.node },
    guest,
    task,
    fresh,
    wish,
    ...keysOf(one),
    ...(over && { over }),
  }
  return conclude(ports, object, known, await unlessAtWork(ports, planMachine(situation)))
}

const NO_NETWORK = 'The network of its tenant is not known, so that its card cannot be connected.'

/** What was on its disks is gone, whoever destroyed it: a new one takes its place, and an event says so. */
async function makeAgain(ports: MachinePorts, { facts, object }: SeenCase): Promise<Outcome> {
  const message = `Guest ${facts.vmid} was destroyed by somebody else. It is made again, with new disks.`
  ports.recordEvent(object, { type: 'Warning', reason: 'GuestLost', message })
  const { made: _, macAddress: __, powerState: ___, pendingReboot: ____, task: _____, ...place } = facts
  await tell(ports, object, place, unready('GuestLost', message))
  return { end: 'again' }
}

/** Undefined as long as there is no network. The keys are read only where they are compared with those of the guest. */
export async function wishOf(
  ports: MachinePorts,
  one: SeenCase,
  facts: MachineFacts,
  readsKeys: boolean,
): Promise<GuestWish | undefined> {
  const { around, machine, object } = one
  const network = around.lease && networkOf(around.lease)
  const { address } = facts
  if (network === undefined || address === undefined) return undefined
  const { keys } = keysOf(one)
  const { cidr: _, ...card } = network
  return {
    spec: machine.spec,
    name: names.guestName(around.tenant.name, object.metadata.name),
    tags: ['tenantry', around.tenant.name],
    network: { ...card, address },
    ...(keys === undefined || !readsKeys ? {} : { keysDigest: keysDigest(await ports.readSecret(keys)) }),
  }
}

export function keysOf({ around, machine }: SeenCase): { readonly keys?: SecretKey } {
  const keys = machine.spec.cloudInit?.sshKeysSecretRef
  return keys === undefined ? {} : { keys: { namespace: around.namespace, ...keys } }
}
