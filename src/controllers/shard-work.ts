/** Which tenants, plans and Proxmox clusters this replica works on: those of the shards whose Leases it holds. Ties the election to the loops. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Clock } from '../kube/clock.ts'
import { createShardElection } from '../kube/shard-election.ts'
import { shardOf } from '../plan/shard.ts'
import { type ClusterConnection, leaseTimes } from './cluster-connection.ts'
import type { Loop } from './loop.ts'
import type { SideLoop } from './side-loop.ts'
import { isNews } from './trigger.ts'

export interface ShardWork {
  /** Whether the tenant, plan or Proxmox cluster of this name is this replica's. Passes over it begin while `mayBegin`. */
  admits(name: string): boolean
  /** Asked at the moment of each write and each start of a program. */
  mayWrite(): boolean
  /** False from `onLapsed` until the loops are resumed, so that none of them sleeps through it. */
  mayBegin(): boolean
  /** For each shard, whether this replica works on it. */
  shards(): readonly boolean[]
  start(): void
  /** Writes must have ended before. */
  stop(): Promise<void>
}

export interface ShardWorkOptions {
  readonly config: Config
  readonly cluster: () => Pick<ClusterConnection, 'leaseKube' | 'cache' | 'events'>
  readonly loop: () => Pick<Loop, 'add' | 'resume' | 'retire'>
  /** Loops over whatever else replicas share by name. */
  readonly others: () => readonly SideLoop[]
  readonly logger: Logger
  readonly identity: string
  readonly clock: Clock
  /** Nothing may be written until the leases are renewed. */
  readonly onLapsed: () => void
  readonly onLost: (reason: string) => void
}

/** Cluster and loop are asked for when it starts, for they ask here what they may do. */
export function createShardWork(options: ShardWorkOptions): ShardWork {
  const { config } = options
  const { shards: count } = config
  let election: ReturnType<typeof elect> | undefined
  let stopped = false
  const isAlone = () => !config.leaderElect && !stopped
  const keeps = (shard: number) => isAlone() || election?.keeps(shard) === true
  const mayWrite = () => isAlone() || election?.mayWrite() === true
  return {
    admits: name => keeps(shardOf(name, count)),
    mayWrite,
    mayBegin: () => isAlone() || election?.mayBegin() === true,
    shards: () => Array.from({ length: count }, (_, shard) => keeps(shard) && mayWrite()),
    start() {
      if (!config.leaderElect) return
      election = elect(options)
      election.start()
    },
    async stop() {
      stopped = true
      await election?.stop()
    },
  }
}

function elect(options: ShardWorkOptions) {
  const { config, cluster, loop, others, logger, identity, clock, onLapsed, onLost } = options
  const { leaseKube, events } = cluster()
  const { shards: count } = config
  return createShardElection({
    kube: leaseKube,
    namespace: config.operatorNamespace,
    count,
    identity,
    clock,
    ...leaseTimes(config),
    onTaken: shard => {
      logger.info({ decision: 'shard-taken', shard, shards: count }, 'holding the lease: working')
      addTenants(options, shard)
      for (const other of others()) other.addAll()
    },
    onGiving: async shard => {
      logger.info({ decision: 'shard-given', shard, shards: count }, 'another replica is to have this shard')
      await Promise.all([loop(), ...others()].map(one => one.retire()))
      // What happened last is told before somebody else goes on.
      await events.flush()
    },
    onLapsed: reason => {
      logger.warn({ decision: 'lease-lapsed', reason }, 'the lease has lapsed: nothing is written until it is renewed')
      onLapsed()
    },
    onRegained: () => {
      logger.info({ decision: 'lease-regained' }, 'nobody else has taken the lease: going on')
      for (const one of [loop(), ...others()]) one.resume()
    },
    onLost,
    onStandby: why => logger.info({ decision: 'standby', shards: count }, `standing by: ${why}`),
    onError: err => logger.warn({ err }, 'the lease could not be had'),
  })
}

/** As after a restart: everything is looked at once, what has been edited before the rest. */
function addTenants({ config, cluster, loop }: ShardWorkOptions, shard: number): void {
  const { tenants } = cluster().cache
  // Where the kind is gone for a moment, its return adds them.
  for (const tenant of tenants.synced ? tenants.list() : []) {
    const { name } = tenant.metadata
    if (shardOf(name, config.shards) === shard) loop().add(name, isNews(tenant) ? 'urgent' : 'routine')
  }
}
