/** One pass over a ProxmoxCluster: is it there, may the token do what it has to, and is everything prepared. */
import type { Logger } from 'pino'
import { type ProxmoxCluster, parseProxmoxCluster } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import { conditionOf } from '../plan/condition-set.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import {
  type ClusterProblem,
  type ClusterStatusInputs,
  clusterStatusOf,
  invalidStatusOf,
  problemStatusOf,
} from '../plan/proxmox-cluster-status.ts'
import { type ClusterClaim, holderOf } from '../plan/proxmox-identity.ts'
import { isInterrupted, ProxmoxError } from '../proxmox/errors.ts'
import { observeCluster } from '../proxmox/observe.ts'
import { leasesOf } from './network-leases.ts'
import { interruptedOutcome } from './observation-failure.ts'
import type { Outcome } from './outcome.ts'
import type { ProxmoxConnections } from './proxmox-connections.ts'
import { type ProxmoxReason, reasonOf } from './proxmox-failure.ts'

export interface ProxmoxClusterPorts {
  readonly cache: Pick<TenantCache, 'proxmoxClusters' | 'networkLeases'>
  readonly connections: ProxmoxConnections
  readonly writeStatus: (cluster: KubeObject, status: ProxmoxClusterStatus) => Promise<void>
  readonly logger: Logger
  readonly now: () => string
}

export async function reconcileProxmoxCluster(ports: ProxmoxClusterPorts, name: string): Promise<Outcome> {
  try {
    return await reconcile(ports, name)
  } catch (error) {
    return interruptedOutcome(error, ports.logger)
  }
}

async function reconcile(ports: ProxmoxClusterPorts, name: string): Promise<Outcome> {
  const { cache, connections, writeStatus, now } = ports
  const object = cache.proxmoxClusters.get(name)
  if (object === undefined || isLeft(object)) {
    await connections.forget(name)
    return { end: 'done' }
  }
  const logger = ports.logger.child({ proxmoxCluster: name })
  const before = object.status as ProxmoxClusterStatus | undefined
  const leases = leasesOf(name, cache.networkLeases.list()).map(({ spec }) => ({
    tag: spec.tag,
    tenant: spec.tenant.name,
  }))
  const { generation = 0, deletionTimestamp } = object.metadata
  const inputs: ClusterStatusInputs = {
    generation,
    before,
    now: now(),
    leases,
    isLeaving: deletionTimestamp !== undefined,
  }
  const parsed = parseProxmoxCluster(object)
  if (!parsed.ok) {
    logger.warn({ decision: 'stalled', reason: 'InvalidSpec' }, parsed.message)
    await writeStatus(object, invalidStatusOf(parsed.message, inputs))
    return { end: 'terminal', reason: 'InvalidSpec' }
  }
  const found = await look(ports, parsed.value)
  if ('problem' in found) {
    logger.warn({ decision: 'blocked', reason: found.problem.reason }, found.problem.message)
    await writeStatus(object, problemStatusOf(found.problem, inputs))
    return { end: 'backoff', reason: found.problem.reason }
  }
  const status = clusterStatusOf(parsed.value.spec, found.observed, inputs)
  // Only now its nodes are known, by which another object may hold it.
  const problem = heldElsewhere(ports, parsed.value, status)
  const held = { ...inputs, before: { ...status, conditions: before?.conditions } }
  await writeStatus(object, problem === undefined ? status : problemStatusOf(problem, held))
  const ready = conditionOf(status, 'Ready')
  if (problem !== undefined) return { end: 'backoff', reason: problem.reason }
  return ready?.status === 'True' ? { end: 'done' } : { end: 'backoff', reason: ready?.reason ?? 'Unknown' }
}

/** One that is being deleted is still needed while leases hold it. */
function isLeft({ metadata: { deletionTimestamp, finalizers = [] } }: KubeObject): boolean {
  return deletionTimestamp !== undefined && !finalizers.includes(names.CLUSTER_FINALIZER)
}

type Found = { readonly problem: ClusterProblem } | { readonly observed: Awaited<ReturnType<typeof observeCluster>> }

async function look(ports: ProxmoxClusterPorts, cluster: ProxmoxCluster): Promise<Found> {
  const { spec, metadata } = cluster
  // By its endpoints alone: the nodes in its status may be those of another cluster, from before an edit.
  const problem = heldElsewhere(ports, cluster, undefined)
  if (problem !== undefined) return { problem }
  const connection = await ports.connections.open(metadata.name, spec)
  if (connection.problem !== undefined) return { problem: connection.problem }
  try {
    return { observed: await observeCluster(connection.proxmox, spec, connection.tokenId) }
  } catch (error) {
    if (!(error instanceof ProxmoxError) || isInterrupted(error)) throw error
    const reason = reasonOf(error.kind)
    return { problem: { reason: isOfCluster(reason) ? reason : 'UnexpectedAnswer', message: error.message } }
  }
}

/** Rights and quorum are looked at one by one: that looking is refused is none of what is expected. */
const OF_CLUSTER = ['Unreachable', 'Untrusted', 'OtherCluster', 'TokenRefused'] as const

function isOfCluster(reason: ProxmoxReason): reason is (typeof OF_CLUSTER)[number] {
  return OF_CLUSTER.some(known => known === reason)
}

function heldElsewhere(
  { cache }: ProxmoxClusterPorts,
  { metadata, spec }: ProxmoxCluster,
  status: ProxmoxClusterStatus | undefined,
): ClusterProblem | undefined {
  const own = claimOf(metadata, spec, status)
  const holder = holderOf(own, cache.proxmoxClusters.list().flatMap(otherClaim))
  if (holder === undefined) return undefined
  const message = `This is the same cluster as that of ProxmoxCluster "${holder}", which is older. Delete one of the two.`
  return { reason: 'SameCluster', message }
}

/** One that is invalid holds nothing. */
function otherClaim(object: KubeObject): ClusterClaim[] {
  const parsed = parseProxmoxCluster(object)
  return parsed.ok ? [claimOf(parsed.value.metadata, parsed.value.spec, parsed.value.status)] : []
}

function claimOf(
  { name, creationTimestamp = '' }: ProxmoxCluster['metadata'],
  { endpoints }: ProxmoxClusterSpec,
  status: ProxmoxClusterStatus | undefined,
): ClusterClaim {
  return { name, createdAt: creationTimestamp, endpoints, nodes: status?.nodes ?? [] }
}
