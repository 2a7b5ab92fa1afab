/** Gives a machine its place: an id, a node, a storage and an address, written into its status before anything is made. */

import { networkOf } from '../plan/machine-prerequisite.ts'
import type { MachineFacts } from '../plan/machine-status.ts'
import { chooseTemplate } from '../plan/machine-template.ts'
import { blocked, type MachineDecision, unready, waiting } from '../plan/machine-verdict.ts'
import { placeMachine } from '../plan/placement.ts'
import { chooseAddress } from '../plan/subnet.ts'
import { beginMaking, groundProblem, NO_NETWORK, told } from './machine-beginning.ts'
import { conclude, tell } from './machine-conclusion.ts'
import { keysOf } from './machine-keeping.ts'
import type { MachinePorts, SeenCase } from './machine-ports.ts'
import { takeUp } from './machine-take-up.ts'
import type { Outcome } from './outcome.ts'

/** Also for one whose id somebody else has got: it gets another one. */
export async function placeMachineOf(ports: MachinePorts, one: SeenCase): Promise<Outcome> {
  const { object, facts } = one
  const found = facts.vmid === undefined ? await takeUp(ports, one) : undefined
  const place = found ?? (await choose(ports, one))
  if ('verdict' in place) return conclude(ports, object, facts, place)
  const verdict = unready('Placed', `It is to be guest ${place.vmid} on node ${place.node}.`)
  const placed = await tell(ports, object, place, verdict)
  // Nobody has begun anything under an id that was only just given, so that nothing has to be looked for.
  return found === undefined ? beginMaking(ports, { ...one, object: placed, facts: place }) : { end: 'again' }
}

async function choose(ports: MachinePorts, one: SeenCase): Promise<MachineFacts | MachineDecision> {
  const { around, cluster, facts, look, machine, object } = one
  const { name } = object.metadata
  const { spec } = machine
  const problem = groundProblem(ports, one)
  if (problem !== undefined) return problem
  const network = around.lease && networkOf(around.lease)
  if (network === undefined) return told(NO_NETWORK)
  // One whose Secret is missing would only stand in the way of others.
  const { keys } = keysOf(one)
  if (keys !== undefined) await ports.readSecret(keys)
  const templateStorages = await storagesOf(ports, one)
  const machines = around.intents(cluster)
  const placement = placeMachine(
    { tenant: around.tenant, name, spec },
    { spec: look.spec, view: look.view, machines, templateStorages },
  )
  if (placement.choice !== 'place') {
    const { choice, reason, message } = placement
    return choice === 'wait' ? waiting(reason, message) : blocked({ reason, message })
  }
  const subnet = { cidr: network.cidr, gateway: network.gateway }
  const address = facts.address ?? chooseAddress(subnet, around.addressesBut(name))
  if (address === undefined) {
    return blocked({ reason: 'AddressesExhausted', message: `No address is free in ${network.cidr}.` })
  }
  const { vmid, node, storage, template } = placement
  const place: MachineFacts = {
    cluster,
    vmid,
    type: spec.container === undefined ? 'qemu' : 'lxc',
    node,
    storage,
    ...(template === undefined ? {} : { template: template.vmid }),
    address,
    ...(facts.halfMade === undefined ? {} : { halfMade: facts.halfMade }),
  }
  around.place({ tenantUid: around.tenant.uid, name, spec, status: place }, address)
  return place
}

async function storagesOf(
  { looks }: MachinePorts,
  { cluster, look, machine }: SeenCase,
): Promise<Record<number, string>> {
  const wish = machine.spec.template
  const chosen = wish && chooseTemplate(wish, look.spec, look.view)
  if (chosen?.choice !== 'template') return {}
  const { vmid } = chosen.template
  const storage = await looks.templateStorage(cluster, chosen.template)
  return storage === undefined ? {} : { [vmid]: storage }
}
