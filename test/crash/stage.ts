/**
 * Where instances of the operator live and die: a real API server with deploy/ in it, the operator's own rights, watches
 * that all of them share, and controllers that are played.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { renderer } from '../../dev/cluster/binaries/renderer.ts'
import { startControlPlane } from '../../dev/cluster/control-plane/ephemeral.ts'
import { installBare } from '../../dev/demo/bare-installation.ts'
import { kubectlOf } from '../../dev/demo/kubectl.ts'
import { writeOperatorKubeconfig } from '../../dev/demo/operator-kubeconfig.ts'
import { type Config, parseInvocation } from '../../src/config.ts'
import { type ClusterConnection, connectCluster } from '../../src/controllers/cluster-connection.ts'
import { createLogger } from '../../src/controllers/logger.ts'
import { connectTriggers } from '../../src/controllers/trigger.ts'
import { createKube, type Kube } from '../../src/kube/client.ts'
import type { Clock } from '../../src/kube/clock.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createDiscovery } from '../../src/kube/discovery.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { fastClock } from './fast-clock.ts'
import type { Instance } from './instance.ts'
import { PLAYED, type PlayedControllers, playControllers } from './played-controllers.ts'
import { type PreparedState, type ProxmoxPlane, preparedState, startPlane } from './proxmox-plane.ts'
import type { RenderCache } from './render-cache.ts'

export interface Stage {
  readonly kubeconfig: string
  /** Of the operator's own account. */
  readonly operatorKubeconfig: string
  /** Of a person with every right. */
  readonly kube: Kube
  readonly config: Config
  readonly clock: Clock
  readonly privateDir: string
  readonly cluster: ClusterConnection
  /** Of the operator's account; every instance has its own end of it. */
  readonly transport: Transport
  readonly played: PlayedControllers
  readonly renders: RenderCache
  /** A Proxmox VE for this tenant alone, made when it is first asked for. */
  planeOf(tenant: string): Promise<ProxmoxPlane>
  readonly planes: ReadonlyMap<string, ProxmoxPlane>
  /** The instance that hears of changes about a tenant. */
  readonly instances: Map<string, Instance>
  stop(): Promise<void>
}

export interface StageOptions {
  readonly name: string
  /** Folders whose templates are added to the chart of tenants. */
  readonly additions?: readonly string[]
}

/** So many seconds of the operator go by in one. */
const PACE = 20
const QUIET = createLogger('fatal')

export async function startStage({ name, additions = [] }: StageOptions): Promise<Stage> {
  const controlPlane = await startControlPlane({ name, withoutControllers: PLAYED })
  const { kubeconfig } = controlPlane.cluster
  const kubectl = await kubectlOf(controlPlane.cluster)
  const privateDir = await mkdtemp(join(tmpdir(), 'tenantry-crash-'))
  await installBare(kubectl.run)
  const operatorKubeconfig = join(privateDir, 'kubeconfig')
  await writeOperatorKubeconfig(kubectl, operatorKubeconfig)

  const ownTransport = createTransport({ connection: await loadKubeConfig({ kubeconfigPath: kubeconfig }) })
  const ownDiscovery = createDiscovery({ transport: ownTransport })
  const kube = createKube({ transport: ownTransport, discovery: ownDiscovery })
  const played = await playControllers({ transport: ownTransport, discovery: ownDiscovery, kube })

  const chartsDir = join(privateDir, 'charts')
  await mkdir(chartsDir)
  for (const folder of [resolve('charts'), ...additions]) await cp(folder, chartsDir, { recursive: true })
  const programs = { helm: await binary('helm'), renderer: await renderer() }
  const config = configOf({ kubeconfig: operatorKubeconfig, 'charts-dir': chartsDir, ...programs })
  const clock = fastClock(PACE)
  const cluster = await connectCluster({
    config,
    logger: QUIET,
    identity: 'crash',
    clock,
    mayWrite: () => true,
    onRequest: () => undefined,
    onTrouble: () => undefined,
  })
  cluster.startWatches()
  await cluster.whenSynced()
  const instances = new Map<string, Instance>()
  const loop = {
    add: (key: string, urgency: 'urgent' | 'routine') => instances.get(key)?.add(urgency),
    forget: () => undefined,
  }
  const { cache, apiServer, ownNamespace } = cluster
  connectTriggers({ cache, apiServer, ownNamespace, loop, baseDomain: config.baseDomain })
  const transport = createTransport({ connection: cluster.connection })
  const planes = new Map<string, ProxmoxPlane>()
  let prepared: Promise<PreparedState> | undefined
  return {
    kubeconfig,
    operatorKubeconfig,
    kube,
    config,
    clock,
    privateDir,
    cluster,
    transport,
    played,
    renders: new Map(),
    instances,
    planes,
    async planeOf(tenant) {
      prepared ??= preparedState()
      const plane = planes.get(tenant) ?? (await startPlane(kube, tenant, await prepared))
      planes.set(tenant, plane)
      return plane
    },
    async stop() {
      await Promise.all([...planes.values()].map(plane => plane.stop()))
      await cluster.close()
      await played.stop()
      transport.close()
      ownTransport.close()
      await rm(privateDir, { recursive: true, force: true })
      await controlPlane.stop()
    },
  }
}

function configOf(flags: Record<string, string>): Config {
  const all = { 'leader-elect': 'false', 'deletion-halt-percent': '100', 'hook-timeout-seconds': '7200', ...flags }
  const argv = Object.entries(all).map(([flag, value]) => `--${flag}=${value}`)
  const invocation = parseInvocation(argv, {})
  if (invocation.run !== 'operator') throw new Error(`flags refused: ${JSON.stringify(invocation)}`)
  return invocation.config
}
