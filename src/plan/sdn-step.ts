/** What the pass over the networks of a Proxmox VE cluster does there, as plain JSON. Edits wait until they are applied, all at once. */
import type { Mark } from './proxmox-mark.ts'

interface OnVnet {
  readonly cluster: string
  readonly vnet: string
  /** It will have, or must have, this mark. */
  readonly mark: Mark
}

interface SubnetSettings extends OnVnet {
  /** As Proxmox VE calls it, such as tenants-10.64.100.0-24. */
  readonly id: string
  readonly cidr: string
  readonly gateway: string
}

export type SdnStep =
  | ({ readonly do: 'sdn.createVnet'; readonly zone: string; readonly tag: number } & OnVnet)
  | ({ readonly do: 'sdn.createSubnet' } & SubnetSettings)
  | ({ readonly do: 'sdn.updateSubnet' } & SubnetSettings)
  | ({ readonly do: 'sdn.deleteSubnet'; readonly id: string } & OnVnet)
  | ({ readonly do: 'sdn.deleteVnet' } & OnVnet)
  /** Not while the same is under way, nor while anything waits that is not of this installation. */
  | { readonly do: 'sdn.apply'; readonly cluster: string; readonly installation: string }

export function isSdnStep(step: { readonly do: string }): step is SdnStep {
  return step.do.startsWith('sdn.')
}
