/**
 * Keeps the machines of each tenant: a pass looks at all of them, one after the other, so that they have one writer. Wires what may
 * concern them to a loop of their own; decides nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import { isKindLeaving } from '../kube/observe.ts'
import { proxmoxClusterOf, type TenantCache } from '../kube/tenant-cache.ts'
import { conditionOf } from '../plan/condition-set.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { SecretKey } from '../plan/proxmox-step.ts'
import type { ClusterConnection } from './cluster-connection.ts'
import { createGuestLooks } from './guest-looks.ts'
import type { Loop } from './loop.ts'
import { createMachineWriter } from './machine-writer.ts'
import { reconcileMachines } from './machines.ts'
import type { ConnectedProxmoxWorld } from './proxmox-world.ts'
import { readSecret } from './secret-reader.ts'
import { createSideLoop, type LoopShare, type SideLoop } from './side-loop.ts'
import type { Worlds } from './worlds.ts'

export interface MachineLoopOptions extends LoopShare {
  readonly cluster: Pick<ClusterConnection, 'kube' | 'cache'>
  readonly world: ConnectedProxmoxWorld
  readonly recordEvent: Worlds['recordEvent']
}

/** Nobody tells when somebody stops a guest, or changes it: what Proxmox VE lists is compared once a minute. */
export const PAUSES = {
  again: 50,
  wait: { first: 1000, most: 10_000 },
  backoff: { first: 1000, most: 60_000 },
  passing: { first: 500, most: 10_000 },
  resync: 60_000,
}
const WORKERS = 8

export function createMachineLoop(options: MachineLoopOptions): SideLoop {
  const { cluster, world, recordEvent, admits, mayBegin, logger, clock } = options
  const { kube, cache } = cluster
  const ports = {
    cache,
    world,
    looks: createGuestLooks({ connect: name => world.connect(name), clock }),
    writer: createMachineWriter(kube),
    readSecret: (key: SecretKey) => readSecret(kube, key),
    readTenant: (name: string) => kube.get({ apiVersion: names.API_VERSION, kind: 'Tenant', name }),
    isKindLeaving: () => isKindLeaving(kube, 'tenantmachines'),
    recordEvent,
    logger,
    now: () => clock.date().toISOString(),
  }
  return createSideLoop({
    workers: WORKERS,
    pauses: PAUSES,
    pass: name => reconcileMachines(ports, name),
    // Of a tenant without machines nothing is due.
    isOver: name => cache.machines.synced && cache.machines.list(names.namespaceName(name)).length === 0,
    onCrash: (tenant, err) => logger.error({ tenant, err }, 'pass over machines failed'),
    mayBegin,
    admits,
    clock,
    keys: () => tenantsWithMachines(cache),
    connectTriggers: loop => connectTriggers(cache, loop),
  })
}

function connectTriggers(cache: TenantCache, loop: Pick<Loop, 'add'>): void {
  const addWhere = (holds: (tenant: string) => boolean) => {
    for (const tenant of tenantsWithMachines(cache)) if (holds(tenant)) loop.add(tenant, 'routine')
  }
  cache.machines.onChange(({ type, object, previous }) => {
    const tenant = ownerOf(cache, object.metadata.namespace)
    if (tenant === undefined) return
    if (type === 'deleted' || previous === undefined) loop.add(tenant, 'routine')
    else if (isEdited(previous, object)) loop.add(tenant, 'urgent')
  })
  cache.networkLeases.onChange(({ object, previous }) => {
    const { name } = (object.spec as { tenant?: { name?: string } } | undefined)?.tenant ?? {}
    if (name === undefined || isDeepStrictEqual(previous?.status, object.status)) return
    if (hasMachines(cache, name)) loop.add(name, 'routine')
  })
  cache.namespaces.onChange(({ object }) => {
    const tenant = object.metadata.labels?.[names.TENANT_LABEL]
    if (tenant !== undefined && hasMachines(cache, tenant)) loop.add(tenant, 'routine')
  })
  cache.tenants.onChange(({ type, object, previous }) => {
    const { name } = object.metadata
    if (type !== 'deleted' && previous !== undefined && !isEdited(previous, object)) return
    if (hasMachines(cache, name)) loop.add(name, 'routine')
  })
  cache.plans.onChange(({ object, previous }) => {
    if (previous?.metadata.generation === object.metadata.generation) return
    addWhere(name => (cache.tenants.get(name)?.spec as { plan?: string } | undefined)?.plan === object.metadata.name)
  })
  cache.proxmoxClusters.onChange(({ object, previous }) => {
    if (previous !== undefined && isAsReady(previous, object)) return
    addWhere(name => cache.tenants.synced && proxmoxClusterOf(cache.tenants.get(name)) === object.metadata.name)
  })
}

type Cache = Pick<TenantCache, 'machines' | 'namespaces' | 'tenants'>

function tenantsWithMachines(cache: Cache): string[] {
  if (!cache.machines.synced || !cache.namespaces.synced) return []
  const found = cache.machines.list().map(({ metadata }) => ownerOf(cache, metadata.namespace))
  return [...new Set(found)].filter(tenant => tenant !== undefined)
}

function hasMachines({ machines }: Cache, tenant: string): boolean {
  return machines.synced && machines.list(names.namespaceName(tenant)).length > 0
}

function ownerOf({ namespaces }: Cache, namespace: string | undefined): string | undefined {
  if (!namespaces.synced || namespace === undefined) return undefined
  return namespaces.get(namespace)?.metadata.labels?.[names.TENANT_LABEL]
}

/** Its status is this loop's own. */
function isEdited({ metadata: before }: KubeObject, { metadata: after }: KubeObject): boolean {
  const relevant = ({ uid, generation, deletionTimestamp, annotations }: KubeObject['metadata']) =>
    JSON.stringify([uid, generation, deletionTimestamp, annotations])
  return relevant(before) !== relevant(after)
}

function isAsReady(before: KubeObject, after: KubeObject): boolean {
  const said = ({ metadata, status }: KubeObject) => {
    const known = (status ?? {}) as Partial<ProxmoxClusterStatus>
    const { status: ready, reason } = conditionOf(known, 'Ready') ?? {}
    return [metadata.generation, known.observedGeneration, ready, reason]
  }
  return isDeepStrictEqual(said(before), said(after))
}
