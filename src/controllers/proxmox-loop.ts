/** Keeps an eye on every ProxmoxCluster: wires its watch to a loop of its own. Decides nothing. */
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ClusterConnection } from './cluster-connection.ts'
import { reconcileProxmoxCluster } from './proxmox-cluster.ts'
import type { ProxmoxConnections } from './proxmox-connections.ts'
import { createSideLoop, type LoopShare, namesIn, type SideLoop } from './side-loop.ts'
import { createStatusWriter } from './status-writer.ts'
import type { Worlds } from './worlds.ts'

export interface ProxmoxLoopOptions extends LoopShare {
  readonly cluster: Pick<ClusterConnection, 'kube' | 'cache'>
  readonly recordEvent: Worlds['recordEvent']
  readonly connections: ProxmoxConnections
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
  const clusters = cache.proxmoxClusters
  return createSideLoop({
    workers: WORKERS,
    pauses: PAUSES,
    pass: name => reconcileProxmoxCluster(ports, name),
    // It came once more after its end, to be disconnected.
    isOver: name => clusters.synced && clusters.get(name) === undefined,
    onCrash: (proxmoxCluster, err) => logger.error({ proxmoxCluster, err }, 'pass failed'),
    mayBegin,
    admits,
    clock,
    keys: () => namesIn(clusters),
    connectTriggers: loop =>
      clusters.onChange(({ type, object, previous }) => {
        if (type !== 'deleted') {
          if (previous === undefined || isEdited(previous, object)) loop.add(object.metadata.name, 'urgent')
          return
        }
        // Also those that it kept from being used, for being the same cluster.
        for (const { metadata } of [object, ...clusters.list()]) loop.add(metadata.name, 'urgent')
      }),
  })
}

function isEdited({ metadata: before }: KubeObject, { metadata: after }: KubeObject): boolean {
  const accepted = ({ annotations }: KubeObject['metadata']) => annotations?.[names.ACCEPT_CLUSTER_ANNOTATION]
  if (before.generation !== after.generation || accepted(before) !== accepted(after)) return true
  return before.deletionTimestamp !== after.deletionTimestamp
}
