/** Looks at everything of one tenant that Kubernetes holds itself. Reads only. */

import * as names from '../plan/names.ts'
import { isOwnNamespace } from '../plan/namespace.ts'
import type { KubeObject } from '../plan/object.ts'
import type {
  NamespaceObservation,
  OwnedObject,
  RetainedVolume,
  TeardownObservation,
  TenantObservation,
  VolumeObservation,
} from '../plan/observation.ts'
import type { TenantIdentity } from '../plan/release.ts'
import { appliedDigestOf, ownedEntry } from '../plan/tenant.ts'
import type { Kube } from './client.ts'
import type { Informer } from './informer.ts'
import type { Probe, ProbeTarget } from './probe.ts'
import { holderOf, MARKED, type TenantCache } from './tenant-cache.ts'
import { NO_WORKLOADS, observeWorkloads } from './workload.ts'

export interface ObservePorts {
  readonly kube: Kube
  readonly cache: TenantCache
  readonly probe: Probe
}

/**
 * Everything but the release. Throws where something could not be looked at, so that nothing passes for absent. The
 * tenant's Secrets are not looked at where the caller knows their keys.
 */
export async function observeTenant(
  { kube, cache, probe }: ObservePorts,
  tenant: TenantIdentity,
  target: ProbeTarget,
  known?: TenantObservation['secretKeys'],
): Promise<Omit<TenantObservation, 'release' | 'unready' | 'drift'>> {
  const namespace = await observeNamespace({ kube, cache }, tenant.name)
  if (!isOwnNamespace(namespace, tenant)) {
    return { namespace, isReadable: true, objects: new Map(), secretKeys: new Map(), workloads: NO_WORKLOADS }
  }
  const objects = observeOwnObjects(cache, tenant.name)
  const [secretKeys, workloads] = await Promise.all([
    known ?? observeSecretKeys({ kube, cache }, tenant.name, [names.ADMIN_SECRET, names.JWT_SECRET]),
    observeWorkloads({ kube, cache, probe }, names.namespaceName(tenant.name), target),
  ])
  return { namespace, isReadable: mayReadSecrets(cache, tenant.name), objects, secretKeys, workloads }
}

/** Whether a kind of ours is being removed from the cluster, by its name in the plural: then the API server deletes all of its objects. */
export async function isKindLeaving(kube: Pick<Kube, 'get'>, plural: 'tenants' | 'tenantmachines'): Promise<boolean> {
  const name = `${plural}.${names.API_GROUP}`
  const definition = await kube.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name })
  return definition?.metadata.deletionTimestamp !== undefined
}

/** What a teardown needs, except the release. */
export async function observeTeardown(
  { kube, cache }: Pick<ObservePorts, 'kube' | 'cache'>,
  tenant: TenantIdentity,
  operatorNamespace: string,
): Promise<Omit<TeardownObservation, 'release'>> {
  const [namespace, crdTerminating, volumes] = await Promise.all([
    observeNamespace({ kube, cache }, tenant.name),
    isKindLeaving(kube, 'tenants'),
    observeVolumes(kube, tenant),
  ])
  const isOwn = isOwnNamespace(namespace, tenant)
  const objects = isOwn ? observeOwnObjects(cache, tenant.name) : new Map()
  const present = isOwn
    ? await observeSecretKeys({ kube, cache }, tenant.name, retainedSecrets(cache, tenant.name))
    : new Map()
  const secrets = await Promise.all(
    [...present.keys()].map(async name => ({
      name,
      copied:
        (await kube.get({
          apiVersion: 'v1',
          kind: 'Secret',
          namespace: operatorNamespace,
          name: names.retainedSecretName(tenant, name),
        })) !== undefined,
    })),
  )
  return { namespace, objects, volumes, secrets, crdTerminating }
}

/** The application's credentials, and those with which its database is read again. */
function retainedSecrets({ databases }: Pick<TenantCache, 'databases'>, tenant: string): string[] {
  const own = databases.synced ? databases.list(names.namespaceName(tenant)) : []
  const secrets = own.map(({ metadata }) => names.databaseSecretName(metadata.name))
  return [...new Set([names.ADMIN_SECRET, names.JWT_SECRET, names.DATABASE_SECRET, ...secrets])]
}

/** Live where the watch knows no such namespace: somebody else's carries no mark of ours. */
async function observeNamespace(
  { kube, cache }: Pick<ObservePorts, 'kube' | 'cache'>,
  tenant: string,
): Promise<NamespaceObservation> {
  const name = names.namespaceName(tenant)
  const found = cache.namespaces.get(name) ?? (await kube.get({ apiVersion: 'v1', kind: 'Namespace', name }))
  if (found === undefined) return { found: 'absent' }
  const digest = appliedDigestOf(found)
  const remaining = remainingContent(found)
  const { creationTimestamp } = found.metadata
  return {
    found: 'present',
    uid: found.metadata.uid ?? '',
    terminating: found.metadata.deletionTimestamp !== undefined,
    labels: found.metadata.labels ?? {},
    ...(creationTimestamp === undefined ? {} : { createdAt: creationTimestamp }),
    ...(digest === undefined ? {} : { appliedDigest: digest }),
    ...(remaining === undefined ? {} : { remaining }),
  }
}

function remainingContent(namespace: KubeObject): string | undefined {
  const { conditions = [] } = (namespace.status ?? {}) as {
    conditions?: { type: string; status: string; message?: string }[]
  }
  const telling = ['NamespaceDeletionContentFailure', 'NamespaceFinalizersRemaining', 'NamespaceContentRemaining']
  return telling
    .map(type => conditions.find(condition => condition.type === type && condition.status === 'True')?.message)
    .find(message => message !== undefined)
}

function observeOwnObjects(cache: TenantCache, tenant: string): Map<string, OwnedObject> {
  const namespace = names.namespaceName(tenant)
  const found = MARKED.flatMap(watch => cache[watch].list(namespace))
  return new Map(found.map(ownedEntry))
}

/** Secrets of a tenant can be read, and have been made, only once the operator has its right to them there. */
export function mayReadSecrets({ roleBindings }: Pick<TenantCache, 'roleBindings'>, tenant: string): boolean {
  return roleBindings.get(names.SECRETS_CLUSTER_ROLE, names.namespaceName(tenant)) !== undefined
}

/** Keys only. Nothing is known where the right to read them is not there. */
export async function observeSecretKeys(
  { kube, cache }: Pick<ObservePorts, 'kube' | 'cache'>,
  tenant: string,
  secrets: readonly string[],
): Promise<Map<string, string[]>> {
  if (!mayReadSecrets(cache, tenant)) return new Map()
  const namespace = names.namespaceName(tenant)
  const found = await Promise.all(secrets.map(name => kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name })))
  return new Map(
    found.flatMap(secret =>
      secret === undefined ? [] : [[secret.metadata.name, Object.keys((secret.data as object | undefined) ?? {})]],
    ),
  )
}

/** Volumes of this tenant: bound to its namespace's claims now, or marked as its own before. */
async function observeVolumes(kube: Kube, tenant: TenantIdentity): Promise<VolumeObservation[]> {
  const volumes = await kube.list({ apiVersion: 'v1', kind: 'PersistentVolume' })
  const namespace = names.namespaceName(tenant.name)
  return volumes
    .filter(
      volume =>
        (volume.spec as { claimRef?: { namespace?: string } }).claimRef?.namespace === namespace &&
        [undefined, tenant.uid].includes(volume.metadata.labels?.[names.TENANT_UID_LABEL]),
    )
    .map(volume => ({
      name: volume.metadata.name,
      policy: (volume.spec as { persistentVolumeReclaimPolicy?: string }).persistentVolumeReclaimPolicy ?? 'Retain',
      labels: volume.metadata.labels ?? {},
      phase: (volume.status as { phase?: string } | undefined)?.phase ?? 'Unknown',
      ...(volume.metadata.creationTimestamp === undefined ? {} : { createdAt: volume.metadata.creationTimestamp }),
    }))
}

/** Volumes that a former tenant of the same name left behind, because its policy was to keep them. */
export function observeRetained(retained: Pick<Informer, 'indexed'>, { name, uid }: TenantIdentity): RetainedVolume[] {
  const former = retained.indexed(name).filter(({ metadata }) => metadata.labels?.[names.TENANT_UID_LABEL] !== uid)
  return former.map(({ metadata }) => ({
    volume: metadata.name,
    formerUid: metadata.labels?.[names.TENANT_UID_LABEL] ?? '',
  }))
}

/** What the tenant holds of Proxmox VE clusters, also what no watch has told of yet. */
export async function observeLeases(kube: Pick<Kube, 'list'>, { name, uid }: TenantIdentity): Promise<KubeObject[]> {
  const kind = { apiVersion: names.API_VERSION, kind: 'NetworkLease' }
  // By what nobody can edit: labels anybody can.
  const found = await kube.list(kind, { fieldSelector: `spec.tenant.name=${name}` })
  return found.filter(lease => holderOf(lease) === uid)
}

/** What a watch knows of them may be older than the operator's own last write. */
export async function observeMachines(
  kube: Pick<Kube, 'get'>,
  { name }: TenantIdentity,
  machines: readonly string[],
): Promise<KubeObject[]> {
  const kind = { apiVersion: names.API_VERSION, kind: 'TenantMachine', namespace: names.namespaceName(name) }
  const found = await Promise.all(machines.map(machine => kube.get({ ...kind, name: machine })))
  return found.flatMap(object => (object === undefined ? [] : [object]))
}
