/** Keeps the networks of every ProxmoxCluster as its leases say: wires the watches to a loop of its own. Decides nothing. */
import { isDeepStrictEqual } from 'node:util'
import type { NetworkLeaseStatus } from '../crds/network-lease.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import { proxmoxClusterOf, type TenantCache } from '../kube/tenant-cache.ts'
import { conditionOf } from '../plan/condition-set.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ClusterConnection } from './cluster-connection.ts'
import type { Loop } from './loop.ts'
import { reconcileNetworks } from './proxmox-networks.ts'
import type { ConnectedProxmoxWorld } from './proxmox-world.ts'
import { createSideLoop, type LoopShare, namesIn, type SideLoop } from './side-loop.ts'
import { createStatusWriter } from './status-writer.ts'
import { createVainApplies } from './vain-applies.ts'
import type { Worlds } from './worlds.ts'

export interface NetworksLoopOptions extends LoopShare {
  readonly cluster: Pick<ClusterConnection, 'kube' | 'cache'>
  readonly proxmox: ConnectedProxmoxWorld
  readonly recordEvent: Worlds['recordEvent']
}

/** Nobody tells what people change in Proxmox VE. */
const PAUSES = {
  again: 50,
  wait: { first: 500, most: 15_000 },
  backoff: { first: 1000, most: 60_000 },
  passing: { first: 500, most: 10_000 },
  resync: 120_000,
}
const WORKERS = 4

export function createNetworksLoop(options: NetworksLoopOptions): SideLoop {
  const { cluster, proxmox, recordEvent, admits, mayBegin, logger, clock } = options
  const { kube, cache } = cluster
  const writeStatus = createStatusWriter<NetworkLeaseStatus>({ kube, recordEvent, guarded: true })
  const now = () => clock.date().toISOString()
  const ports = { cache, kube, proxmox, writeStatus, vainApplies: createVainApplies(), logger, now }
  return createSideLoop({
    workers: WORKERS,
    pauses: PAUSES,
    pass: name => reconcileNetworks(ports, name),
    onCrash: (proxmoxCluster, err) => logger.error({ proxmoxCluster, err }, 'pass over networks failed'),
    mayBegin,
    admits,
    clock,
    keys: () => namesIn(cache.proxmoxClusters),
    connectTriggers: loop => connectTriggers(cache, loop),
  })
}

function connectTriggers(cache: TenantCache, loop: Pick<Loop, 'add' | 'forget'>): void {
  const addOf = (
    objects: readonly (KubeObject | undefined)[],
    clusterOf: (object: KubeObject) => string | undefined,
  ) => {
    const concerned = new Set(objects.flatMap(object => (object === undefined ? [] : (clusterOf(object) ?? []))))
    for (const name of concerned) loop.add(name, 'urgent')
  }
  cache.proxmoxClusters.onChange(({ type, object, previous }) => {
    if (type === 'deleted') loop.forget(object.metadata.name)
    else if (differs({ object, previous }, saidOfCluster)) loop.add(object.metadata.name, 'urgent')
  })
  cache.tenants.onChange(({ type, object, previous }) => {
    if (type === 'deleted' || differs({ object, previous }, saidOfTenant)) addOf([object, previous], proxmoxClusterOf)
  })
  cache.networkLeases.onChange(({ type, object, previous }) => {
    if (type === 'deleted' || differs({ object, previous }, saidOfLease)) addOf([object], clusterOfLease)
  })
  // The last of its machines may be what a lease that is to go waits for.
  cache.machines.onChange(({ type, object }) => {
    if (type === 'deleted') addOf([object], ({ status }) => (status as { cluster?: string } | undefined)?.cluster)
  })
}

function differs(
  { object, previous }: { object: KubeObject; previous: KubeObject | undefined },
  said: (object: KubeObject) => unknown,
): boolean {
  return previous === undefined || !isDeepStrictEqual(said(previous), said(object))
}

function clusterOfLease({ spec }: KubeObject): string | undefined {
  return (spec as { cluster?: string } | undefined)?.cluster
}

function saidOfCluster({ metadata, status }: KubeObject): unknown {
  const { nodes, conditions, observedGeneration } = (status ?? {}) as Partial<ProxmoxClusterStatus>
  const { status: ready, reason } = conditionOf({ conditions }, 'Ready') ?? {}
  return [metadata.generation, observedGeneration, metadata.deletionTimestamp, nodes, ready, reason]
}

function saidOfTenant({ metadata, spec }: KubeObject): unknown {
  const { uid, deletionTimestamp, finalizers = [] } = metadata
  const { proxmox } = (spec ?? {}) as { proxmox?: unknown }
  return [uid, deletionTimestamp, finalizers.includes(names.FINALIZER), proxmox]
}

/** What this loop writes itself is no news, but for the phase: whose lease is in force, or in quarantine, is looked at once more. */
function saidOfLease({ metadata, status }: KubeObject): unknown {
  const { phase, abandoned } = (status ?? {}) as Partial<NetworkLeaseStatus>
  return [metadata.uid, metadata.deletionTimestamp, phase, abandoned]
}
