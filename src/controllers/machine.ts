/**
 * One pass over a TenantMachine. Its status says where its guest is to be before it is made, so that it is found whatever happens then:
 *
 *   nothing ─▶ vmid, node, address in its status ─▶ being made ─▶ seen with its mark: made ─▶ settings, disks, power
 *                        ▲                              │
 *                        └── somebody else has the id ──┘
 */
import { parseTenantMachine } from '../crds/parse.ts'
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import { knownFacts } from '../plan/machine-status.ts'
import { blocked, type MachineDecision, unseen } from '../plan/machine-verdict.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { conclude, tell, unobserved } from './machine-conclusion.ts'
import { keepMachine } from './machine-keeping.ts'
import { makeMachine } from './machine-making.ts'
import { placeMachineOf } from './machine-placing.ts'
import { BUSY_MS, isSettled, type MachineCase, type MachinePorts } from './machine-ports.ts'
import { removeMachine, withoutPower } from './machine-removal.ts'
import type { MachineSurroundings } from './machine-surroundings.ts'
import type { Outcome } from './outcome.ts'

/** Not looked at anew more often than that while everything is as it should be. */
const CALM_MS = 30_000

export async function reconcileMachine(
  ports: MachinePorts,
  around: MachineSurroundings,
  found: KubeObject,
): Promise<Outcome> {
  const { metadata } = found
  if (metadata.deletionTimestamp !== undefined) return removeMachine(ports, around, found)
  // Its tenant goes, and deletes it when its turn comes.
  if (around.isLeaving) return { end: 'done' }
  const parsed = parseTenantMachine(found)
  if (!parsed.ok) {
    const verdict = { state: 'stalled', reason: 'InvalidSpec', message: parsed.message } as const
    await tell(ports, found, knownFacts(found.status as TenantMachineStatus | undefined), verdict)
    return { end: 'terminal', reason: 'InvalidSpec' }
  }
  const machine = parsed.value
  const facts = knownFacts(machine.status)
  const isGuarded = metadata.finalizers?.includes(names.MACHINE_FINALIZER) === true
  const object = isGuarded ? found : await ports.writer.setFinalizer(found, true)
  const cluster = facts.cluster ?? around.cluster
  if (cluster === undefined) return conclude(ports, object, facts, NO_PROXMOX)
  const youngerThanMs = isSettled(found) ? CALM_MS : BUSY_MS
  const look = await ports.world.look(cluster, { tenant: around.tenant.name, youngerThanMs })
  const one: MachineCase = { around, object, machine, cluster, look, facts }
  try {
    if (look.found === 'unknown') return await conclude(ports, object, withoutPower(facts), unseen(look.problem))
    if (facts.vmid === undefined) return await placeMachineOf(ports, { ...one, look })
    return facts.made === true ? await keepMachine(ports, { ...one, look }) : await makeMachine(ports, { ...one, look })
  } catch (error) {
    return conclude(ports, object, withoutPower(facts), unseen(unobserved(error)))
  }
}

const NO_PROXMOX: MachineDecision = blocked({
  reason: 'NoProxmox',
  message: 'Its tenant has no part of a Proxmox VE cluster: spec.proxmox of the Tenant says on which one.',
})
