/** With which ClusterRole a release is deleted: that with which it was installed, though its plan may have gone since. */
import { parseTenantPlan } from '../crds/parse.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ReleaseObservation } from '../plan/observation.ts'

export interface RoleSources {
  readonly cache: Pick<TenantCache, 'plans' | 'roleBindings'>
  /** The tenant, whose spec may be invalid. */
  readonly object: KubeObject
  readonly release: ReleaseObservation
}

/** undefined where nobody knows any more. */
export function releaseRoleOf({ cache, object, release }: RoleSources): string | undefined {
  const named = planRole(cache.plans, object)
  const bound = boundRoles(cache.roleBindings, object.metadata.name)
  if (bound.length > 0) return named !== undefined && bound.includes(named) ? named : bound[0]
  return release.record?.clusterRole ?? named
}

/** In the bindings that there are. */
function boundRoles(bindings: TenantCache['roleBindings'], tenant: string): string[] {
  if (!bindings.synced) return []
  return bindings
    .list(names.namespaceName(tenant))
    .flatMap(({ metadata }) => names.releaseBindingRole(metadata.name) ?? [])
    .sort()
}

function planRole(plans: TenantCache['plans'], { spec }: KubeObject): string | undefined {
  if (!plans.synced) return undefined
  const { plan = '' } = (spec ?? {}) as { plan?: string }
  const found = parseTenantPlan(plans.get(plan))
  return found.ok ? found.value.spec.chart.clusterRoleName : undefined
}
