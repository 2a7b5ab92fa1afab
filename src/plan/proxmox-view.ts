/** What one look at a Proxmox VE cluster finds of all tenants at once, as data. Absent keys mean that nobody could say. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'

export interface ProxmoxView {
  readonly nodes: readonly NodeView[]
  /** Those that the token may see. What they are like may be ten seconds old, and one that was just made be missing. */
  readonly guests: readonly GuestView[]
  readonly storages: readonly StorageView[]
  readonly pools: readonly PoolView[]
  readonly users: readonly UserView[]
  /** Of users, on the paths that the token may change. */
  readonly grants: readonly Grant[]
  /** As configured, with what waits to be applied. */
  readonly vnets: readonly VnetView[]
}

export interface NodeView {
  readonly name: string
  readonly online: boolean
  readonly cores?: number
  /** Share of the cores, 0 to 1. */
  readonly load?: number
  /** Bytes. */
  readonly memory?: number
  readonly memoryUsed?: number
}

export interface GuestView {
  readonly vmid: number
  readonly type: 'qemu' | 'lxc'
  readonly node: string
  readonly name?: string
  readonly pool?: string
  readonly status?: string
  readonly lock?: string
  readonly template: boolean
  readonly tags: readonly string[]
  readonly cores?: number
  /** Bytes. */
  readonly memory?: number
  readonly disk?: number
}

/** A storage as one node sees it. */
export interface StorageView {
  readonly storage: string
  readonly node: string
  readonly available: boolean
  readonly shared: boolean
  readonly content: readonly string[]
  /** Bytes. */
  readonly size?: number
  readonly used?: number
}

export interface PoolView {
  readonly pool: string
  readonly comment?: string
}

export interface UserView {
  readonly user: string
  readonly comment?: string
}

export interface Grant {
  readonly path: string
  readonly role: string
  readonly user: string
  readonly propagate: boolean
}

export interface VnetView {
  readonly vnet: string
  readonly zone?: string
  readonly tag?: number
  readonly alias?: string
  readonly state?: 'new' | 'changed' | 'deleted'
}

/** Why something cannot be looked at, or may not be changed now. */
export interface ProxmoxProblem {
  /** One CamelCase word; docs/reasons.md has each. */
  readonly reason: string
  readonly message: string
}

/** What a pass gets when it asks for a cluster. */
export type ProxmoxLook =
  | {
      readonly found: 'view'
      readonly spec: ProxmoxClusterSpec
      readonly view: ProxmoxView
      /** Why nothing new may be made there, such as a missing right; to take away is tried all the same. */
      readonly lacking?: ProxmoxProblem
      /** Why pools and users that are not found may be there all the same. */
      readonly blind?: ProxmoxProblem
    }
  | { readonly found: 'unknown'; readonly problem: ProxmoxProblem }
