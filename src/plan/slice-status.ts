/** What the status of a tenant says of its slice of Proxmox VE. Pure. */
import type { TenantStatus } from '../crds/tenant.ts'
import type { Verdict } from './condition-set.ts'
import * as names from './names.ts'
import { holdingOf } from './proxmox-pool.ts'
import { ownLease, type SliceFindings, sliceOf } from './slice.ts'
import { machineCount, machinesVerdict } from './verdict/machines.ts'
import { networkVerdict } from './verdict/network.ts'
import { proxmoxVerdict } from './verdict/proxmox.ts'

/** In the order in which each relies on those before it. */
export function sliceVerdicts(findings: SliceFindings): Verdict[] {
  return [networkVerdict(findings), proxmoxVerdict(findings), machinesVerdict(findings)]
}

/** What is not there has no field; the pool stays as last known while it cannot be looked at. */
export function sliceFacts(findings: SliceFindings, before: TenantStatus | undefined): Partial<TenantStatus> {
  const { ready, total } = machineCount(findings)
  const network = networkOf(findings)
  const pool = poolOf(findings, before)
  return {
    ...(network === undefined ? {} : { network }),
    ...(pool === undefined ? {} : { pool }),
    machines: { ready, total, summary: `${ready}/${total}` },
  }
}

function networkOf({ desired, observed }: SliceFindings): TenantStatus['network'] {
  const lease = ownLease(desired, observed)
  if (lease === undefined) return undefined
  const { vnet, subnet, gateway } = lease.status ?? {}
  return {
    cluster: lease.spec.cluster,
    vlan: lease.spec.tag,
    ...(vnet === undefined ? {} : { vnet }),
    ...(subnet === undefined ? {} : { subnet }),
    ...(gateway === undefined ? {} : { gateway }),
  }
}

function poolOf({ desired, observed }: SliceFindings, before: TenantStatus | undefined): string | undefined {
  const { look } = observed
  if (look.found === 'unknown') return before?.pool
  const place = sliceOf(desired, observed)
  if (place === undefined || holdingOf(place).is !== 'own') return undefined
  return names.poolName(look.spec.access.parentPool, desired.tenant.name)
}
