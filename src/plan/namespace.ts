/** The namespace of a tenant, and the limits within it. */
import type { TenantSpec } from '../crds/tenant.ts'
import type { TenantPlanSpec } from '../crds/tenant-plan.ts'
import * as names from './names.ts'
import type { KubeObject } from './object.ts'
import type { NamespaceObservation } from './observation.ts'
import type { TenantIdentity } from './release.ts'

export function ownershipLabels(tenant: TenantIdentity): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'tenantry',
    [names.TENANT_LABEL]: tenant.name,
    [names.TENANT_UID_LABEL]: tenant.uid,
  }
}

export function desiredNamespace(tenant: TenantIdentity, spec: Pick<TenantSpec, 'deletionProtection'>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: names.namespaceName(tenant.name),
      labels: {
        ...ownershipLabels(tenant),
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
        ...(spec.deletionProtection ? { [names.PROTECTION_LABEL]: 'true' } : {}),
      },
    },
  }
}

/** True only for a namespace that this very tenant made: same name, same uid. */
export function isOwnNamespace(found: NamespaceObservation, tenant: TenantIdentity): boolean {
  return (
    found.found === 'present' &&
    found.labels[names.TENANT_LABEL] === tenant.name &&
    found.labels[names.TENANT_UID_LABEL] === tenant.uid
  )
}

export function desiredQuota(tenant: TenantIdentity, spec: TenantSpec, plan: TenantPlanSpec): KubeObject {
  const quota = { ...plan.quota, ...spec.overrides?.quota }
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: names.OWN_OBJECT, namespace: names.namespaceName(tenant.name), labels: ownershipLabels(tenant) },
    spec: {
      hard: {
        'requests.cpu': quota.cpu,
        'requests.memory': quota.memory,
        'limits.memory': quota.memory,
        'requests.storage': quota.storage,
        pods: String(quota.pods),
      },
    },
  }
}

/** Containers that state nothing (such as jobs of a database operator) still fit under the quota. */
export function desiredLimitRange(tenant: TenantIdentity): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: names.OWN_OBJECT, namespace: names.namespaceName(tenant.name), labels: ownershipLabels(tenant) },
    spec: {
      limits: [{ type: 'Container', defaultRequest: { cpu: '50m', memory: '128Mi' }, default: { memory: '256Mi' } }],
    },
  }
}
