/**
 * What the operator keeps in memory of the cluster: the tenants and plans, and of what tenants have only the fields a
 * pass needs. One watch per kind, never one per tenant; Secrets are not watched at all.
 */
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { Informer } from './informer.ts'

export interface WatchedKind {
  readonly apiVersion: string
  readonly kind: string
  readonly labelSelector?: string
  readonly metadataOnly?: boolean
  readonly trim?: (object: KubeObject) => KubeObject
}

const owned = { labelSelector: names.TENANT_LABEL }
const marks = { ...owned, metadataOnly: true }

/** Every watch of the operator, by the name the passes know it by. */
export const WATCHED = {
  tenants: { apiVersion: names.API_VERSION, kind: 'Tenant' },
  plans: { apiVersion: names.API_VERSION, kind: 'TenantPlan' },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', ...owned },
  serviceAccounts: { apiVersion: 'v1', kind: 'ServiceAccount', ...marks },
  roleBindings: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', ...marks },
  quotas: { apiVersion: 'v1', kind: 'ResourceQuota', ...marks },
  limitRanges: { apiVersion: 'v1', kind: 'LimitRange', ...marks },
  networkPolicies: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...marks },
  deployments: { apiVersion: 'apps/v1', kind: 'Deployment', ...owned, trim: withoutTemplate },
  ingresses: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', ...owned },
  endpointSlices: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...owned },
  databases: { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', ...owned },
} as const satisfies Record<string, WatchedKind>

export type WatchedName = keyof typeof WATCHED

export type TenantCache = Readonly<Record<WatchedName, Informer>>

/** Kinds that hold the operator's own objects of a tenant, known by their marks alone. */
export const MARKED = ['serviceAccounts', 'roleBindings', 'quotas', 'limitRanges', 'networkPolicies'] as const

/** The kind of this watch comes from another project, so that the operator has to work, and say so, without it. */
export function isOptional(name: WatchedName): boolean {
  return name === 'databases'
}

function withoutTemplate(object: KubeObject): KubeObject {
  const { replicas } = (object.spec ?? {}) as { replicas?: number }
  return { ...object, spec: { replicas } }
}
