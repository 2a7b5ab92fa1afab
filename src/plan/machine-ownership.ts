/** Whose a guest is, by the mark in its description. Pure. */
import type { Guest } from './machine-observation.ts'
import type { GuestRef, MachineMark } from './machine-step.ts'
import { adoptionKey, type Ownership, ownershipOf, parseMark } from './proxmox-mark.ts'
import type { GuestView } from './proxmox-view.ts'

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
