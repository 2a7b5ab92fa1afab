/** Every name this operator gives to anything outside itself: deterministic and within the limits of its kind. */
import { digestOf } from './digest.ts'

export const API_GROUP = 'tenantry.dev'
export const API_VERSION = `${API_GROUP}/v1alpha1`
export const FINALIZER = `${API_GROUP}/teardown`
/** Field manager of the objects this operator owns itself. */
export const FIELD_MANAGER = 'tenantry'
/** Field manager of what a NetworkLease remembers of a tenant that left something behind. */
export const ABANDON_FIELD_MANAGER = 'tenantry-abandon'
/** Field manager of the objects of a release, so that a person's `helm upgrade` needs no --force-conflicts. */
export const RELEASE_FIELD_MANAGER = 'helm'

/** Of a NetworkLease: lifted when its network is gone and the quarantine of its tag is over. */
export const LEASE_FINALIZER = `${API_GROUP}/quarantine`
/** Of a TenantMachine: lifted when it is proven that its guest is gone, or somebody gave up on it. */
export const MACHINE_FINALIZER = `${API_GROUP}/destroy`
/** Of a ProxmoxCluster: lifted when nobody holds a lease on it. */
export const CLUSTER_FINALIZER = `${API_GROUP}/leases`

export const TENANT_LABEL = `${API_GROUP}/tenant`
export const TENANT_UID_LABEL = `${API_GROUP}/tenant-uid`
/** On a namespace: deleting it by hand is refused while this is "true". */
export const PROTECTION_LABEL = `${API_GROUP}/deletion-protection`
/** On a Tenant, as "true": its release is deleted without the hooks of the chart. */
export const SKIP_DELETE_HOOKS_ANNOTATION = `${API_GROUP}/skip-delete-hooks`
/** On a Tenant, with its uid: somebody confirms that this one may go although deletions are halted. */
export const CONFIRM_DELETION_ANNOTATION = `${API_GROUP}/confirm-deletion`
/** On a Tenant that is being deleted, with its uid: what it has in Proxmox VE is left there, and remembered by its lease. */
export const ABANDON_ANNOTATION = `${API_GROUP}/abandon-proxmox`
/**
 * On a Tenant, with a former uid of it, or `<installation>/<uid>`: what carries that mark in Proxmox VE is its own. For clusters that
 * were restored.
 */
export const ADOPT_ANNOTATION = `${API_GROUP}/adopt`
/** On a ProxmoxCluster, with the fingerprint of a node: that one's cluster is meant, although it is not the one that was known. */
export const ACCEPT_CLUSTER_ANNOTATION = `${API_GROUP}/accept-cluster`
/** On the operator's namespace, with a time: the same for every deletion that was asked for until then. */
export const CONFIRM_DELETIONS_ANNOTATION = `${API_GROUP}/confirm-deletions-until`
/** On the Lease `tenantry-shards`: how many shards there are, for all replicas. */
export const SHARD_COUNT_ANNOTATION = `${API_GROUP}/shard-count`
/** Beside it: that count, and what no other agreement has. Without it nobody has agreed to the count. */
export const SHARD_AGREEMENT_ANNOTATION = `${API_GROUP}/shard-agreement`
/** On the Lease of a shard: the replica that asks its holder to give it up. */
export const ASKED_BY_ANNOTATION = `${API_GROUP}/asked-by`
/** On a TenantPlan, with any value that is new: its chart is to be resolved anew. */
export const RECONCILE_ANNOTATION = `${API_GROUP}/reconcile-requested-at`
export const APPLIED_ANNOTATION = `${API_GROUP}/applied-digest`

/** Service account of a tenant's namespace as which its release is rendered and applied. */
export const RELEASE_SERVICE_ACCOUNT = 'tenantry-release'
/** ClusterRole bound to it in the tenant's namespace, unless the plan names another one. */
export const RELEASE_CLUSTER_ROLE = 'tenantry-release'

/** RoleBinding of it, one name for each role: what a binding refers to cannot be changed. 253 characters are allowed. */
export function releaseBindingName(clusterRole: string): string {
  return clusterRole === RELEASE_CLUSTER_ROLE ? RELEASE_CLUSTER_ROLE : `${RELEASE_CLUSTER_ROLE}:${clusterRole}`
}

/** Of the ClusterRole that a binding of this name ties to the release. */
export function releaseBindingRole(name: string): string | undefined {
  if (name === RELEASE_CLUSTER_ROLE) return name
  return isReleaseBindingName(name) ? name.slice(RELEASE_CLUSTER_ROLE.length + 1) : undefined
}

export function isReleaseBindingName(name: string): boolean {
  return name === RELEASE_CLUSTER_ROLE || name.startsWith(`${RELEASE_CLUSTER_ROLE}:`)
}

/** ClusterRole bound to the operator in each tenant's namespace: Secrets and nothing else. */
export const SECRETS_CLUSTER_ROLE = 'tenantry-tenant-secrets'

/** Name of objects of which a tenant's namespace has exactly one, such as its quota. */
export const OWN_OBJECT = 'tenantry'

export const ADMIN_SECRET = 'tenantry-admin'
export const JWT_SECRET = 'tenantry-jwt'
export const ADMIN_USERNAME_KEY = 'username'
export const ADMIN_PASSWORD_KEY = 'password'
export const JWT_KEY = 'key'

/** Tenant names have at most 40 characters (checked by the schema), so this fits a namespace (63) and a release (53). */
export function namespaceName(tenant: string): string {
  return `tenant-${tenant}`
}

/** Helm allows 53 characters. */
export function releaseName(tenant: string): string {
  return `tenant-${tenant}`
}

export function releaseUser(namespace: string): string {
  return `system:serviceaccount:${namespace}:${RELEASE_SERVICE_ACCOUNT}`
}

/** Copy of a Secret that outlives its tenant. The uid keeps two tenants of one name apart; 253 characters are allowed. */
export function retainedSecretName(tenant: { name: string; uid: string }, secret: string): string {
  return `${retainedSecretPrefix(tenant)}${secret}`
}

export function retainedSecretPrefix({ name, uid }: { name: string; uid: string }): string {
  return `retained-${name}-${uid.slice(0, 8)}-`
}

/** Secret in which CloudNativePG puts the credentials of the application's database user. */
export function databaseSecretName(cluster: string): string {
  return `${cluster}-app`
}

/** That of charts/tenant. */
export const DATABASE_SECRET = databaseSecretName('db')

/** The Lease on which replicas agree how many shards there are. */
export const SHARD_COUNT_LEASE = 'tenantry-shards'

/** The count is part of it, so that replicas that count otherwise never mean another shard by the same name. */
export function shardLeaseName({ shard, count }: ShardId): string {
  return `tenantry-shard-${shard}-of-${count}`
}

/** undefined for any other name. */
export function parseShardLeaseName(name: string): ShardId | undefined {
  const { shard, count } = /^tenantry-shard-(?<shard>\d+)-of-(?<count>\d+)$/.exec(name)?.groups ?? {}
  return shard === undefined ? undefined : { shard: Number(shard), count: Number(count) }
}

/** From 0 up to the count. */
export interface ShardId {
  readonly shard: number
  readonly count: number
}

/** Object names have 253 characters at most; a longer name of a cluster is cut, with a hash that keeps it apart. */
export function networkLeaseName(cluster: string, tag: number): string {
  const tail = `-${tag}`
  if (cluster.length + tail.length <= 253) return `${cluster}${tail}`
  const hash = digestOf(cluster).slice(0, 8)
  return `${cluster.slice(0, 253 - tail.length - hash.length - 1).replace(/[-.]+$/, '')}-${hash}${tail}`
}

/** Proxmox VE allows 8 letters and digits. The prefix has 4 at most, and a tag in base 36 as many. */
export function vnetName(prefix: string, tag: number): string {
  return `${prefix}${tag.toString(36)}`
}

/** Within the pool that the administrator made. Three levels of 63 characters are allowed. */
export function poolName(parent: string, tenant: string): string {
  return `${parent}/${tenant}`
}

/** Proxmox VE allows 64 characters; the names of tenants have 40 at most, those of its users 18. */
export function proxmoxUser(tenant: string, user: string): string {
  return `${user}.${tenant}@pve`
}

export function proxmoxUserSecret(user: string): string {
  return `proxmox-${user}`
}

/** A DNS label: the names of tenants have 40 characters at most, those of machines 22. */
export function guestName(tenant: string, machine: string): string {
  return `${tenant}-${machine}`
}
