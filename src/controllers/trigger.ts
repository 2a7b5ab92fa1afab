/** Which change brings which tenants back: wires the watches to the loop. Only adds keys, never looks further. */
import { isDeepStrictEqual } from 'node:util'
import type { TenantStatus } from '../crds/tenant.ts'
import type { Informer } from '../kube/informer.ts'
import { isMarked, proxmoxClusterOf, type TenantCache, type WatchedName } from '../kube/tenant-cache.ts'
import { conditionOf } from '../plan/condition-set.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { DesiredRelease } from '../plan/release.ts'
import { isHalted } from './deletion-judge.ts'
import { claimantsOf, claimedHost } from './host-claim.ts'
import type { Loop } from './loop.ts'

export interface TriggerOptions {
  readonly cache: TenantCache
  /** The addresses of the API server, which network policies name. */
  readonly apiServer: Informer
  /** The operator's own, where people confirm deletions. */
  readonly ownNamespace: Informer
  readonly loop: Pick<Loop, 'add' | 'forget'>
  readonly baseDomain: string
}

export function connectTriggers({ cache, apiServer, ownNamespace, loop, baseDomain }: TriggerOptions): void {
  const all = () => cache.tenants.list()
  const addWhere = (holds: (tenant: KubeObject) => boolean) => {
    for (const tenant of all().filter(holds)) loop.add(tenant.metadata.name, 'routine')
  }

  cache.tenants.onChange(({ type, object, previous }) => {
    const { name } = object.metadata
    if (type === 'deleted') loop.forget(name)
    else if (previous === undefined) loop.add(name, isNews(object) ? 'urgent' : 'routine')
    else if (isEdited(previous, object)) loop.add(name, 'urgent')
    // A host that comes free, or is taken, concerns everybody who asks for it.
    const hosts = [previous, object].flatMap(tenant => (tenant === undefined ? [] : [claimedHost(tenant, baseDomain)]))
    if (type === 'deleted' || hosts[0] !== hosts.at(-1)) {
      const concerned = new Set(hosts.flatMap(host => claimantsOf(host, cache.tenants, baseDomain)))
      for (const { metadata } of concerned) if (metadata.name !== name) loop.add(metadata.name, 'routine')
    }
  })

  cache.plans.onChange(({ type, object, previous }) => {
    if (type === 'updated' && previous !== undefined && saysTheSame(previous, object)) return
    addWhere(tenant => (tenant.spec as { plan?: string } | undefined)?.plan === object.metadata.name)
  })

  for (const [watch, informer] of Object.entries(cache) as [WatchedName, Informer][]) {
    if (watch === 'tenants' || watch === 'plans' || watch === 'proxmoxClusters') continue
    informer.onChange(({ object, previous }) => {
      if (previous !== undefined && isMarked(watch) && isSame(previous, object)) return
      if (previous !== undefined && watch === 'machines' && saidAlike(previous, object)) return
      const tenant = tenantOf(object, cache)
      if (tenant !== undefined && cache.tenants.get(tenant) !== undefined) loop.add(tenant, 'routine')
    })
  }

  apiServer.onChange(({ object, previous }) => {
    if (!isDeepStrictEqual(object.endpoints, previous?.endpoints)) addWhere(() => true)
  })

  cache.proxmoxClusters.onChange(({ object, previous }) => {
    if (previous !== undefined && isSameToTenants(previous, object)) return
    const { name } = object.metadata
    addWhere(tenant => proxmoxClusterOf(tenant) === name)
  })

  ownNamespace.onChange(() => {
    for (const tenant of all().filter(isHalted)) loop.add(tenant.metadata.name, 'urgent')
  })
}

/** Machines may be made by people, who label nothing. Leases name their tenant themselves. */
function tenantOf({ metadata, spec }: KubeObject, { namespaces }: Pick<TenantCache, 'namespaces'>): string | undefined {
  const { labels, namespace } = metadata
  const holder = (spec as { tenant?: { name?: string } } | undefined)?.tenant?.name
  const inside = namespace === undefined ? undefined : namespaces.get(namespace)?.metadata.labels?.[names.TENANT_LABEL]
  return labels?.[names.TENANT_LABEL] ?? inside ?? holder
}

/** Of a machine: what the status of its tenant tells of it, or would put back. */
function saidAlike(before: KubeObject, after: KubeObject): boolean {
  const said = ({ metadata, spec, status }: KubeObject) => {
    const { conditions } = (status ?? {}) as Parameters<typeof conditionOf>[0] & object
    const told = (['Ready', 'Deleting'] as const).map(type => conditionOf({ conditions }, type))
    return [{ ...metadata, resourceVersion: '' }, spec, told]
  }
  return isDeepStrictEqual(said(before), said(after))
}

/** An edit of which no status tells yet. */
export function isNews({ metadata, status }: KubeObject): boolean {
  return (status as { observedGeneration?: number } | undefined)?.observedGeneration !== metadata.generation
}

/** The one that a release is of, unless it has gone meanwhile. */
export function addTenantOf(
  { tenant }: Pick<DesiredRelease, 'tenant'>,
  { tenants }: Pick<TenantCache, 'tenants'>,
  loop: Pick<Loop, 'add'>,
): void {
  // Where the kind is gone for a moment, its return adds it.
  if (tenants.synced && tenants.get(tenant.name) !== undefined) loop.add(tenant.name, 'routine')
}

/** Those whose plan was resolved to the chart of this digest. */
export function addTenantsOf(digest: string, { tenants, plans }: TenantCache, loop: Pick<Loop, 'add'>): void {
  // Where a kind is gone for a moment, its return adds them.
  if (!tenants.synced || !plans.synced) return
  const isOf = ({ spec }: KubeObject) => {
    const plan = plans.get((spec as { plan?: string } | undefined)?.plan ?? '')
    return (plan?.status as { chart?: { digest?: string } } | undefined)?.chart?.digest === digest
  }
  for (const tenant of tenants.list().filter(isOf)) loop.add(tenant.metadata.name, 'routine')
}

/** To its tenants: the spec, and of a chart from a repository what became of it. */
function saysTheSame(before: KubeObject, after: KubeObject): boolean {
  if (before.metadata.generation !== after.metadata.generation) return false
  const { chart } = (after.spec ?? {}) as { chart?: { repository?: string } }
  return chart?.repository === undefined || isDeepStrictEqual(before.status, after.status)
}

/** A cluster that is as ready as it was. */
function isSameToTenants(before: KubeObject, after: KubeObject): boolean {
  const said = ({ metadata, status }: KubeObject) => {
    const known = status as TenantStatus | undefined
    const { status: isReady, reason, message } = conditionOf(known, 'Ready') ?? {}
    return [metadata.generation, known?.observedGeneration, isReady, reason, message]
  }
  return isDeepStrictEqual(said(before), said(after))
}

/** Nothing of what is kept of it, so that a controller has reported its status, and nobody edited a field. */
function isSame({ metadata: before }: KubeObject, { metadata: after }: KubeObject): boolean {
  return isDeepStrictEqual({ ...before, resourceVersion: '' }, { ...after, resourceVersion: '' })
}

/** Anything but status and its bookkeeping. */
function isEdited(before: KubeObject, after: KubeObject): boolean {
  const relevant = ({ metadata }: KubeObject) => [
    metadata.uid,
    metadata.generation,
    metadata.deletionTimestamp,
    metadata.finalizers,
    metadata.annotations,
  ]
  return !isDeepStrictEqual(relevant(before), relevant(after))
}
