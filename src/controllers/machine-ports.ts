/** What passes over machines need, and what they know of the one they are at. */
import type { Logger } from 'pino'
import type { TenantMachine } from '../crds/parse.ts'
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import { conditionOf } from '../plan/condition-set.ts'
import type { MachineFacts } from '../plan/machine-status.ts'
import type { GuestRef, MachineMark } from '../plan/machine-step.ts'
import { type MachineDecision, waiting } from '../plan/machine-verdict.ts'
import type { KubeObject } from '../plan/object.ts'
import type { SecretKey } from '../plan/proxmox-step.ts'
import type { ProxmoxLook } from '../plan/proxmox-view.ts'
import type { GuestLooks } from './guest-looks.ts'
import type { MachineSurroundings } from './machine-surroundings.ts'
import type { MachineWriter } from './machine-writer.ts'
import type { ConnectedProxmoxWorld } from './proxmox-world.ts'
import type { Worlds } from './worlds.ts'

export interface MachinePorts {
  readonly world: Pick<ConnectedProxmoxWorld, 'installation' | 'look' | 'applyStep'>
  readonly looks: GuestLooks
  readonly writer: MachineWriter
  /** @throws ProxmoxUnusable SecretMissing */
  readonly readSecret: (key: SecretKey) => Promise<string>
  /** As the API server has it: watches of two kinds tell what happened at once one after the other. */
  readonly readTenant: (name: string) => Promise<KubeObject | undefined>
  /** Whether the kind TenantMachine itself is being removed, with all machines unasked, as the API server has it. */
  readonly isKindLeaving: () => Promise<boolean>
  readonly recordEvent: Worlds['recordEvent']
  readonly logger: Logger
  readonly now: () => string
}

/** One machine within its surroundings, as far as the pass has come. */
export interface MachineCase {
  readonly around: MachineSurroundings
  /** As the API server has it. */
  readonly object: KubeObject
  readonly machine: Pick<TenantMachine, 'spec' | 'status'>
  readonly cluster: string
  readonly look: ProxmoxLook
  readonly facts: MachineFacts
}

/** How old a shared look may be for a machine that something is done about. */
export const BUSY_MS = 2000

/** With a look that succeeded. */
export type SeenCase = MachineCase & { readonly look: Extract<ProxmoxLook, { found: 'view' }> }

/** Where its guest is, or is to be: an administrator may have moved it. */
export function refOf(ports: MachinePorts, { around, cluster, facts, look, object }: SeenCase): GuestRef {
  const { vmid = 0, node = '', type = 'qemu' } = facts
  const row = look.view.guests.find(guest => guest.vmid === vmid)
  const isOwn = facts.made === true && row !== undefined
  const mark = markOf(ports, around, object.metadata.name, vmid)
  return { cluster, vmid, type, node: isOwn ? row.node : node, mark }
}

/**
 * A task whose id was lost, such as in a crash, is waited for: to ask for the same again would wait for it, and fail. The list of
 * the whole cluster shows a token none of its tasks, so that the node is asked, and only before something is done. Also where the
 * status has a task: that one has ended, or nothing would be done.
 */
export async function unlessAtWork(
  { looks }: Pick<MachinePorts, 'looks'>,
  decision: MachineDecision,
): Promise<MachineDecision> {
  const [step] = decision.steps
  if (step === undefined || !(await looks.isAtWork(step))) return decision
  return waiting('Working', 'A task of Proxmox VE is at work on it.')
}

/** As it should be, when it was last looked at, and not edited since. */
export function isSettled({ metadata, status }: KubeObject): boolean {
  const known = status as TenantMachineStatus | undefined
  return known?.observedGeneration === metadata.generation && conditionOf(known, 'Ready')?.status === 'True'
}

export function markOf({ world }: MachinePorts, around: MachineSurroundings, name: string, vmid: number): MachineMark {
  return { installation: world.installation(), tenant: around.tenant, machine: { name, vmid } }
}
