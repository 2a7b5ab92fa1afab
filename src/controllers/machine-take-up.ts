/** Looks for the guest of a machine whose status does not name one. */
import { addressIn } from '../plan/machine-network.ts'
import { guestOwnership } from '../plan/machine-ownership.ts'
import { networkOf, offlineProblem } from '../plan/machine-prerequisite.ts'
import { MOVING } from '../plan/machine-removal.ts'
import type { MachineFacts } from '../plan/machine-status.ts'
import { blocked, type MachineDecision } from '../plan/machine-verdict.ts'
import * as names from '../plan/names.ts'
import type { GuestView } from '../plan/proxmox-view.ts'
import { chooseAddress } from '../plan/subnet.ts'
import { type MachinePorts, markOf, type SeenCase } from './machine-ports.ts'

/**
 * A guest of this name that carries the mark of this machine, or did so for a former tenant of the name: such as one whose
 * namespace was deleted by hand, and made again. Where nobody can tell, another one would be one too many.
 */
export async function takeUp(
  ports: MachinePorts,
  one: Pick<SeenCase, 'around' | 'cluster' | 'look' | 'object'>,
): Promise<MachineFacts | MachineDecision | undefined> {
  const { around, cluster, look, object } = one
  const { name } = object.metadata
  const pool = names.poolName(look.spec.access.parentPool, around.tenant.name)
  const guestName = names.guestName(around.tenant.name, name)
  const { container } = (object.spec ?? {}) as { container?: unknown }
  const type = container === undefined ? 'qemu' : 'lxc'
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
