/** Keeps an eye on every ProxmoxCluster: wires its watch to a loop of its own. Decides nothing. */
import type { Logger } from 'pino'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import type { Clock } from '../kube/clock.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ClusterConnection } from './cluster-connection.ts'
import { createLoop, type Loop } from './loop.ts'
import { reconcileProxmoxCluster } from './proxmox-cluster.ts'
import type { ProxmoxConnections } from './proxmox-connections.ts'
import type { SideLoop } from './side-loop.ts'
import { createStatusWriter } from './status-writer.ts'
import type { Worlds } from './worlds.ts'

export interface ProxmoxLoopOptions {
  readonly cluster: Pick<ClusterConnection, 'kube' | 'cache'>
  readonly recordEvent: Worlds['recordEvent']
  readonly connections: ProxmoxConnections
  /** Whether a cluster is this replica's. */
  readonly admits: (name: string) => boolean
  readonly mayBegin: () => boolean
  readonly logger: Logger
  readonly clock: Clock
}

/** A cluster is looked at once a minute: nobody tells when a node fails, or when a right has been granted. */
const PAUSES = {
  again: 50,
  wait: { first: 1000, most: 15_000 },
  backoff: { first: 1000, most: 30_000 },
  passing: { first: 500, most: 10_000 },
  resync: 60_000,
}
const WORKERS = 2

export function createProxmoxLoop(options: ProxmoxLoopOptions): SideLoop {
  const { cluster, connections, recordEvent, admits, mayBegin, logger, clock } = options
  const { kube, cache } = cluster
  const writeStatus = createStatusWriter<ProxmoxClusterStatus>({ kube, recordEvent })
  const now = () => clock.date().toISOString()
  const ports = { cache, connections, writeStatus, logger, now }
  const loop: Loop = createLoop({
    workers: WORKERS,
    pauses: PAUSES,
    async pass(name) {
      const outcome = await reconcileProxmoxCluster(ports, name)
      // It came once more after its end, to be disconnected.
      if (cache.proxmoxClusters.synced && cache.proxmoxClusters.get(name) === undefined) loop.forget(name)
      return outcome
    },
    onCrash: (proxmoxCluster, err) => logger.error({ proxmoxCluster, err }, 'pass failed'),
    mayBegin,
    admits,
    clock,
  })
  return {
    start: () => loop.start(),
    resume: () => loop.resume(),
    retire: () => loop.retire(),
    longestPassMs: () => loop.longestPassMs(),
    addAll() {
      if (!cache.proxmoxClusters.synced) return
      for (const { metadata } of cache.proxmoxClusters.list()) loop.add(metadata.name, 'routine')
    },
    connectTriggers() {
      const clusters = cache.proxmoxClusters
      clusters.onChange(({ type, object, previous }) => {
        if (type !== 'deleted') {
          if (previous === undefined || isEdited(previous, object)) loop.add(object.metadata.name, 'urgent')
          return
        }
        // Also those that it kept from being used, for being the same cluster.
        for (const { metadata } of [object, ...clusters.list()]) loop.add(metadata.name, 'urgent')
      })
    },
    stop: () => loop.stop(),
  }
}

function isEdited({ metadata: before }: KubeObject, { metadata: after }: KubeObject): boolean {
  return before.generation !== after.generation || before.deletionTimestamp !== after.deletionTimestamp
}
