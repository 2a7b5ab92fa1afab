/** Whose a guest is, by the mark in its description. Pure. */
import type { Guest, MachineObservation } from './machine-observation.ts'
import type { GuestRef, MachineMark } from './machine-step.ts'
import { adoptionKey, type Ownership, ownershipOf, parseMark } from './proxmox-mark.ts'
import type { GuestView, ProxmoxProblem } from './proxmox-view.ts'

/** A copy that a person makes takes the text along, and not the id; one that was renamed is another machine's. */
export function guestOwnership({ config }: Pick<Guest, 'config'>, mark: MachineMark): Ownership {
  const found = parseMark(config.description)?.machine
  if (found === undefined || found.vmid !== mark.machine.vmid || found.name !== mark.machine.name) return 'foreign'
  return ownershipOf(config.description, mark)
}

/** A container under the id of a virtual machine, or the other way round, can be nobody's but somebody else's. */
export function isOtherKind(row: Pick<GuestView, 'type'> | undefined, { type }: Pick<GuestRef, 'type'>): boolean {
  return row !== undefined && row.type !== type
}

/** What has to be said of the tenant that it belonged to, so that it is taken over. */
export function adoptionKeyOf({ config }: Pick<Guest, 'config'>, mark: MachineMark): string | undefined {
  const former = parseMark(config.description)
  return former && adoptionKey(former, mark)
}

/** Who may use a guest is said by the pool that it is in. Undefined where it is in the pool of its tenant, below it, or in none. */
export function poolProblem({ vmid, pool }: Pick<GuestView, 'vmid' | 'pool'>, own: string): ProxmoxProblem | undefined {
  if (pool === undefined || pool === own || pool.startsWith(`${own}/`)) return undefined
  const message = `Guest ${vmid} is in pool ${pool}, and not in ${own}: who may use that pool may use it. It is left as it is until it is moved back: pvesh set /pools --poolid ${own} --vms ${vmid} --allow-move 1`
  return { reason: 'WrongPool', message }
}

/** Its task has ended well, and yet it cannot be looked at: a right is missing, or somebody took it out of its pool. */
export function isMadeAndHidden({ task, finding }: MachineObservation): boolean {
  return finding.found === 'hidden' && task.state === 'none' && task.making === 'done'
}
