/** How a guest comes: which step makes it, and what a look at its id means before it was seen. Pure. */
import type { MachineSpec } from '../crds/machine.ts'
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import { type GuestWish, initialSettings } from './machine-config.ts'
import { rootDiskGiB } from './machine-intent.ts'
import type { Guest, MachineObservation } from './machine-observation.ts'
import { adoptionKeyOf, guestOwnership, isMadeAndHidden, isOtherKind } from './machine-ownership.ts'
import type { GuestRef, MachineStep } from './machine-step.ts'
import type { SecretKey } from './proxmox-step.ts'
import type { GuestView } from './proxmox-view.ts'

export type Progress =
  | { readonly progress: 'there'; readonly guest: Guest }
  /** It carries the mark of a former tenant, and may be taken over, or not. */
  | { readonly progress: 'former'; readonly guest: Guest; readonly mayAdopt: boolean }
  | { readonly progress: 'underWay' }
  /** Who has the id is on another node: it may be the guest itself, moved before anybody saw it, which the next look tells. */
  | { readonly progress: 'moving' }
  /** Nobody has the id, and nothing is at work: it is to be made, again where that failed before. */
  | { readonly progress: 'absent'; readonly failure?: string }
  /** It was made, and the token may not look at it: another one would be one too many. */
  | { readonly progress: 'hidden' }
  /** Who has the id is out of reach: another id is chosen. */
  | { readonly progress: 'lost'; readonly halfMade: boolean }

/** `row`: what the shared look says of the id. */
export function progressOf(
  { task, finding }: MachineObservation,
  ref: GuestRef,
  { adopt, row }: { readonly adopt: string | undefined; readonly row?: Pick<GuestView, 'type'> | undefined },
): Progress {
  if (finding.found === 'guest') {
    const { guest } = finding
    const ownership = guestOwnership(guest, ref.mark)
    if (ownership === 'own') return { progress: 'there', guest }
    if (ownership === 'former') return { progress: 'former', guest, mayAdopt: adoptionKeyOf(guest, ref.mark) === adopt }
  }
  if (task.state === 'running') return { progress: 'underWay' }
  if (finding.found === 'elsewhere' && !isOtherKind(row, ref)) return { progress: 'moving' }
  if (isMadeAndHidden({ task, finding })) return { progress: 'hidden' }
  if (finding.found !== 'absent') return { progress: 'lost', halfMade: mayBeHalfMade({ task, finding }) }
  return { progress: 'absent', ...(task.state === 'failed' ? { failure: task.why } : {}) }
}

/**
 * Whether a guest that is out of reach may be what a task of this machine has left: the mark and the pool come last, and a node that
 * goes off takes nothing back.
 */
export function mayBeHalfMade({ task, finding }: MachineObservation): boolean {
  if (finding.found !== 'hidden') return false
  return task.state === 'failed' ? task.taken !== true : task.state === 'none' && task.making === 'forgotten'
}

/** On the node that was to make it. */
export function halfMadeText({ vmid, node, type }: Pick<Guest, 'vmid' | 'node' | 'type'>): string {
  const program = type === 'qemu' ? 'qm' : 'pct'
  return `Guest ${vmid} on node ${node} may be half made: making it ended early, and it is out of reach of the token, so that it is left where it is. Look with "${program} config ${vmid}"; if it is locked and nobody's: ${program} unlock ${vmid} && ${program} destroy ${vmid}`
}

export interface Making {
  readonly ref: GuestRef
  readonly spec: MachineSpec
  readonly status: Pick<TenantMachineStatus, 'storage' | 'template'>
  /** Where the template is. */
  readonly from: string
  readonly pool: string
  readonly wish: GuestWish
  readonly keys?: SecretKey
}

export function makingStep({ ref, spec, status, from, pool, wish, keys }: Making): MachineStep {
  const { storage = '', template = 0 } = status
  if (spec.container === undefined) {
    const isFull = spec.clone === 'Full'
    return { do: 'proxmox.cloneGuest', ...ref, template, from, name: wish.name, pool, ...(isFull ? { storage } : {}) }
  }
  return {
    do: 'proxmox.createContainer',
    ...ref,
    template: spec.container.template,
    pool,
    rootfs: `${storage}:${rootDiskGiB(spec)}`,
    settings: initialSettings(wish, ref),
    ...(keys === undefined ? {} : { keys }),
  }
}
