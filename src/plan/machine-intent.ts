/** What machines of tenants are, or are to be, as their TenantMachines say. Pure. */
import type { MachineSpec } from '../crds/machine.ts'
import { quantityValue } from '../crds/quantity.ts'
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'

/** One machine of any tenant on the cluster in question. */
export interface MachineIntent {
  readonly tenantUid: string
  readonly name: string
  /** Absent where it cannot be read. */
  readonly spec?: MachineSpec
  readonly status: Pick<TenantMachineStatus, 'vmid' | 'node' | 'storage' | 'template' | 'made' | 'conditions'>
}

/** It has an id and a place, and nobody has seen it there yet. */
export function isToBeMade({ status }: MachineIntent): boolean {
  return status.vmid !== undefined && status.made !== true
}

/** Said while it is being made, or about to be. */
const BEING_MADE: ReadonlySet<string> = new Set(['Placed', 'Making', 'Moving', 'Adopting'])

/** It waits for what it lacks, or Proxmox VE would not make it: it keeps its id and its room, and is not at work. */
export function isHeldUp({ conditions }: MachineIntent['status']): boolean {
  const reason = conditions?.find(({ type }) => type === 'Ready')?.reason
  return reason !== undefined && !BEING_MADE.has(reason)
}

/** Of a container that does not say how large it is, in GiB: what Proxmox VE takes too. */
const ROOT_DISK_GIB = 4

/** Size of the root disk of a container, as Proxmox VE wants it: in GiB. */
export function rootDiskGiB({ disks }: Pick<MachineSpec, 'disks'>): number {
  const size = disks.find(({ name }) => name === 'rootfs')?.size
  return size === undefined ? ROOT_DISK_GIB : quantityValue(size) / 2 ** 30
}

/**
 * Bytes that its disks take on a storage, at most. Of a full clone at least what the template has; a linked one grows from
 * nothing, and nobody knows how far.
 */
export function diskBytes(spec: MachineSpec, template: { readonly disk?: number } | undefined): number {
  if (spec.container !== undefined) return rootDiskGiB(spec) * 2 ** 30
  return spec.clone === 'Linked' ? 0 : Math.max(template?.disk ?? 0, statedDiskBytes(spec))
}

export function statedDiskBytes({ disks }: Pick<MachineSpec, 'disks'>): number {
  return disks.reduce((sum, { size }) => sum + quantityValue(size), 0)
}

export function memoryBytes({ memory }: Pick<MachineSpec, 'memory'>): number {
  return quantityValue(memory)
}
