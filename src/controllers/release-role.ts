/** With which ClusterRole a release is deleted: that with which it was installed, though its plan may have gone since. */
import { parseTenantPlan } from '../crds/parse.ts'
import type { Informer } from '../kube/informer.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { TeardownObservation } from '../plan/observation.ts'

export interface RoleSources {
  readonly plans: Informer
  /** The tenant, whose spec may be invalid. */
  readonly object: KubeObject
  readonly observed: Pick<TeardownObservation, 'objects' | 'release'>
}

/** undefined where nobody knows any more. */
export function releaseRoleOf({ plans, object, observed }: RoleSources): string | undefined {
  const named = planRole(plans, object)
  const bound = boundRoles(observed.objects)
  if (bound.length > 0) return named !== undefined && bound.includes(named) ? named : bound[0]
  // A plan with fewer rights makes no new revision, and the record has the old ones.
  return named ?? observed.release.record?.clusterRole
}

/** In the bindings that there are. */
function boundRoles(objects: TeardownObservation['objects']): string[] {
  return [...objects.values()]
    .flatMap(({ ref }) => (ref.kind === 'RoleBinding' ? (names.releaseBindingRole(ref.name) ?? []) : []))
    .sort()
}

function planRole(plans: Informer, { spec }: KubeObject): string | undefined {
  if (!plans.synced) return undefined
  const { plan = '' } = (spec ?? {}) as { plan?: string }
  const found = parseTenantPlan(plans.get(plan))
  return found.ok ? found.value.spec.chart.clusterRoleName : undefined
}
