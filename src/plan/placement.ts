/** Where a new machine is made, and under which id. Pure. */
import type { MachineSpec } from '../crds/machine.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { NoSpot } from './machine-demands.ts'
import type { MachineIntent } from './machine-intent.ts'
import { chooseSpot } from './machine-spot.ts'
import { chooseTemplate } from './machine-template.ts'
import { chooseVmid } from './machine-vmid.ts'
import type { ProxmoxView } from './proxmox-view.ts'
import type { TenantIdentity } from './release.ts'

export interface MachineWish {
  readonly tenant: TenantIdentity
  readonly name: string
  readonly spec: MachineSpec
}

export interface PlacementWorld {
  readonly spec: ProxmoxClusterSpec
  readonly view: ProxmoxView
  /** All TenantMachines of this cluster. The one to be placed may be among them: an id that it has was lost to somebody else. */
  readonly machines: readonly MachineIntent[]
  /**
   * Storage of the disks of templates, by their id, as far as somebody has looked: no list of Proxmox VE has it. A linked clone
   * is not placed without it, and a full one only on the node of its template.
   */
  readonly templateStorages?: Readonly<Record<number, string>>
}

export type Placement =
  | {
      readonly choice: 'place'
      readonly vmid: number
      readonly node: string
      /** Where its disks come to. Proxmox VE takes no such parameter for a linked clone. */
      readonly storage: string
      /** What a virtual machine is cloned from, by a call to the node that the template is on. */
      readonly template?: { readonly vmid: number; readonly node: string }
    }
  | NoSpot

export function placeMachine({ tenant, name, spec }: MachineWish, world: PlacementWorld): Placement {
  const { view, machines, templateStorages = {} } = world
  const chosen = spec.template && chooseTemplate(spec.template, world.spec, view)
  if (chosen?.choice === 'none') return chosen
  const template = chosen?.template
  const own = machines.find(machine => machine.tenantUid === tenant.uid && machine.name === name)
  const others = machines.filter(machine => machine !== own)
  const templateStorage = template && templateStorages[template.vmid]
  const spot = chooseSpot({ spec, placement: world.spec.placement, template, templateStorage }, { view, others })
  if (spot.choice !== 'spot') return spot
  const taken = [...view.guests.map(({ vmid }) => vmid), ...machines.flatMap(({ status }) => status.vmid ?? [])]
  const range = world.spec.vmidRange
  const vmid = chooseVmid({ tenantUid: tenant.uid, name, lost: own?.status.vmid }, range, new Set(taken))
  if (vmid === undefined) {
    const message = `No id is free in vmidRange ${range.first}–${range.last}.`
    return { choice: 'none', reason: 'VmidsExhausted', message }
  }
  const source = template && { vmid: template.vmid, node: template.node }
  return { choice: 'place', vmid, node: spot.node, storage: spot.storage, ...(source && { template: source }) }
}
