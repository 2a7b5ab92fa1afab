/** How a guest goes: off, destroyed, and its absence proven. Only then the TenantMachine may go. Pure. */

import type { Guest, MachineObservation } from './machine-observation.ts'
import { adoptionKeyOf, guestOwnership, isMadeAndHidden, isOtherKind } from './machine-ownership.ts'
import { heldUp, SHUTDOWN_SECONDS } from './machine-plan.ts'
import type { GuestRef } from './machine-step.ts'
import { blocked, doing, type MachineDecision, unseen, waiting } from './machine-verdict.ts'
import { formerSelfProblem, parseMark } from './proxmox-mark.ts'
import type { GuestView } from './proxmox-view.ts'

export interface Removal {
  readonly ref: GuestRef
  readonly observed: MachineObservation
  /** What the shared look says of its id. */
  readonly row?: Pick<GuestView, 'type'> | undefined
  /** It was seen with its mark before. */
  readonly made: boolean
  readonly protection: boolean
  /** A former uid of the tenant whose guests are its own. */
  readonly adopt?: string
}

/** `gone`: nothing of it is left, or nothing of it ever was. */
export function planRemoval({ ref, observed, row, made, protection, adopt }: Removal): MachineDecision | 'gone' {
  const { finding, task } = observed
  if (!made && task.state === 'running') {
    return waiting('Working', 'It is just being made, and goes as soon as it is there.')
  }
  if (finding.found === 'absent')
    return task.state === 'running' ? waiting('Working', 'It is being destroyed.') : 'gone'
  if (finding.found !== 'guest') {
    if (isMadeAndHidden(observed)) return unseen(madeAndHiddenProblem(ref))
    const isElsewhere = finding.found === 'elsewhere'
    // One that was moved before anybody saw it would be left behind.
    if (!made && (!isElsewhere || isOtherKind(row, ref))) return 'gone'
    if (task.state === 'running') return waiting('Working', 'A task of Proxmox VE is at work on it.')
    if (isElsewhere) return isOtherKind(row, ref) ? blocked(foreignProblem(ref)) : MOVING
    return blocked(hiddenProblem(ref))
  }
  const { guest } = finding
  const ownership = guestOwnership(guest, ref.mark)
  if (ownership === 'foreign') return made ? blocked(foreignProblem(ref)) : 'gone'
  if (ownership === 'former' && adoptionKeyOf(guest, ref.mark) !== adopt) {
    return made ? blocked(formerProblem(ref, guest)) : 'gone'
  }
  if (protection) {
    const message = 'It is protected: set spec.protection to false to have it destroyed.'
    return blocked({ reason: 'Protected', message })
  }
  return heldUp(guest, task) ?? nextStep(ref, guest, ownership === 'former')
}

export const MOVING = waiting('Moving', 'It has moved to another node, of which Proxmox VE will tell in a moment.')

function nextStep(ref: GuestRef, guest: Guest, isFormer: boolean): MachineDecision {
  const { digest } = guest
  if (isFormer) {
    return {
      ...doing('Destroying', 'It is taken over first.', { do: 'proxmox.markGuest', ...ref, digest }),
      end: 'again',
    }
  }
  if (guest.config.protection === '1') {
    const step = { do: 'proxmox.configureGuest', ...ref, set: { protection: false }, remove: [], digest } as const
    return { ...doing('Destroying', 'Its protection is being taken away.', step), end: 'again' }
  }
  if (guest.running) {
    const step = { do: 'proxmox.stopGuest', ...ref, timeoutSeconds: SHUTDOWN_SECONDS } as const
    return doing('Stopping', 'It is being shut down.', step)
  }
  return doing('Destroying', 'It is being destroyed.', { do: 'proxmox.destroyGuest', ...ref })
}

export function foreignProblem({ vmid, node }: GuestRef) {
  const message = `Guest ${vmid} on node ${node} does not carry the mark of this machine any more, so that it is left alone: it is somebody else's, or somebody edited its notes.`
  return { reason: 'NotOurs', message }
}

export function hiddenProblem({ vmid }: GuestRef) {
  const message = `There is a guest ${vmid}, and the token may not look at it: it was taken out of the pool of its tenant, or is somebody else's.`
  return { reason: 'NotOurs', message }
}

/** Of one that was made a moment ago, and that nobody has seen. */
export function madeAndHiddenProblem({ vmid }: Pick<GuestRef, 'vmid'>) {
  const message = `Guest ${vmid} was made, and the token may not look at it: it lacks VM.Audit on the pool of its tenant, or somebody took it out of that pool.`
  return { reason: 'NotOurs', message }
}

export function formerProblem({ vmid, mark }: Pick<GuestRef, 'vmid' | 'mark'>, guest: Guest) {
  const former = parseMark(guest.config.description) ?? mark
  return formerSelfProblem(`Guest ${vmid}`, former, mark)
}
