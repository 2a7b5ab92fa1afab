/** The operator's connections to the API server: one for the work, one for the lease, and the watches. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createKube, type Kube } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { type KubeConnection, loadKubeConfig } from '../kube/config.ts'
import { createDiscovery, type Discovery } from '../kube/discovery.ts'
import { isServerTrouble } from '../kube/errors.ts'
import { createEventRecorder, type EventRecorder } from '../kube/event-recorder.ts'
import { marksOnly } from '../kube/field-owners.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import { createReadiness, requireServer } from '../kube/server.ts'
import { withSharedText } from '../kube/shared-text.ts'
import { isOptional, type TenantCache, WATCHED, type WatchedKind, type WatchedName } from '../kube/tenant-cache.ts'
import { createTransport, type RequestReport } from '../kube/transport.ts'
import * as names from '../plan/names.ts'
import type { Neighbours } from '../plan/network-policies.ts'
import type { KubeObject } from '../plan/object.ts'

export interface ClusterConnection {
  readonly connection: KubeConnection
  readonly kube: Kube
  /** Over a transport of its own: the lease is written by those who do not hold it yet. */
  readonly leaseKube: Kube
  readonly discovery: Discovery
  readonly events: EventRecorder
  readonly cache: TenantCache
  readonly apiServer: Informer
  /** The namespace of the operator itself, where people confirm deletions; in it is one object or none. */
  readonly ownNamespace: Informer
  /** Volumes that tenants have left behind, or are about to, by the name of the tenant. */
  readonly retained: Informer
  apiServerAddresses(): Neighbours['apiServer']
  startWatches(): void
  /** All kinds; those of other projects may be missing. Waits for as long as the server is away. */
  whenSynced(): Promise<void>
  readonly synced: boolean
  /** Of the watch that has neither heard from the server nor asked it for the longest time. */
  idleForMs(): number
  /** Whether the API server says so. */
  isReady(): Promise<boolean>
  /** Breaks off every write under way and refuses more. */
  closeWrites(): void
  close(): Promise<void>
}

export interface ClusterConnectionOptions {
  readonly config: Config
  readonly logger: Logger
  readonly identity: string
  readonly clock: Clock
  readonly mayWrite: () => boolean
  readonly onRequest: (report: RequestReport) => void
  /** A watch broke off for a reason that may concern all requests. */
  readonly onTrouble: () => void
}

export async function connectCluster(options: ClusterConnectionOptions): Promise<ClusterConnection> {
  const { config, logger, identity, clock, mayWrite, onRequest, onTrouble } = options
  const connection = await loadKubeConfig(config.kubeconfig === undefined ? {} : { kubeconfigPath: config.kubeconfig })
  const { requestTimeoutMs: timeoutMs, retryMs } = leaseTimes(config)
  // One that dies without a word is found before the lease has run out.
  const pulse = { pingIntervalMs: retryMs, pingTimeoutMs: timeoutMs }
  // The audit log tells replicas of one account from each other by this.
  const as = { connection, onRequest, userAgent: `tenantry (${identity})` }
  const work = createTransport({ ...as, ...pulse, mayWrite, timeoutMs })
  const unfenced = createTransport({ ...as, ...pulse, timeoutMs })
  const watching = createTransport(as)
  const discovery = createDiscovery({ transport: watching })
  const kube = createKube({ transport: work, discovery })
  const isReady = createReadiness(unfenced)
  const onError = (watch: string) => (err: unknown) => {
    const passes = isServerTrouble(err)
    logger[passes ? 'debug' : 'warn']({ watch, err }, 'a watch failed and is started again')
    if (passes) onTrouble()
  }
  const informer = (watch: WatchedName) =>
    createInformer({ transport: watching, discovery, onError: onError(watch), ...kindOf(watch) })
  const cache = Object.fromEntries(
    (Object.keys(WATCHED) as WatchedName[]).map(watch => [watch, informer(watch)]),
  ) as unknown as TenantCache
  const apiServer = createInformer({
    transport: watching,
    discovery,
    kind: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
    namespace: 'default',
    labelSelector: 'kubernetes.io/service-name=kubernetes',
    onError: onError('apiServer'),
  })
  const ownNamespace = createInformer({
    transport: watching,
    discovery,
    kind: { apiVersion: 'v1', kind: 'Namespace' },
    fieldSelector: `metadata.name=${config.operatorNamespace}`,
    metadataOnly: true,
    onError: onError('ownNamespace'),
  })
  const retained = createInformer({
    transport: watching,
    discovery,
    kind: { apiVersion: 'v1', kind: 'PersistentVolume' },
    labelSelector: names.TENANT_LABEL,
    metadataOnly: true,
    trim: marksOnly,
    keyOf: ({ metadata }) => metadata.labels?.[names.TENANT_LABEL],
    onError: onError('retained'),
  })
  const watchesOf = (optional: boolean) =>
    namesOf(cache)
      .filter(name => isOptional(name) === optional)
      .map(name => cache[name])
  const required = [apiServer, ownNamespace, retained, ...watchesOf(false)]
  const all = [apiServer, ownNamespace, retained, ...Object.values(cache)]
  const events = createEventRecorder({
    kube,
    controller: 'tenantry.dev/operator',
    instance: identity,
    clock,
    onError: err => logger.warn({ err }, 'an event could not be written'),
  })
  return {
    connection,
    kube,
    leaseKube: createKube({ transport: unfenced, discovery }),
    discovery,
    events,
    cache,
    apiServer,
    ownNamespace,
    retained,
    apiServerAddresses: () => addressesOf(apiServer),
    startWatches() {
      for (const informer of all) informer.start()
    },
    async whenSynced() {
      await requireServer(kube, clock)
      // Once before it matters, so that a refusal later means that the server has only just started.
      await isReady()
      // What is not known of a database would be written into the status, only to be written again a moment later.
      await Promise.all([
        ...required.map(informer => informer.whenSynced()),
        ...watchesOf(true).map(informer => informer.whenAnswered()),
      ])
    },
    get synced() {
      return required.every(informer => informer.synced)
    },
    idleForMs: () => Math.max(...all.map(informer => informer.idleForMs())),
    isReady,
    closeWrites: () => work.close(),
    async close() {
      await Promise.all(all.map(informer => informer.stop()))
      for (const transport of [work, unfenced, watching]) transport.close()
    },
  }
}

/**
 * A lease is no fencing token: a write sent by its holder may still arrive after the renew deadline, so that the lease
 * has to outlast both.
 */
export function leaseTimes({ leaseSeconds }: Config) {
  const leaseDurationMs = leaseSeconds * 1000
  return {
    leaseDurationMs,
    renewDeadlineMs: leaseDurationMs / 2,
    requestTimeoutMs: leaseDurationMs / 3,
    retryMs: leaseDurationMs / 6,
  }
}

function kindOf(watch: WatchedName) {
  const { apiVersion, kind, trim = object => object, few = false, ...selection }: WatchedKind = WATCHED[watch]
  // What is packed shares its text by itself.
  const kept = few ? { trim: (object: KubeObject) => withSharedText(trim(object)) } : { trim, packed: true }
  return { kind: { apiVersion, kind }, ...selection, ...kept }
}

function namesOf(cache: TenantCache): WatchedName[] {
  return Object.keys(cache) as WatchedName[]
}

function addressesOf(apiServer: Informer): Neighbours['apiServer'] {
  return apiServer.list().flatMap(slice => {
    const endpoints = (slice.endpoints ?? []) as { addresses: string[] }[]
    const ports = (slice.ports ?? []) as { port?: number }[]
    return endpoints
      .flatMap(({ addresses }) => addresses)
      .sort()
      .flatMap(ip => ports.flatMap(({ port }) => (port === undefined ? [] : [{ ip, port }])))
  })
}
