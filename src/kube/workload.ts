/** Looks at what runs for one tenant: deployments, database, ingress, endpoints, and why pods do not run. Reads only. */

import type { KubeObject } from '../plan/object.ts'
import type {
  DatabaseObservation,
  DeploymentObservation,
  IngressRule,
  WorkloadObservation,
} from '../plan/observation.ts'
import { withoutPodNames } from '../plan/refusal.ts'
import { appliedDigestOf } from '../plan/tenant.ts'
import { hostOf } from '../plan/workload.ts'
import type { Kube } from './client.ts'
import { isForbidden, isKindNotServed } from './errors.ts'
import type { ObservePorts } from './observe.ts'
import type { ProbeTarget } from './probe.ts'
import { type TenantCache, WATCHED } from './tenant-cache.ts'
import { NO_TROUBLE, observeTrouble } from './trouble.ts'

export const NO_WORKLOADS: WorkloadObservation = {
  deployments: [],
  database: { found: 'absent' },
  ingress: { found: false, addresses: [], rules: [] },
  readyServices: [],
  podProblems: [],
  hasUnreadyPods: false,
  probe: { result: 'off' },
}

export async function observeWorkloads(
  { kube, cache, probe }: ObservePorts,
  namespace: string,
  { host, paths }: ProbeTarget,
): Promise<WorkloadObservation> {
  const [plain, stateful] = [cache.deployments.list(namespace), cache.statefulSets.list(namespace)]
  const deployments = [
    ...plain.map(deploymentOf),
    ...stateful.map(object => ({ ...deploymentOf(object), kind: 'StatefulSet' as const })),
  ].sort((a, b) => a.name.localeCompare(b.name))
  const database = await observeDatabase(kube, cache, namespace)
  const ingress = ingressOf(cache.ingresses.list(namespace))
  const troubled = isBegun([...plain, ...stateful], database) && !isRunning(deployments, database)
  const [trouble, probed] = await Promise.all([
    troubled ? observeTrouble(kube, namespace, database) : NO_TROUBLE,
    deployments.length > 0 && deployments.every(({ available }) => available > 0)
      ? probe({ host: hostOf(ingress, host), paths })
      : NO_WORKLOADS.probe,
  ])
  return {
    deployments,
    database,
    ingress,
    readyServices: readyServices(cache.endpointSlices.list(namespace)),
    ...trouble,
    probe: probed,
  }
}

/** Until a controller has looked at one of them, nothing has a pod, and so nothing can be wrong with one. */
function isBegun(workloads: readonly KubeObject[], database: DatabaseObservation): boolean {
  const isSeen = ({ status }: KubeObject) => (status as RolloutStatus | undefined)?.observedGeneration !== undefined
  return workloads.some(isSeen) || (database.found === 'present' && database.phase !== undefined)
}

function isRunning(deployments: readonly DeploymentObservation[], database: DatabaseObservation): boolean {
  return (
    deployments.every(({ rolledOut }) => rolledOut) &&
    (database.found === 'absent' || (database.found === 'present' && database.readyInstances === database.instances))
  )
}

interface RolloutStatus {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly availableReplicas?: number
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[]
}

/**
 * Rolled out by kubectl's rule: the controller has seen this generation, all replicas that it renews are new, and all are
 * available. Counts of zero are left out by the API server.
 */
function deploymentOf(object: KubeObject): DeploymentObservation {
  const status = (object.status ?? {}) as RolloutStatus
  const { replicas = 1, updateStrategy } = object.spec as StatefulSpec
  const available = status.availableReplicas ?? 0
  const digest = appliedDigestOf(object)
  const failure = status.conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')?.message
  return {
    name: object.metadata.name,
    replicas,
    available,
    rolledOut:
      (status.observedGeneration ?? 0) >= (object.metadata.generation ?? 0) &&
      (status.updatedReplicas ?? 0) >= replicas - leftToPeople(replicas, updateStrategy) &&
      (status.replicas ?? 0) === replicas &&
      available === replicas,
    ...(digest === undefined ? {} : { appliedDigest: digest }),
    ...(failure === undefined ? {} : { failure: withoutPodNames(failure) }),
  }
}

interface StatefulSpec {
  readonly replicas?: number
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } }
}

/** How many pods of a StatefulSet are to stay old until somebody deletes them, or lowers the partition. */
function leftToPeople(replicas: number, { type, rollingUpdate }: StatefulSpec['updateStrategy'] = {}): number {
  return type === 'OnDelete' ? replicas : Math.min(replicas, rollingUpdate?.partition ?? 0)
}

/** Live where the watch has no list, so that what is missing is told apart: the kind, the right, or only time. */
async function observeDatabase(kube: Kube, cache: TenantCache, namespace: string): Promise<DatabaseObservation> {
  if (cache.databases.synced) {
    return databaseOf(cache.databases.list(namespace))
  }
  const { apiVersion, kind, labelSelector } = WATCHED.databases
  try {
    return databaseOf(await kube.list({ apiVersion, kind }, { namespace, labelSelector }))
  } catch (error) {
    if (isKindNotServed(error)) {
      const why = `CloudNativePG is not installed: there is no kind ${kind} of ${apiVersion}.`
      return { found: 'unknown', reason: 'CloudNativePGMissing', why }
    }
    if (isForbidden(error)) return { found: 'unknown', reason: error.reason, why: error.message }
    throw error
  }
}

/** Of several, one that is not ready speaks for all. */
function databaseOf(clusters: readonly KubeObject[]): DatabaseObservation {
  const databases = clusters.map(presentDatabase).sort((a, b) => a.name.localeCompare(b.name))
  return databases.find(({ instances, readyInstances }) => readyInstances < instances) ?? databases[0] ?? NONE
}

const NONE: DatabaseObservation = { found: 'absent' }

function presentDatabase(cluster: KubeObject): Extract<DatabaseObservation, { found: 'present' }> {
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

function ingressOf(ingresses: readonly KubeObject[]): WorkloadObservation['ingress'] {
  const classes = ingresses.flatMap(
    ({ spec }) => (spec as { ingressClassName?: string } | undefined)?.ingressClassName ?? [],
  )
  return {
    found: ingresses.length > 0,
    rules: ingresses.flatMap(rulesOf),
    addresses: ingresses.flatMap(addressesOf).sort(),
    ...(classes[0] === undefined ? {} : { className: classes[0] }),
  }
}

interface IngressSpec {
  readonly defaultBackend?: Backend
  readonly rules?: readonly {
    readonly host?: string
    readonly http?: { readonly paths: readonly { readonly path?: string; readonly backend: Backend }[] }
  }[]
}

interface Backend {
  readonly service?: { readonly name: string }
}

function rulesOf({ spec }: KubeObject): IngressRule[] {
  const { defaultBackend, rules = [] } = (spec ?? {}) as IngressSpec
  const all = rules.flatMap(({ host, http }) => (http?.paths ?? []).map(path => ({ host, ...path })))
  const withDefault = defaultBackend === undefined ? all : [...all, { host: undefined, backend: defaultBackend }]
  return withDefault.flatMap(({ host, path = '/', backend: { service } }) =>
    service === undefined ? [] : [{ ...(host === undefined ? {} : { host }), path, service: service.name }],
  )
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
