/** Ties the worlds, as the passes see them, to the real ones. Decides nothing. */
import type { Config } from '../config.ts'
import { applyRelease, repairRelease } from '../helm/apply.ts'
import { RenderUnderWay } from '../helm/errors.ts'
import { createFieldsMemory } from '../helm/fields-memory.ts'
import { NO_RELEASE, type ObservedRelease, observeRelease } from '../helm/observe.ts'
import type { KindScope, ReleasePorts, Renderer } from '../helm/port.ts'
import { createRenderer } from '../helm/renderer.ts'
import type { ApplyOutcome } from '../helm/revision.ts'
import { createHelm } from '../helm/run.ts'
import { uninstallRelease } from '../helm/uninstall.ts'
import { createAbilities } from '../kube/abilities.ts'
import { applyKubeStep, isKubeStep } from '../kube/apply.ts'
import type { KindRef } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Discovery } from '../kube/discovery.ts'
import { observeDrift } from '../kube/drift.ts'
import { isKindNotServed } from '../kube/errors.ts'
import {
  mayReadSecrets,
  observeLeases,
  observeMachines,
  observeRetained,
  observeSecretKeys,
  observeTeardown,
  observeTenant,
} from '../kube/observe.ts'
import { createProbe } from '../kube/probe.ts'
import { observeReadiness } from '../kube/readiness.ts'
import { watchOf } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { ProxmoxStep } from '../plan/proxmox-step.ts'
import type { TenantIdentity } from '../plan/release.ts'
import type { Step } from '../plan/step.ts'
import { isProxmoxStep } from '../proxmox/apply.ts'
import { connectCharts } from './chart-connection.ts'
import type { ClusterConnection } from './cluster-connection.ts'
import type { ProxmoxConnections } from './proxmox-connections.ts'
import { type ConnectedProxmoxWorld, createProxmoxWorld } from './proxmox-world.ts'
import { refText, type StepResult, type Worlds } from './worlds.ts'

export interface ConnectedWorlds extends Worlds {
  readonly proxmox: ConnectedProxmoxWorld
  /** Ends every render under way. */
  stop(): void
}

export interface WorldConnectionOptions {
  readonly config: Config
  readonly cluster: ClusterConnection
  readonly connections: ProxmoxConnections
  /** A folder of this process for what helm keeps. */
  readonly privateDir: string
  readonly clock: Clock
  readonly onRender: (result: 'ok' | 'failed') => void
  /** Told once. */
  readonly onMissingRenderer: (file: string) => void
  /** The archive of a chart that tenants wait for has come. */
  readonly onFetched: (digest: string) => void
  /** Asked at each start of a program. */
  readonly mayRun?: () => boolean
  /** What stands between the passes and helm; default: nothing. */
  readonly guardRenderer?: (renderer: Renderer) => Renderer
}

const PROBE_TIMEOUT_MS = 5000

export async function connectWorlds(options: WorldConnectionOptions): Promise<ConnectedWorlds> {
  const { config, cluster, connections, privateDir, clock, onRender, onMissingRenderer, onFetched, mayRun } = options
  const { guardRenderer = renderer => renderer } = options
  const { kube, cache, discovery, events } = cluster
  const stopping = new AbortController()
  const charts = connectCharts({ config, kube, privateDir, signal: stopping.signal, onFetched })
  const timeoutMs = config.renderTimeoutSeconds * 1000
  const renderer = createRenderer({
    file: config.renderer,
    charts: charts.store,
    abilities: createAbilities({ kube, discovery }, clock),
    privateDir,
    signal: stopping.signal,
    onMissing: () => onMissingRenderer(config.renderer),
    timeoutMs,
    helm: createHelm({
      binary: config.helm,
      charts: charts.store,
      kubeconfig: await cluster.connection.kubeconfigForExec(privateDir),
      privateDir,
      signal: stopping.signal,
      timeoutMs,
      ...(mayRun === undefined ? {} : { mayRun }),
    }),
  })
  const ports: ReleasePorts = {
    kube,
    renderer: guardRenderer(countedRenderer(renderer, onRender)),
    scopeOf: kind => scopeOf(discovery, kind),
    isWatched: kind => watchOf(kind) !== undefined,
    hookTimeoutMs: config.hookTimeoutSeconds * 1000,
    fields: createFieldsMemory(),
    historyLimit: config.historyLimit,
    now: () => clock.date().getTime(),
  }
  const proxmox = createProxmoxWorld({
    clusters: cache.proxmoxClusters,
    connections,
    kube,
    installation: () => config.installation ?? cluster.ownNamespace.get(config.operatorNamespace)?.metadata.uid ?? '',
    clock,
  })
  const probe = createProbe({
    timeoutMs: PROBE_TIMEOUT_MS,
    ...(config.probeAddress === undefined ? {} : { address: config.probeAddress }),
  })
  return {
    cache,
    charts: charts.world,
    proxmox,
    neighbours: () => ({
      ingressNamespace: config.ingressNamespace,
      databaseOperatorNamespace: config.databaseOperatorNamespace,
      monitoringNamespace: config.monitoringNamespace,
      apiServer: cluster.apiServerAddresses(),
    }),
    observeKube: (tenant, target, secretKeys) => observeTenant({ kube, cache, probe }, tenant, target, secretKeys),
    observeTeardown: tenant => observeTeardown({ kube, cache }, tenant, config.operatorNamespace),
    // Helm's records are Secrets.
    observeRelease: async tenant =>
      mayReadSecrets(cache, tenant.name) ? observeRelease(kube, placeOf(tenant)) : NO_RELEASE,
    observeSecrets: async (tenant, secrets) =>
      mayReadSecrets(cache, tenant.name) ? observeSecretKeys({ kube, cache }, tenant.name, secrets) : undefined,
    observeDrift: (expected, tenant, inFull) =>
      observeDrift(
        { kube, cache, release: inFull ? kube.as(names.releaseUser(placeOf(tenant).namespace)) : undefined },
        expected,
      ),
    observeReadiness: (entries, tenant) =>
      observeReadiness(kube.as(names.releaseUser(placeOf(tenant).namespace)), entries),
    observeRetained: tenant => observeRetained(cluster.retained, tenant),
    observeMachines: (tenant, machines) => observeMachines(kube, tenant, machines),
    observeLeases: tenant => observeLeases(kube, tenant),
    applyStep: (step, release) =>
      isProxmoxStep(step) ? proxmox.applyStep(step) : applyStep(ports, cluster, step, release),
    recordEvent: (about, { type, reason, message }) =>
      events.record(about, { type, reason, note: message, action: 'Reconcile' }),
    stop: () => stopping.abort(),
  }
}

/** What nobody waits for any more has neither come nor failed. */
export function countedRenderer({ render }: Renderer, onRender: (result: 'ok' | 'failed') => void): Renderer {
  return {
    async render(request, signal) {
      let result: 'ok' | 'failed' = 'failed'
      try {
        const rendered = await render(request, signal)
        result = 'ok'
        return rendered
      } finally {
        if (!signal?.aborted) onRender(result)
      }
    },
  }
}

function placeOf(tenant: TenantIdentity): { name: string; namespace: string } {
  return { name: names.releaseName(tenant.name), namespace: names.namespaceName(tenant.name) }
}

async function applyStep(
  ports: ReleasePorts,
  { kube, cache, events }: ClusterConnection,
  step: Exclude<Step, ProxmoxStep>,
  release: ObservedRelease | undefined,
): Promise<StepResult> {
  if (isKubeStep(step)) {
    return (await applyKubeStep(kube, step)) === 'there' ? { waitingFor: [], metOther: true } : NOTHING_LEFT
  }
  const warn = (tenant: TenantIdentity, reason: string, note: string | undefined) => {
    const about = cache.tenants.get(tenant.name)
    if (note !== undefined && about !== undefined) {
      events.record(about, { type: 'Warning', reason, note, action: 'Reconcile' })
    }
  }
  const applied = (tenant: TenantIdentity, outcome: ApplyOutcome): StepResult => {
    if (outcome.outcome === 'wait') return { waitingFor: outcome.waitingFor }
    warn(tenant, 'TakenBack', outcome.takenBack)
    for (const grown of outcome.grown) warn(tenant, 'KeptGrown', grown)
    return { waitingFor: [], revision: outcome.revision }
  }
  switch (step.do) {
    case 'helm.upgrade':
      return applied(step.release.tenant, await outcomeOf(applyRelease(ports, step.release, release)))
    case 'helm.repair':
      return applied(step.release.tenant, await outcomeOf(repairRelease(ports, step.release, step.objects, release)))
    case 'helm.uninstall': {
      const { release: name, namespace, tenant, skipHooks = false } = step
      const gone = await uninstallRelease(ports, { name, namespace, tenant }, { skipHooks })
      warn(tenant, 'HookFailed', gone.hookFailure)
      return { waitingFor: [...gone.hooks, ...gone.remaining.map(refText)] }
    }
    default:
      return step satisfies never
  }
}

async function outcomeOf(applying: Promise<ApplyOutcome>): Promise<ApplyOutcome> {
  try {
    return await applying
  } catch (error) {
    if (error instanceof RenderUnderWay) return { outcome: 'wait', waitingFor: ['its chart to be rendered'] }
    throw error
  }
}

const NOTHING_LEFT: StepResult = { waitingFor: [] }

export async function scopeOf(discovery: Discovery, kind: KindRef): Promise<KindScope> {
  try {
    return (await discovery.find(kind)).namespaced ? 'Namespaced' : 'Cluster'
  } catch (error) {
    if (isKindNotServed(error)) return 'NotServed'
    throw error
  }
}
