/** What a look at a Proxmox VE cluster finds, as data. Absent keys mean that nobody could say. */

export interface ProxmoxNode {
  readonly name: string
  readonly online: boolean
  /** Of its certificate. */
  readonly fingerprint?: string
}

export interface ProxmoxGuest {
  readonly vmid: number
  readonly type: 'qemu' | 'lxc'
  readonly node: string
  readonly name?: string
  readonly pool?: string
  readonly template: boolean
}

/** Privilege to whether it goes on below the path. */
export type Privileges = Readonly<Record<string, boolean>>

export interface ProxmoxClusterObservation {
  readonly version: string
  /** user@realm!name */
  readonly tokenId: string
  readonly nodes: readonly ProxmoxNode[]
  readonly quorate?: boolean
  /** Those that the token may see. */
  readonly guests: readonly ProxmoxGuest[]
  /** Vnet or bridge of each network card of the templates that the spec names. */
  readonly templateBridges: readonly string[]
  readonly pools: readonly string[]
  readonly groups: readonly string[]
  readonly roles: Readonly<Record<string, readonly string[]>>
  readonly storages: readonly string[]
  readonly zones: readonly { readonly zone: string; readonly type?: string }[]
  readonly vnets: readonly { readonly vnet: string; readonly zone?: string; readonly tag?: number }[]
  /** What the token holds on each path that carries a right of anybody. */
  readonly permissions: Readonly<Record<string, Privileges>>
}
