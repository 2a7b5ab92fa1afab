/** The finalizer comes before anything else is made, so that nothing is left behind. Pure. */
import * as names from './names.ts'
import type { TenantIdentity } from './release.ts'
import type { Stage } from './step.ts'

export function planFinalizer(tenant: TenantIdentity, finalizers: readonly string[]): Stage[] {
  if (finalizers.includes(names.FINALIZER)) return []
  return [{ name: 'Finalizer', steps: [{ do: 'kube.setFinalizer', tenant, present: true }] }]
}
