/** Why nothing may be done for a tenant now, although its spec is valid: what only another object can tell. Pure. */
import type { Condition } from '../crds/condition.ts'
import * as names from './names.ts'
import { isOwnNamespace } from './namespace.ts'
import type { NamespaceObservation } from './observation.ts'
import type { TenantIdentity } from './release.ts'

/** `object` names what has to change before the tenant can go on. */
export interface Blocker {
  readonly reason: string
  readonly message: string
}

export function planNotFound(plan: string): Blocker {
  return { reason: 'PlanNotFound', message: `spec.plan: there is no TenantPlan named "${plan}".` }
}

export function planInvalid(plan: string, why: string): Blocker {
  return { reason: 'PlanInvalid', message: `TenantPlan "${plan}" cannot be used: ${why}` }
}

/** The chart of the plan is not resolved, as far as the plan's own condition Ready says why. */
export function chartMissing(plan: string, generation: number, ready: Condition | undefined): Blocker {
  const isTold = ready?.status === 'False' && ready.observedGeneration === generation
  if (!isTold) return { reason: 'ChartPending', message: `TenantPlan "${plan}" is looking for its chart.` }
  return { reason: ready.reason, message: `TenantPlan "${plan}": ${ready.message}` }
}

/** A tenant that claims a host; of several, the oldest holds it, and of equally old ones the first by name. */
export interface HostClaim {
  readonly tenant: string
  readonly host: string
  readonly createdAt: string
}

export function hostBlocker(own: HostClaim, claims: readonly HostClaim[]): Blocker | undefined {
  const holder = claims
    .filter(claim => claim.host === own.host)
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.tenant.localeCompare(b.tenant))[0]
  if (holder === undefined || holder.tenant === own.tenant) return undefined
  return { reason: 'HostConflict', message: `spec.domain: ${own.host} belongs to tenant "${holder.tenant}".` }
}

export function namespaceBlocker(found: NamespaceObservation, tenant: TenantIdentity): Blocker | undefined {
  if (found.found === 'absent') return undefined
  const namespace = names.namespaceName(tenant.name)
  if (!isOwnNamespace(found, tenant)) {
    return {
      reason: 'NamespaceConflict',
      message: `Namespace ${namespace} exists and does not belong to this tenant. Delete or rename it, or rename the tenant.`,
    }
  }
  if (found.terminating) {
    const held = found.remaining === undefined ? '' : ` What keeps it: ${found.remaining}`
    return {
      reason: 'NamespaceTerminating',
      message: `Namespace ${namespace} is being deleted; it is made anew when it is gone.${held}`,
    }
  }
  return undefined
}
