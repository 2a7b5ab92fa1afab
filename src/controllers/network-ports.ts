/** What the pass over networks works with, and how it writes what it has to say of a lease. */
import type { Logger } from 'pino'
import type { NetworkLeaseStatus } from '../crds/network-lease.ts'
import type { NetworkLease } from '../crds/parse.ts'
import type { Kube } from '../kube/client.ts'
import { liftFinalizer } from '../kube/finalizer.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ConnectedProxmoxWorld } from './proxmox-world.ts'
import type { VainApplies } from './vain-applies.ts'

export interface NetworksPorts {
  readonly cache: TenantCache
  readonly kube: Kube
  readonly proxmox: ConnectedProxmoxWorld
  readonly writeStatus: (lease: KubeObject, status: NetworkLeaseStatus) => Promise<void>
  readonly vainApplies: VainApplies
  readonly logger: Logger
  /** RFC 3339. */
  readonly now: () => string
}

export const LEASE_KIND = { apiVersion: names.API_VERSION, kind: 'NetworkLease' } as const

/** The tag comes free. */
export async function freeLease({ kube }: Pick<NetworksPorts, 'kube'>, { metadata }: NetworkLease): Promise<void> {
  const { name, uid = '' } = metadata
  await liftFinalizer(kube, { ref: { ...LEASE_KIND, name }, uid, finalizer: names.LEASE_FINALIZER })
}

/** One that was made just now is not in the watch yet; the next pass tells of it. */
export async function tellLease(
  { cache, writeStatus }: Pick<NetworksPorts, 'cache' | 'writeStatus'>,
  { metadata }: NetworkLease,
  status: NetworkLeaseStatus,
): Promise<void> {
  const object = cache.networkLeases.get(metadata.name)
  if (object !== undefined && object.metadata.uid === metadata.uid) await writeStatus(object, status)
}
