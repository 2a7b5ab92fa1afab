/**
 * The operator as a whole: connects the worlds, the watches, the loop and the election, and takes them down in the
 * reverse order. Holds no decisions.
 *
 *   watches ──▶ triggers ──▶ loop ──▶ pass (tenant.ts) ──▶ worlds
 *                             ▲
 *            works on the shards whose leases are held, and not while one has lapsed; losing one to another ends it for good
 */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createRenderDesk, type RenderDesk } from '../helm/render-desk.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import { createApiGate } from './api-gate.ts'
import { type ClusterConnection, connectCluster } from './cluster-connection.ts'
import { type HealthSources, healthPages } from './health.ts'
import { type HttpServer, serveHttp } from './http-server.ts'
import { knownCluster } from './known-cluster.ts'
import { createLoop, type Loop } from './loop.ts'
import { createMachineLoop } from './machine-loop.ts'
import { createMetrics, type Metrics, type PassEnd } from './metrics.ts'
import { createPass } from './pass.ts'
import { createPlanLoop } from './plan-loop.ts'
import { createPrivateFolder } from './private-folder.ts'
import { createProxmoxConnections, type ProxmoxConnections } from './proxmox-connections.ts'
import { createProxmoxLoop } from './proxmox-loop.ts'
import { createNetworksLoop } from './proxmox-networks-loop.ts'
import { createShardWork, type ShardWork } from './shard-work.ts'
import type { SideLoop } from './side-loop.ts'
import { addTenantOf, addTenantsOf, connectTriggers } from './trigger.ts'
import { connectWorlds } from './world-connection.ts'

export interface Operator {
  /** Ends the passes under way, gives the lease back and closes every connection. */
  stop(): Promise<void>
  readonly metricsPort: number
  readonly healthPort: number
}

export interface OperatorOptions {
  readonly config: Config
  readonly logger: Logger
  /** Unique among replicas, such as the name of the pod. */
  readonly identity: string
  /** Another has the lease, or may have it: nothing is written any more, and the process has to go. */
  readonly onLost: (reason: string) => void
  readonly clock?: Clock
}

/** For passes under way at the end; deploy/operator/deployment.yaml gives the whole of it a minute. */
const PATIENCE_MS = 30_000
/** For the events that are still to be written then. */
const FLUSH_MS = 5_000
export const PAUSES = {
  again: 50,
  wait: { first: 1000, most: 15_000 },
  backoff: { first: 500, most: 120_000 },
  passing: { first: 500, most: 10_000 },
}

export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { config, logger, identity, onLost, clock = systemClock } = options
  const folder = await createPrivateFolder()
  let metrics: Metrics | undefined
  let desk: RenderDesk | undefined
  const shardWork = createShardWork({
    config,
    logger,
    identity,
    clock,
    cluster: () => cluster,
    loop: () => loop,
    others: () => others,
    // The time that Proxmox VE may take for a request is no part of the lease's.
    onLapsed: () => void connections.close(),
    onLost: reason => {
      logger.error({ decision: 'lease-lost', reason }, 'the lease is lost: stopping')
      cluster.closeWrites()
      worlds.stop()
      void connections.close()
      onLost(reason)
    },
  })
  const cluster = await connectCluster({
    config,
    logger,
    identity,
    clock,
    mayWrite: shardWork.mayWrite,
    onRequest: report => metrics?.requested(report),
    onTrouble: () => gate.suspect(),
  })
  const gate = createApiGate({
    isReady: cluster.isReady,
    onOpen: () => {
      for (const one of [loop, ...others]) one.resume()
    },
    onAway: () => logger.warn({ decision: 'held' }, 'the API server is away: passes wait'),
    clock,
  })
  const mayBegin = () => gate.isOpen && shardWork.mayBegin()
  const connections = createProxmoxConnections({
    kube: cluster.kube,
    namespace: config.operatorNamespace,
    mayWrite: shardWork.mayWrite,
    known: name => knownCluster(cluster.cache, name),
    onRequest: report => metrics?.requestedProxmox(report),
  })
  const worlds = await connectWorlds({
    config,
    cluster,
    connections,
    privateDir: folder.path,
    clock,
    mayRun: shardWork.mayWrite,
    onRender: result => metrics?.rendered(result),
    onMissingRenderer: renderer =>
      logger.warn({ renderer }, 'the renderer cannot be started: helm renders, which costs more'),
    guardRenderer: renderer => {
      desk = createRenderDesk({
        renderer,
        lanes: config.renders,
        onEnded: release => addTenantOf(release, cluster.cache, loop),
      })
      return desk
    },
    onFetched: digest => addTenantsOf(digest, cluster.cache, loop),
  })
  const pauses = { ...PAUSES, resync: config.resyncSeconds * 1000 }
  const pass = createPass({ config, cluster, worlds, logger, clock })
  const loop = createLoop({
    workers: config.workers,
    pauses,
    clock,
    admits: shardWork.admits,
    pass: async (name, urgency) => {
      const startedMs = performance.now()
      let end: PassEnd = 'crash'
      try {
        const outcome = await pass(name, urgency)
        const isInterrupted = outcome.end === 'backoff' && outcome.passing !== undefined
        end = isInterrupted ? 'interrupted' : outcome.end
        if (isInterrupted) gate.suspect()
        logger.debug({ tenant: name, ...outcome }, 'pass ended')
        return outcome
      } finally {
        metrics?.reconciled(end, (performance.now() - startedMs) / 1000)
      }
    },
    onCrash: (tenant, err) => logger.error({ tenant, err }, 'pass failed'),
    mayBegin,
  })
  const { admits } = shardWork
  const shared = { admits, mayBegin, logger, clock }
  const { recordEvent } = worlds
  const others: readonly SideLoop[] = [
    createPlanLoop({ ...shared, worlds, kube: cluster.kube, pauses }),
    createProxmoxLoop({ ...shared, cluster, connections, recordEvent }),
    createMachineLoop({ ...shared, cluster, world: worlds.proxmox, recordEvent }),
    createNetworksLoop({ ...shared, cluster, proxmox: worlds.proxmox, recordEvent }),
  ]
  const knownTenants = () => (cluster.cache.tenants.synced ? cluster.cache.tenants.list() : [])
  const longestPassMs = () => Math.max(...[loop, ...others].map(one => one.longestPassMs()))
  metrics = createMetrics({
    queueDepth: () => loop.depth,
    longestPassMs,
    shards: shardWork.shards,
    nowMs: () => clock.date().getTime(),
    tenants: knownTenants,
  })
  const servers = await serve(config, metrics, {
    synced: () => cluster.synced,
    watchesIdleForMs: () => cluster.idleForMs(),
    longestPassMs,
  })
  cluster.startWatches()
  await cluster.whenSynced()
  const { cache, apiServer, ownNamespace } = cluster
  connectTriggers({ cache, apiServer, ownNamespace, loop, baseDomain: config.baseDomain })
  for (const other of others) other.connectTriggers()
  logger.info({ tenants: knownTenants().length }, 'watching')
  for (const one of [...others, loop]) one.start()
  shardWork.start()

  return {
    metricsPort: servers.metrics.port,
    healthPort: servers.health.port,
    async stop() {
      gate.stop()
      // What is still being rendered, whoever comes next renders anew.
      desk?.hurry()
      await stopInOrder({ loops: [loop, ...others], connections, worlds, shardWork, cluster, servers })
      await folder.remove()
    },
  }
}

interface Stoppable {
  readonly loops: readonly Pick<Loop, 'stop'>[]
  readonly connections: ProxmoxConnections
  readonly worlds: { stop(): void }
  readonly shardWork: Pick<ShardWork, 'stop'>
  readonly cluster: Pick<ClusterConnection, 'close' | 'closeWrites' | 'events'>
  readonly servers: { readonly metrics: HttpServer; readonly health: HttpServer }
}

async function stopInOrder({ loops, connections, worlds, shardWork, cluster, servers }: Stoppable): Promise<void> {
  const impatience = setTimeout(() => worlds.stop(), PATIENCE_MS)
  await connections.close()
  await Promise.all(loops.map(loop => loop.stop()))
  clearTimeout(impatience)
  worlds.stop()
  await connections.close()
  // What happened last is told while the lease still allows writing, and only to a server that listens.
  const silence = setTimeout(() => cluster.closeWrites(), FLUSH_MS)
  await cluster.events.flush()
  clearTimeout(silence)
  await shardWork.stop()
  await cluster.close()
  await Promise.all([servers.metrics.stop(), servers.health.stop()])
}

async function serve(
  config: Config,
  metrics: Metrics,
  sources: HealthSources,
): Promise<{ metrics: HttpServer; health: HttpServer }> {
  const health = await serveHttp(config.healthPort, healthPages(sources))
  const exposed = await serveHttp(config.metricsPort, {
    '/metrics': async () => ({
      status: 200,
      contentType: metrics.registry.contentType,
      body: await metrics.registry.metrics(),
    }),
  })
  return { metrics: exposed, health }
}
