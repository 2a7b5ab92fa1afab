/** Which tenant claims which host, read from all tenants there are. */
import type { Tenant } from '../crds/parse.ts'
import type { HostClaim } from '../plan/blocker.ts'
import type { KubeObject } from '../plan/object.ts'

export function hostOf(tenant: Pick<Tenant, 'spec'> & { metadata: { name: string } }, baseDomain: string): string {
  return tenant.spec.domain ?? `${tenant.metadata.name}.${baseDomain}`
}

/** A tenant claims its host until it is gone, even while it is being deleted or its spec is otherwise invalid. */
export function hostClaims(tenants: readonly KubeObject[], baseDomain: string): HostClaim[] {
  return tenants.map(({ metadata, spec }) => {
    const { domain } = (spec ?? {}) as { domain?: string }
    return {
      tenant: metadata.name,
      host: domain ?? `${metadata.name}.${baseDomain}`,
      createdAt: metadata.creationTimestamp ?? '',
    }
  })
}
