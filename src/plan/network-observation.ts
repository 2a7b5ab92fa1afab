/** What a look at the networks of one Proxmox VE cluster finds beyond what every pass sees, as data. */

export interface NetworksObservation {
  /** The nodes are at what was applied last. */
  readonly applying: boolean
  /** Online, and meant to have the zone. */
  readonly nodes: readonly NodeNetworks[]
  /** Nodes meant to have the zone that are offline, or did not answer: nothing is known of what is in force there. */
  readonly away: readonly string[]
  /** Of the vnets that were looked into, by name. */
  readonly subnets: Readonly<Record<string, readonly SubnetView[]>>
  /** Beside vnets and subnets, what waits to be applied; nothing where nothing is to be. */
  readonly pending: readonly Pending[]
}

export interface NodeNetworks {
  readonly node: string
  /** `available`, `pending` or `error`; absent where the node has never heard of the zone. */
  readonly zone?: string
  readonly vnets: Readonly<Record<string, { readonly status: string; readonly why?: string }>>
}

export interface SubnetView {
  /** Such as tenants-10.64.100.0-24. */
  readonly id: string
  /** As it will be when what is pending is applied. */
  readonly gateway?: string
  readonly state?: string
}

export interface Pending {
  /** Such as `zone dmz`. */
  readonly name: string
  readonly state: string
}

/** What the network cards of a guest are connected to. */
export interface GuestCards {
  readonly vmid: number
  readonly cards: readonly { readonly bridge?: string; readonly tag?: number }[]
}

export interface GuestCardsObservation {
  readonly guests: readonly GuestCards[]
  /** Guests that have moved, or whose node does not answer: nobody knows what they are connected to. */
  readonly unread: readonly number[]
}
