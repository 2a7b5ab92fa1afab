/** The TenantMachines of a tenant: those made from its list, and what was found of all of them. Pure. */
import type { TenantSpec } from '../crds/tenant.ts'
import { canonicalJson } from './digest.ts'
import * as names from './names.ts'
import { ownershipLabels } from './namespace.ts'
import { type KubeObject, onlyIfAbsent, refOf } from './object.ts'
import type { TenantIdentity } from './release.ts'
import type { Step } from './step.ts'
import { appliedDigestOf, stamped } from './tenant.ts'

export function desiredMachines(tenant: TenantIdentity, { machines }: Pick<TenantSpec, 'machines'>): KubeObject[] {
  return machines.map(({ name, ...spec }) =>
    stamped({
      apiVersion: names.API_VERSION,
      kind: 'TenantMachine',
      metadata: { name, namespace: names.namespaceName(tenant.name), labels: ownershipLabels(tenant) },
      spec,
    }),
  )
}

/** What people in its namespace made for themselves is nobody else's to change or delete. */
export function isFromList({ metadata: { labels = {} } }: KubeObject, tenant: TenantIdentity): boolean {
  return (
    labels['app.kubernetes.io/managed-by'] === ownershipLabels(tenant)['app.kubernetes.io/managed-by'] &&
    labels[names.TENANT_UID_LABEL] === tenant.uid
  )
}

export function isGoing({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** Those of the list that somebody edited since they were applied, so that they are put back. */
export function editedMachines(
  tenant: TenantIdentity,
  desired: readonly KubeObject[],
  found: readonly KubeObject[],
): KubeObject[] {
  return desired.filter(object => {
    const present = found.find(({ metadata }) => metadata.name === object.metadata.name)
    return present !== undefined && needsApply(tenant, object, present) && isOfThatDigest(object, present)
  })
}

/** A machine that is being destroyed is made anew when it is gone. `held`: by name, those that are not put back for now. */
export function machineSteps(
  tenant: TenantIdentity,
  desired: readonly KubeObject[],
  found: readonly KubeObject[],
  held: readonly string[] = [],
): Step[] {
  const wanted = new Set(desired.map(({ metadata }) => metadata.name))
  const applied = desired.flatMap((object): Step[] => {
    const present = found.find(({ metadata }) => metadata.name === object.metadata.name)
    if (present === undefined) return [{ do: 'kube.apply', object: onlyIfAbsent(object) }]
    if (!needsApply(tenant, object, present) || held.includes(object.metadata.name)) return []
    return [{ do: 'kube.apply', object }]
  })
  const deleted = found
    .filter(object => isFromList(object, tenant) && !wanted.has(object.metadata.name) && !isGoing(object))
    .map((object): Step => ({ do: 'kube.delete', ref: refOf(object), uid: object.metadata.uid ?? '' }))
  return [...applied, ...deleted]
}

function needsApply(tenant: TenantIdentity, desired: KubeObject, present: KubeObject): boolean {
  return isFromList(present, tenant) && !isGoing(present) && !isAsApplied(desired, present)
}

function isOfThatDigest(desired: KubeObject, found: KubeObject): boolean {
  return appliedDigestOf(found) === appliedDigestOf(desired)
}

/** By its fields, too: who holds which of them is not kept of this kind. What others add stays. */
export function isAsApplied(desired: KubeObject, found: KubeObject): boolean {
  if (!isOfThatDigest(desired, found)) return false
  const present = (found.spec ?? {}) as Record<string, unknown>
  return Object.entries(desired.spec as Record<string, unknown>).every(
    ([field, value]) => canonicalJson(present[field]) === canonicalJson(value),
  )
}
