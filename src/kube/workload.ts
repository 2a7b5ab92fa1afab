/** Looks at what runs for one tenant: deployments, database, ingress, endpoints, and why pods do not run. Reads only. */

import type { KubeObject } from '../plan/object.ts'
import type { DatabaseObservation, DeploymentObservation, WorkloadObservation } from '../plan/observation.ts'
import { podProblems } from '../plan/pod-problem.ts'
import { appliedDigestOf } from '../plan/tenant.ts'
import type { ObservePorts } from './observe.ts'
import type { TenantCache } from './tenant-cache.ts'

export const NO_WORKLOADS: WorkloadObservation = {
  deployments: [],
  database: { found: 'absent' },
  ingress: { found: false, addresses: [] },
  readyServices: [],
  podProblems: [],
  probe: { result: 'off' },
}

export async function observeWorkloads(
  { kube, cache, probe }: ObservePorts,
  namespace: string,
  host: string,
): Promise<WorkloadObservation> {
  const within = (objects: KubeObject[]) => objects.filter(object => object.metadata.namespace === namespace)
  const deployments = within(cache.deployments.list())
    .map(deploymentOf)
    .sort((a, b) => a.name.localeCompare(b.name))
  const database = databaseOf(cache, within)
  const ingresses = within(cache.ingresses.list())
  const running = isRunning(deployments, database)
  const [pods, probed] = await Promise.all([
    running || (deployments.length === 0 && database.found === 'absent')
      ? []
      : kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace }),
    deployments.length > 0 && deployments.every(({ available }) => available > 0) ? probe(host) : NO_WORKLOADS.probe,
  ])
  return {
    deployments,
    database,
    ingress: { found: ingresses.length > 0, addresses: ingresses.flatMap(addressesOf).sort() },
    readyServices: readyServices(within(cache.endpointSlices.list())),
    podProblems: podProblems(pods),
    probe: probed,
  }
}

function isRunning(deployments: readonly DeploymentObservation[], database: DatabaseObservation): boolean {
  return (
    deployments.every(({ rolledOut }) => rolledOut) &&
    database.found === 'present' &&
    database.readyInstances === database.instances
  )
}

/**
 * Rolled out by kubectl's rule: the controller has seen this generation, and all replicas are new and available. Counts
 * of zero are left out by the API server.
 */
function deploymentOf(object: KubeObject): DeploymentObservation {
  const status = (object.status ?? {}) as {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    availableReplicas?: number
    conditions?: { type: string; status: string; message?: string }[]
  }
  const replicas = (object.spec as { replicas?: number }).replicas ?? 1
  const available = status.availableReplicas ?? 0
  const digest = appliedDigestOf(object)
  const failure = status.conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')?.message
  return {
    name: object.metadata.name,
    replicas,
    available,
    rolledOut:
      (status.observedGeneration ?? 0) >= (object.metadata.generation ?? 0) &&
      (status.updatedReplicas ?? 0) === replicas &&
      (status.replicas ?? 0) === replicas &&
      available === replicas,
    ...(digest === undefined ? {} : { appliedDigest: digest }),
    ...(failure === undefined ? {} : { failure }),
  }
}

function databaseOf(cache: TenantCache, within: (objects: KubeObject[]) => KubeObject[]): DatabaseObservation {
  if (!cache.databases.synced) {
    return { found: 'unknown', why: 'Clusters of CloudNativePG cannot be read. Is CloudNativePG installed?' }
  }
  const [cluster] = within(cache.databases.list())
  if (cluster === undefined) return { found: 'absent' }
  const status = (cluster.status ?? {}) as {
    readyInstances?: number
    currentPrimary?: string
    phase?: string
    phaseReason?: string
  }
  const digest = appliedDigestOf(cluster)
  return {
    found: 'present',
    name: cluster.metadata.name,
    instances: (cluster.spec as { instances?: number }).instances ?? 1,
    readyInstances: status.readyInstances ?? 0,
    ...(digest === undefined ? {} : { appliedDigest: digest }),
    ...(status.currentPrimary ? { primary: status.currentPrimary } : {}),
    ...(status.phase ? { phase: status.phase } : {}),
    ...(status.phaseReason ? { phaseReason: status.phaseReason } : {}),
  }
}

function addressesOf(ingress: KubeObject): string[] {
  const status = ingress.status as { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } } | undefined
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? [])
}

function readyServices(slices: readonly KubeObject[]): string[] {
  const ready = slices.filter(slice =>
    ((slice.endpoints ?? []) as { conditions?: { ready?: boolean } }[]).some(
      ({ conditions }) => conditions?.ready !== false,
    ),
  )
  const services = ready.flatMap(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] ?? [])
  return [...new Set(services)].sort()
}
