/** Whose a guest is, by the mark in its description. Pure. */
import type { Guest } from './machine-observation.ts'
import type { MachineMark } from './machine-step.ts'
import { type Ownership, ownershipOf, parseMark } from './proxmox-mark.ts'

/** A copy that a person makes takes the text along, and not the id; one that was renamed is another machine's. */
export function guestOwnership({ config }: Pick<Guest, 'config'>, mark: MachineMark): Ownership {
  const found = parseMark(config.description)?.machine
  if (found === undefined || found.vmid !== mark.machine.vmid || found.name !== mark.machine.name) return 'foreign'
  return ownershipOf(config.description, mark)
}

/** Of the tenant that it belonged to. */
export function formerUidOf({ config }: Pick<Guest, 'config'>): string | undefined {
  return parseMark(config.description)?.tenant.uid
}
