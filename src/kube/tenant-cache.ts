/**
 * What the operator keeps in memory of the cluster: the tenants and plans, and of what tenants have only the fields a
 * pass needs. One watch per kind, never one per tenant; Secrets are not watched at all.
 */
import * as names from '../plan/names.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import { marksOnly, withSharedOwners } from './field-owners.ts'
import type { Informer } from './informer.ts'
import { endpointsOnly, keeping } from './kept-fields.ts'
import type { KeyOf } from './object-store.ts'

export interface WatchedKind {
  readonly apiVersion: string
  readonly kind: string
  readonly labelSelector?: string
  readonly metadataOnly?: boolean
  readonly trim?: (object: KubeObject) => KubeObject
  readonly keyOf?: KeyOf
  /** A few serve all tenants, and are looked at in every pass. */
  readonly few?: boolean
}

const owned = { labelSelector: names.TENANT_LABEL }
const whole = { ...owned, trim: withSharedOwners }
const rollout = {
  ...owned,
  trim: keeping({
    spec: ['replicas', 'updateStrategy'],
    status: ['observedGeneration', 'replicas', 'updatedReplicas', 'availableReplicas'],
    conditions: ['ReplicaFailure'],
  }),
}
const marks = { ...owned, metadataOnly: true, trim: marksOnly }

/** Every watch of the operator, by the name the passes know it by. */
export const WATCHED = {
  tenants: { apiVersion: names.API_VERSION, kind: 'Tenant', trim: asWritten, keyOf: domainOf },
  plans: { apiVersion: names.API_VERSION, kind: 'TenantPlan', trim: asWritten, few: true },
  proxmoxClusters: { apiVersion: names.API_VERSION, kind: 'ProxmoxCluster', trim: asWritten, few: true },
  networkLeases: { apiVersion: names.API_VERSION, kind: 'NetworkLease', trim: asWritten, keyOf: holderOf },
  machines: { apiVersion: names.API_VERSION, kind: 'TenantMachine', trim: asWritten },
  releases: { apiVersion: names.API_VERSION, kind: 'TenantRelease', ...owned, trim: asWritten },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', ...whole },
  serviceAccounts: { apiVersion: 'v1', kind: 'ServiceAccount', ...marks },
  roleBindings: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', ...marks },
  quotas: { apiVersion: 'v1', kind: 'ResourceQuota', ...marks },
  limitRanges: { apiVersion: 'v1', kind: 'LimitRange', ...marks },
  networkPolicies: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...marks },
  services: { apiVersion: 'v1', kind: 'Service', ...marks },
  configMaps: { apiVersion: 'v1', kind: 'ConfigMap', ...marks },
  disruptionBudgets: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', ...marks },
  deployments: { apiVersion: 'apps/v1', kind: 'Deployment', ...rollout },
  statefulSets: { apiVersion: 'apps/v1', kind: 'StatefulSet', ...rollout },
  ingresses: {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', ...owned },
    trim: keeping({ spec: ['defaultBackend', 'ingressClassName', 'rules'], status: ['loadBalancer'] }),
  },
  endpointSlices: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...owned, trim: endpointsOnly },
  databases: {
    ...{ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', ...owned },
    trim: keeping({ spec: ['instances'], status: ['readyInstances', 'currentPrimary', 'phase', 'phaseReason'] }),
  },
} as const satisfies Record<string, WatchedKind>

export type WatchedName = keyof typeof WATCHED

export type TenantCache = Readonly<Record<WatchedName, Informer>>

/** Kinds that hold the operator's own objects of a tenant, known by their marks alone. */
export const MARKED = ['serviceAccounts', 'roleBindings', 'quotas', 'limitRanges', 'networkPolicies'] as const

/** The watch of a kind; undefined where it is not watched, so that nothing is known of its objects. */
export function watchOf({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): WatchedName | undefined {
  return (Object.keys(WATCHED) as WatchedName[]).find(
    name => WATCHED[name].kind === kind && WATCHED[name].apiVersion === apiVersion,
  )
}

/** Of these objects only their marks are kept. */
export function isMarked(name: WatchedName): boolean {
  return (WATCHED[name] as WatchedKind).metadataOnly === true
}

/** Without the kind of this watch, which comes from another project or may not have been applied, each tenant says so. */
export function isOptional(name: WatchedName): boolean {
  return name === 'databases' || name === 'releases'
}

/** As a tenant asks for it, whether its spec is valid or not. */
export function domainOf({ spec }: KubeObject): string | undefined {
  const { domain } = (spec ?? {}) as { domain?: unknown }
  return typeof domain === 'string' ? domain : undefined
}

/** The ProxmoxCluster that a tenant asks for, whether its spec is valid or not. */
export function proxmoxClusterOf(tenant: KubeObject | undefined): string | undefined {
  return (tenant?.spec as { proxmox?: { cluster?: string } } | undefined)?.proxmox?.cluster
}

/** Uid of the tenant that has this lease. */
export function holderOf({ spec }: KubeObject): string | undefined {
  return (spec as { tenant?: { uid?: string } } | undefined)?.tenant?.uid
}

/** Nobody asks who holds which field of what people write; and kubectl leaves the whole of that a second time as a text. */
function asWritten({ metadata: { managedFields: _, annotations, ...metadata }, ...object }: KubeObject): KubeObject {
  if (annotations === undefined) return { ...object, metadata } as KubeObject
  const { [LAST_APPLIED]: __, ...others } = annotations
  return { ...object, metadata: { ...metadata, annotations: others } } as KubeObject
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
