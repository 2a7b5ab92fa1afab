/** The operator's own record of a release, as an object in the cluster: what it is called, and how it is read. Pure. */
import { type TenantReleaseSpec, tenantReleaseSpecSchema } from '../crds/tenant-release.ts'
import * as names from '../plan/names.ts'
import { ownershipLabels } from '../plan/namespace.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import type { ReleaseIdentity } from './ownership.ts'

export function tenantReleaseRef({ name, namespace }: { name: string; namespace: string }): ObjectRef {
  return { apiVersion: names.API_VERSION, kind: 'TenantRelease', namespace, name }
}

export function tenantReleaseObject(release: ReleaseIdentity, spec: TenantReleaseSpec): KubeObject {
  const { name, namespace, tenant } = release
  const { apiVersion, kind } = tenantReleaseRef(release)
  return { apiVersion, kind, metadata: { name, namespace, labels: ownershipLabels(tenant) }, spec }
}

/** @throws HelmError RecordUnreadable */
export function parseTenantRelease({ metadata, spec }: KubeObject): TenantReleaseSpec {
  const parsed = tenantReleaseSpecSchema.safeParse(spec)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => ['spec', ...path].join('.'))
  throw new HelmError({
    reason: 'RecordUnreadable',
    message: `Cannot read TenantRelease ${metadata.namespace}/${metadata.name}: ${fields.join(', ')} is not as it was written`,
  })
}
