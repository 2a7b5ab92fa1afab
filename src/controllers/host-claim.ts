/** Which tenants claim a host. A tenant claims its host until it is gone, even while it is deleted or its spec is invalid. */
import type { Tenant } from '../crds/parse.ts'
import type { Informer } from '../kube/informer.ts'
import { domainOf } from '../kube/tenant-cache.ts'
import type { HostClaim } from '../plan/blocker.ts'
import type { KubeObject } from '../plan/object.ts'

export function hostOf(tenant: Pick<Tenant, 'spec'> & { metadata: { name: string } }, baseDomain: string): string {
  return tenant.spec.domain ?? `${tenant.metadata.name}.${baseDomain}`
}

/** The same of a tenant that nobody has parsed. */
export function claimedHost(tenant: KubeObject, baseDomain: string): string {
  return domainOf(tenant) ?? `${tenant.metadata.name}.${baseDomain}`
}

/** Those who say so in their domain, and the one whose name says so, if it has no domain. */
export function claimantsOf(
  host: string,
  tenants: Pick<Informer, 'get' | 'indexed'>,
  baseDomain: string,
): KubeObject[] {
  const suffix = `.${baseDomain}`
  const named = host.endsWith(suffix) ? tenants.get(host.slice(0, -suffix.length)) : undefined
  return [...tenants.indexed(host), ...(named === undefined || domainOf(named) !== undefined ? [] : [named])]
}

export function hostClaims(host: string, tenants: Pick<Informer, 'get' | 'indexed'>, baseDomain: string): HostClaim[] {
  return claimantsOf(host, tenants, baseDomain).map(({ metadata }) => ({
    tenant: metadata.name,
    host,
    createdAt: metadata.creationTimestamp ?? '',
  }))
}
