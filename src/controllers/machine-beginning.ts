/** Has a guest made under the id that its machine says, where everything that it needs is in place. */
import { makingStep } from '../plan/machine-making.ts'
import { missingGround } from '../plan/machine-prerequisite.ts'
import { blocked, doing, type MachineDecision, waiting } from '../plan/machine-verdict.ts'
import * as names from '../plan/names.ts'
import type { ProxmoxProblem } from '../plan/proxmox-view.ts'
import { conclude } from './machine-conclusion.ts'
import { keysOf, wishOf } from './machine-keeping.ts'
import { type MachinePorts, refOf, type SeenCase } from './machine-ports.ts'
import type { Outcome } from './outcome.ts'

/** Only after the API server has said that the machine is as the pass has read it: of two ids, one would be forgotten. */
export async function beginMaking(ports: MachinePorts, one: SeenCase): Promise<Outcome> {
  const { around, facts, look, machine, object } = one
  const ref = refOf(ports, one)
  const problem = groundProblem(ports, one)
  if (problem !== undefined) return conclude(ports, object, facts, problem)
  const wish = await wishOf(ports, one, facts, true)
  if (wish === undefined) return conclude(ports, object, facts, told(NO_NETWORK))
  const pool = names.poolName(look.spec.access.parentPool, around.tenant.name)
  const from = templateNode(one)
  if (from === undefined) return conclude(ports, object, facts, told(NO_TEMPLATE))
  const step = makingStep({ ref, spec: machine.spec, status: facts, from, pool, wish, ...keysOf(one) })
  return conclude(ports, object, facts, doing('Making', makingText(ref), step))
}

/** A container is unpacked where it is to be. */
function templateNode({ facts, look }: SeenCase): string | undefined {
  const { template, type, node } = facts
  if (template === undefined || type === 'lxc') return node
  return look.view.guests.find(({ vmid }) => vmid === template)?.node
}

const NO_TEMPLATE = { reason: 'TemplateMissing', message: 'Its template is not there, or the token may not see it.' }

export function makingText({ vmid, node }: { readonly vmid: number; readonly node: string }): string {
  return `Guest ${vmid} is being made on node ${node}.`
}

export const NO_NETWORK = { reason: 'WaitingForNetwork', message: 'The network of its tenant is not in force yet.' }

/** Why nothing can be made now; undefined where it can. */
export function groundProblem(ports: MachinePorts, one: SeenCase): MachineDecision | undefined {
  const { around, look, object } = one
  const { lease, tenant } = around
  const pool = names.poolName(look.spec.access.parentPool, tenant.name)
  const mark = { installation: ports.world.installation(), tenant }
  const problem = missingGround({ look, lease, pool, mark }) ?? around.over(object.metadata.name)
  return problem && told(problem)
}

export function told({ reason, message }: ProxmoxProblem): MachineDecision {
  return reason.startsWith('WaitingFor') ? waiting(reason, message) : blocked({ reason, message })
}
