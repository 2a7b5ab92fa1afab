/**
 * One pass over the networks of a ProxmoxCluster: a lease for each tenant that waits for one, a vnet for each lease, one apply for
 * all of them, and what is to go taken away. Level-triggered: of the pass before it knows which nodes were told in vain, no more.
 */
import { liftFinalizer } from '../kube/finalizer.ts'
import * as names from '../plan/names.ts'
import { unknownLeaseStatusOf } from '../plan/network-status.ts'
import { type KubeObject, refOf } from '../plan/object.ts'
import type { ProxmoxLook, ProxmoxProblem } from '../plan/proxmox-view.ts'
import { isInterrupted, ProxmoxError } from '../proxmox/errors.ts'
import { observeGuestCards } from '../proxmox/networks.ts'
import { leasesOf, makeLeases } from './network-leases.ts'
import { freeLease, LEASE_KIND, type NetworksPorts, tellLease } from './network-ports.ts'
import { serveNetworks } from './network-service.ts'
import { strangersOf, tagsOf } from './network-use.ts'
import { interruptedOutcome } from './observation-failure.ts'
import type { Outcome } from './outcome.ts'
import { ProxmoxUnusable } from './proxmox-unusable.ts'
import { NO_TENANT } from './proxmox-world.ts'
import { failureOf } from './stage-runner.ts'

/** What a look may be older than, as long as nothing was changed here. */
const YOUNG_MS = 5000

export async function reconcileNetworks(ports: NetworksPorts, name: string): Promise<Outcome> {
  try {
    return await reconcile({ ...ports, logger: ports.logger.child({ proxmoxCluster: name }) }, name)
  } catch (error) {
    return interruptedOutcome(error, ports.logger)
  }
}

async function reconcile(ports: NetworksPorts, name: string): Promise<Outcome> {
  const { cache, proxmox } = ports
  const cluster = cache.proxmoxClusters.get(name)
  if (cluster === undefined) return { end: 'done' }
  // Before something is taken away, nobody trusts an older look.
  const isTaking = leasesOf(name, cache.networkLeases.list()).some(({ metadata }) => metadata.deletionTimestamp)
  const look = await proxmox.look(name, { tenant: NO_TENANT, youngerThanMs: isTaking ? 0 : YOUNG_MS })
  if (look.found === 'unknown') return withoutLook(ports, cluster, look.problem)
  try {
    return await withLook(ports, cluster, look)
  } catch (error) {
    const isProxmox = error instanceof ProxmoxUnusable || (error instanceof ProxmoxError && !isInterrupted(error))
    if (!isProxmox) throw error
    return withoutLook(ports, cluster, failureOf('Observation', error))
  }
}

async function withLook(
  ports: NetworksPorts,
  cluster: KubeObject,
  look: Extract<ProxmoxLook, { found: 'view' }>,
): Promise<Outcome> {
  const { kube, cache, proxmox } = ports
  const { spec, view, lacking } = look
  const isLeaving = cluster.metadata.deletionTimestamp !== undefined
  const { name } = cluster.metadata
  const tagsOfGuests = async () =>
    tagsOf(spec, await observeGuestCards(await proxmox.connect(name), view, strangersOf(name, cache, view)))
  const making = { kube, cache, installation: proxmox.installation(), tagsOfGuests, logger: ports.logger }
  const mayAllocate = lacking === undefined && !isLeaving
  const { leases, outrun } = await makeLeases(making, { cluster, spec, view, mayAllocate })
  if (outrun) return { end: 'again' }
  if (isLeaving && leases.length === 0) return letGo(ports, cluster)
  return serveNetworks(ports, { cluster: name, look, leases })
}

/** Nothing is guessed: what was known stays, with the reason. */
async function withoutLook(ports: NetworksPorts, cluster: KubeObject, problem: ProxmoxProblem): Promise<Outcome> {
  const { cache, logger, now } = ports
  const { name, deletionTimestamp } = cluster.metadata
  const leases = leasesOf(name, cache.networkLeases.list())
  logger.warn({ decision: 'blocked', reason: problem.reason }, problem.message)
  const isLeaving = deletionTimestamp !== undefined
  if (isLeaving && leases.length === 0) return letGo(ports, cluster)
  for (const lease of leases) {
    // Given up twice: what it stands for, and its cluster.
    const isGivenUp = lease.status?.abandoned !== undefined && lease.metadata.deletionTimestamp !== undefined
    if (isLeaving && isGivenUp) await freeLease(ports, lease)
    else await tellLease(ports, lease, unknownLeaseStatusOf(lease, problem, now()))
  }
  return { end: 'backoff', reason: problem.reason }
}

async function letGo({ kube }: NetworksPorts, cluster: KubeObject): Promise<Outcome> {
  const { name, uid = '' } = cluster.metadata
  const left = await kube.list(LEASE_KIND, { fieldSelector: `spec.cluster=${name}` })
  if (left.length > 0) return { end: 'again' }
  await liftFinalizer(kube, { ref: refOf(cluster), uid, finalizer: names.CLUSTER_FINALIZER })
  return { end: 'done' }
}
