/** Whose an object in the cluster is, as its marks say: Helm's own, and the tenant's uid. Pure. */
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { TenantIdentity } from '../plan/release.ts'

/** Helm's marks, as its `upgrade` and `uninstall` look for them. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
export const MANAGED_BY_HELM = 'Helm'
export const RELEASE_NAME_ANNOTATION = 'meta.helm.sh/release-name'
export const RELEASE_NAMESPACE_ANNOTATION = 'meta.helm.sh/release-namespace'
export const RESOURCE_POLICY_ANNOTATION = 'helm.sh/resource-policy'

export interface ReleaseIdentity {
  readonly name: string
  readonly namespace: string
  readonly tenant: TenantIdentity
}

export const UNMARKED = 'nobody that has marked it'

/**
 * Undefined where the object belongs to the release; else whose it is, in words. A person's `helm upgrade` takes the
 * tenant's labels off, so Helm's marks are enough; one mark of somebody else is too much.
 */
export function otherOwner(object: KubeObject, release: ReleaseIdentity): string | undefined {
  const { labels = {}, annotations = {} } = object.metadata
  const uid = labels[names.TENANT_UID_LABEL]
  if (uid !== undefined && uid !== release.tenant.uid) return `tenant ${labels[names.TENANT_LABEL] ?? uid}`
  const name = annotations[RELEASE_NAME_ANNOTATION]
  const namespace = annotations[RELEASE_NAMESPACE_ANNOTATION]
  if ((name ?? release.name) !== release.name || (namespace ?? release.namespace) !== release.namespace) {
    return `release ${namespace ?? release.namespace}/${name ?? release.name}`
  }
  const manager = labels[MANAGED_BY_LABEL]
  if (manager !== undefined && manager !== MANAGED_BY_HELM) return manager
  const isMarked = uid !== undefined || (manager !== undefined && name !== undefined && namespace !== undefined)
  return isMarked ? undefined : UNMARKED
}

/** The object outlives its release: `helm.sh/resource-policy: keep`. */
export function isKept({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[RESOURCE_POLICY_ANNOTATION]?.trim().toLowerCase() === 'keep'
}
