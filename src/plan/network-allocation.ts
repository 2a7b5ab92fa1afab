/** Who gets which tag of a ProxmoxCluster, of all who wait for one: the oldest tenant chooses first. Pure. */

import * as names from './names.ts'
import { ownershipLabels } from './namespace.ts'
import { chooseTag, type NetworkLease, type TagWish } from './network-lease.ts'
import type { KubeObject } from './object.ts'
import type { ProxmoxView } from './proxmox-view.ts'

export interface DatedWish extends TagWish {
  /** RFC 3339: when the tenant was made. */
  readonly createdAt: string
}

export interface NewLease {
  readonly name: string
  readonly lease: NetworkLease
}

/** Those who get none are left out: what is in their way, `chooseTag` tells each by itself. */
export function chooseTags(
  wishes: readonly DatedWish[],
  leases: readonly NetworkLease[],
  seen: readonly number[],
): NewLease[] {
  const chosen: NewLease[] = []
  for (const wish of [...wishes].sort(byAge)) {
    const choice = chooseTag(wish, [...leases, ...chosen.map(({ lease }) => lease)], seen)
    if (choice.choice === 'lease') chosen.push({ name: choice.name, lease: choice.lease })
  }
  return chosen
}

function byAge(a: DatedWish, b: DatedWish): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1
  return a.tenant.name < b.tenant.name ? -1 : 1
}

/** Of every vnet in whatever zone the token may see: on one bridge, the same tag is the same network. */
export function seenTags({ vnets }: Pick<ProxmoxView, 'vnets'>): number[] {
  return vnets.flatMap(({ tag }) => (tag === undefined ? [] : [tag]))
}

/** As it is made. The finalizer stands in it from the start, so that no tag comes free unnoticed. */
export function leaseObject({ name, lease: { cluster, tag, tenant } }: NewLease): KubeObject {
  return {
    apiVersion: names.API_VERSION,
    kind: 'NetworkLease',
    metadata: { name, labels: ownershipLabels(tenant), finalizers: [names.LEASE_FINALIZER] },
    spec: { cluster, tag, tenant: { name: tenant.name, uid: tenant.uid } },
  }
}
