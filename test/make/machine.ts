/** Machines and guests for tests that say only what matters to them. */
import { type MachineSpec, machineSpecSchema } from '../../src/crds/machine.ts'
import type { GuestWish } from '../../src/plan/machine-config.ts'
import type { Guest } from '../../src/plan/machine-observation.ts'
import type { GuestRef } from '../../src/plan/machine-step.ts'
import { markText } from '../../src/plan/proxmox-mark.ts'

export const TENANT = { name: 'acme', uid: 'uid-acme' }
export const VMID = 10_000
const MARK = { installation: 'here', tenant: TENANT, machine: { name: 'web', vmid: VMID } }
export const MAC = 'BC:24:11:00:00:01'

export function machineSpec(given: Record<string, unknown> = {}): MachineSpec {
  return machineSpecSchema.parse({ template: { vmid: 9000 }, ...given })
}

export function guestRef(type: Guest['type'] = 'qemu'): GuestRef {
  return { cluster: 'pve', vmid: VMID, type, node: 'pve1', mark: MARK }
}

export function guestWish(spec: Record<string, unknown> = {}, given: Partial<GuestWish> = {}): GuestWish {
  const network = { bridge: 'tn32', gateway: '10.64.110.1', address: '10.64.110.10' }
  return { spec: machineSpec(spec), name: 'acme-web', tags: ['tenantry', 'acme'], network, ...given }
}

/** As `guestWish()` wants it. */
export function makeGuest({ config = {}, ...given }: Partial<Guest> = {}): Guest {
  return {
    vmid: VMID,
    type: 'qemu',
    node: 'pve1',
    digest: 'd1',
    pending: [],
    running: true,
    config: {
      name: 'acme-web',
      cores: '1',
      memory: '1024',
      net0: `virtio=${MAC},bridge=tn32`,
      ipconfig0: 'ip=10.64.110.10/24,gw=10.64.110.1',
      ide2: `local:${VMID}/vm-${VMID}-cloudinit.qcow2,media=cdrom`,
      scsi0: `local:${VMID}/vm-${VMID}-disk-0.qcow2,size=8G`,
      tags: 'acme;tenantry',
      onboot: '1',
      description: `${markText(MARK)}\n`,
      ...config,
    },
    ...given,
  }
}
