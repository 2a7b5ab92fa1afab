/** What passes do to Proxmox VE, as plain JSON. Each says on which ProxmoxCluster, and whose mark has to be, or will be, there. */
import type { MachineStep } from './machine-step.ts'
import type { Mark } from './proxmox-mark.ts'
import type { SdnStep } from './sdn-step.ts'

/** A key of a Secret, whose value only the world reads. */
export interface SecretKey {
  readonly namespace: string
  readonly name: string
  readonly key: string
}

/** Of the pool of a tenant, its users and their rights. */
export type PoolStep =
  | { readonly do: 'proxmox.createPool'; readonly cluster: string; readonly pool: string; readonly mark: Mark }
  /** Only while its mark is still the one that was seen, in words. */
  | {
      readonly do: 'proxmox.markPool'
      readonly cluster: string
      readonly pool: string
      readonly mark: Mark
      readonly seen: string
    }
  | { readonly do: 'proxmox.deletePool'; readonly cluster: string; readonly pool: string; readonly mark: Mark }
  | {
      readonly do: 'proxmox.createUser'
      readonly cluster: string
      readonly user: string
      readonly group: string
      readonly mark: Mark
      readonly password: SecretKey
    }
  | { readonly do: 'proxmox.deleteUser'; readonly cluster: string; readonly user: string; readonly mark: Mark }
  | {
      readonly do: 'proxmox.grant' | 'proxmox.revoke'
      readonly cluster: string
      readonly path: string
      readonly user: string
      readonly role: string
      readonly mark: Mark
    }

export type ProxmoxStep = PoolStep | MachineStep | SdnStep
