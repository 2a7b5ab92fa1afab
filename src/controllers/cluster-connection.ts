/** The operator's connections to the API server: one for the work, one for the lease, and the watches. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { createKube, type Kube } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { type KubeConnection, loadKubeConfig } from '../kube/config.ts'
import { createDiscovery, type Discovery } from '../kube/discovery.ts'
import { createEventRecorder, type EventRecorder } from '../kube/event-recorder.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import { isOptional, type TenantCache, WATCHED, type WatchedName } from '../kube/tenant-cache.ts'
import { createTransport, type RequestReport } from '../kube/transport.ts'
import type { Neighbours } from '../plan/network-policies.ts'

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
  apiServerAddresses(): Neighbours['apiServer']
  startWatches(): void
  /** All kinds but those of other projects, which may be missing. */
  whenSynced(): Promise<void>
  readonly synced: boolean
  /** Of the watch that is silent the longest. */
  silentForMs(): number
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
}

/** The oldest Kubernetes with everything the resources and policies of this operator need. */
const MINIMUM = { major: 1, minor: 32 }

export async function connectCluster(options: ClusterConnectionOptions): Promise<ClusterConnection> {
  const { config, logger, identity, clock, mayWrite, onRequest } = options
  const connection = await loadKubeConfig(config.kubeconfig === undefined ? {} : { kubeconfigPath: config.kubeconfig })
  const { requestTimeoutMs: timeoutMs } = leaseTimes(config)
  const work = createTransport({ connection, onRequest, mayWrite, timeoutMs })
  const unfenced = createTransport({ connection, onRequest, timeoutMs })
  const watching = createTransport({ connection, onRequest })
  const discovery = createDiscovery({ transport: watching })
  const kube = createKube({ transport: work, discovery })
  await requireVersion(kube)
  const onError = (watch: string) => (err: unknown) =>
    logger.warn({ watch, err }, 'a watch failed and is started again')
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
  const required = [
    apiServer,
    ownNamespace,
    ...namesOf(cache)
      .filter(name => !isOptional(name))
      .map(name => cache[name]),
  ]
  const all = [apiServer, ownNamespace, ...Object.values(cache)]
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
    apiServerAddresses: () => addressesOf(apiServer),
    startWatches() {
      for (const informer of all) informer.start()
    },
    async whenSynced() {
      await Promise.all(required.map(informer => informer.whenSynced()))
    },
    get synced() {
      return required.every(informer => informer.synced)
    },
    silentForMs: () => Math.max(...required.map(informer => informer.silentForMs())),
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

async function requireVersion(kube: Kube): Promise<void> {
  const { major, minor, gitVersion } = await kube.serverVersion()
  if (major > MINIMUM.major || minor >= MINIMUM.minor) return
  throw new Error(`Kubernetes ${gitVersion} is too old: ${MINIMUM.major}.${MINIMUM.minor} or newer is needed`)
}

function kindOf(watch: WatchedName) {
  const { apiVersion, kind, ...selection } = WATCHED[watch]
  return { kind: { apiVersion, kind }, ...selection }
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
