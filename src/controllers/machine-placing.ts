/** Gives a machine its place: an id, a node, a storage and an address, written into its status before anything is made. */

import { addressIn } from '../plan/machine-network.ts'
import { guestOwnership } from '../plan/machine-ownership.ts'
import { networkOf, offlineProblem } from '../plan/machine-prerequisite.ts'
import { MOVING } from '../plan/machine-removal.ts'
import type { MachineFacts } from '../plan/machine-status.ts'
import { chooseTemplate } from '../plan/machine-template.ts'
import { blocked, type MachineDecision, unready, waiting } from '../plan/machine-verdict.ts'
import * as names from '../plan/names.ts'
import { placeMachine } from '../plan/placement.ts'
import type { GuestView } from '../plan/proxmox-view.ts'
import { chooseAddress } from '../plan/subnet.ts'
import { beginMaking, groundProblem, NO_NETWORK, told } from './machine-beginning.ts'
import { conclude, tell } from './machine-conclusion.ts'
import { keysOf } from './machine-keeping.ts'
import { type MachinePorts, markOf, type SeenCase } from './machine-ports.ts'
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

/**
 * A guest of this name that carries the mark of this machine, or did so for a former tenant of the name: such as one whose
 * namespace was deleted by hand, and made again. Where nobody can tell, another one would be one too many.
 */
async function takeUp(ports: MachinePorts, one: SeenCase): Promise<MachineFacts | MachineDecision | undefined> {
  const { around, cluster, look, machine, object } = one
  const { name } = object.metadata
  const pool = names.poolName(look.spec.access.parentPool, around.tenant.name)
  const guestName = names.guestName(around.tenant.name, name)
  const type = machine.spec.container === undefined ? 'qemu' : 'lxc'
  const taken = around.intents(cluster).map(({ status }) => status.vmid)
  // Until its node has told of a guest, which one that hangs or is away does not, the list has its pool and not its name.
  const isMeant = ({ name }: GuestView) => name === undefined || name === guestName
  const rows = look.view.guests.filter(
    row => isMeant(row) && row.pool === pool && row.type === type && !taken.includes(row.vmid),
  )
  for (const { vmid, node } of rows) {
    const offline = offlineProblem(look.view, node)
    if (offline !== undefined) return blocked(offline)
    const known = { row: undefined, settled: false }
    const { observed } = await ports.looks.look(cluster, { vmid, type, node, made: true }, known)
    if (observed.finding.found === 'elsewhere') return MOVING
    if (observed.finding.found !== 'guest') continue
    const { guest } = observed.finding
    if (guestOwnership(guest, markOf(ports, around, name, vmid)) === 'foreign') continue
    const network = around.lease && networkOf(around.lease)
    const address = network && addressIn(guest, network.cidr)
    if (address !== undefined && !around.addressesBut(name).includes(address))
      return { cluster, vmid, type, node, address }
    const other = network && chooseAddress(network, around.addressesBut(name))
    return { cluster, vmid, type, node, ...(other === undefined ? {} : { address: other }) }
  }
  return undefined
}
