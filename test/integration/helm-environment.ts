/**
 * Releases against a real API server and the real helm binary, with no more rights than deploy/rbac gives the operator
 * and its releases. No kubelet runs here.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { vi } from 'vitest'
import { stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { renderer as rendererProgram } from '../../dev/cluster/binaries/renderer.ts'
import { startControlPlane } from '../../dev/cluster/control-plane/ephemeral.ts'
import { kubectlOf } from '../../dev/demo/kubectl.ts'
import { writeOperatorKubeconfig } from '../../dev/demo/operator-kubeconfig.ts'
import { scopeOf } from '../../src/controllers/world-connection.ts'
import { loadChart } from '../../src/helm/chart.ts'
import { createFieldsMemory } from '../../src/helm/fields-memory.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import type { ChartStore, ReleaseKube, ReleasePorts, Renderer } from '../../src/helm/port.ts'
import { createRenderer, type RendererOptions } from '../../src/helm/renderer.ts'
import { createHelm, type HelmOptions } from '../../src/helm/run.ts'
import { createAbilities } from '../../src/kube/abilities.ts'
import { createKube } from '../../src/kube/client.ts'
import { systemClock } from '../../src/kube/clock.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createDiscovery } from '../../src/kube/discovery.ts'
import { watchOf } from '../../src/kube/tenant-cache.ts'
import { createTransport } from '../../src/kube/transport.ts'
import type { Abilities } from '../../src/plan/abilities.ts'
import { desiredAccess } from '../../src/plan/access.ts'
import { digestOf } from '../../src/plan/digest.ts'
import { releaseUser } from '../../src/plan/names.ts'
import { desiredNamespace } from '../../src/plan/namespace.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import type { Chart, DesiredRelease } from '../../src/plan/release.ts'

export interface HelmEnvironment {
  /** As a person with every right. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  helm(args: readonly string[], input?: string): Promise<string>
  /** As the operator. */
  readonly ports: ReleasePorts
  /** What `ports` render with. */
  readonly renderer: Renderer
  rendererWith(options: Partial<RendererOptions>): Renderer
  /** A process of helm for each render. */
  helmWith(options: Partial<HelmOptions>): Renderer
  abilities(): Promise<Abilities>
  readonly charts: ChartStore
  /** Of the operator. */
  readonly kubeconfig: string
  readonly privateDir: string
  /** A new tenant's namespace, with the rights that the operator gives itself and the release there. */
  createTenant(name: string): Promise<ReleaseIdentity>
  desired(release: ReleaseIdentity, values?: Record<string, unknown>, chart?: string): Promise<DesiredRelease>
  stop(): Promise<void>
}

export const chartsDir = join(import.meta.dirname, '../charts')
/** Charts that are not for tests. */
const CHART_FOLDERS: Readonly<Record<string, string>> = { tenant: join(import.meta.dirname, '../../charts') }
const OPERATOR = { namespace: 'tenantry-system', serviceAccount: 'tenantry-operator' }

export async function startHelmEnvironment(name: string): Promise<HelmEnvironment> {
  const controlPlane = await startControlPlane({ name })
  const helmBinary = await binary('helm')
  const admin = await kubectlOf(controlPlane.cluster)
  const kubectl = admin.run
  const privateDir = await mkdtemp(join(tmpdir(), 'tenantry-test-'))
  const env = { KUBECONFIG: controlPlane.cluster.kubeconfig }
  await kubectl(['apply', '--server-side', '-k', join(import.meta.dirname, '../../deploy')])
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'])

  const kubeconfig = join(privateDir, 'kubeconfig')
  await writeOperatorKubeconfig(admin, kubeconfig)

  const transport = createTransport({ connection: await loadKubeConfig({ kubeconfigPath: kubeconfig }) })
  const discovery = createDiscovery({ transport })
  const kube = createKube({ transport, discovery })
  const charts = { pathOf: async ({ name }: Chart) => join(CHART_FOLDERS[name] ?? chartsDir, name) }
  const abilities = createAbilities({ kube, discovery }, systemClock)
  const stopping = new AbortController()
  const helmWith = (options: Partial<HelmOptions>) =>
    createHelm({ binary: helmBinary, charts, kubeconfig, privateDir, ...options })
  const file = await rendererProgram()
  const rendererWith = (options: Partial<RendererOptions>) =>
    createRenderer({ file, helm: helmWith({}), charts, abilities, privateDir, signal: stopping.signal, ...options })
  const renderer = rendererWith({})
  return {
    kubectl,
    helm: async (args, input) =>
      (await execa(helmBinary, args, { env, ...(input === undefined ? {} : { input }) })).stdout,
    ports: {
      kube,
      renderer,
      scopeOf: kind => scopeOf(discovery, kind),
      isWatched: kind => watchOf(kind) !== undefined,
      hookTimeoutMs: 60_000,
      fields: createFieldsMemory(),
      historyLimit: 10,
      now: () => Date.now(),
    },
    renderer,
    rendererWith,
    helmWith,
    abilities,
    charts,
    kubeconfig,
    privateDir,
    async createTenant(name) {
      const tenant = { name, uid: `uid-of-${name}` }
      const namespace = desiredNamespace(tenant, { deletionProtection: false })
      const objects = [namespace, ...desiredAccess(tenant, OPERATOR)]
      await kubectl(['apply', '-f', '-'], objects.map(object => stringify(object)).join('---\n'))
      // The API server learns of new rights a moment after they are written.
      const operator = `system:serviceaccount:${OPERATOR.namespace}:${OPERATOR.serviceAccount}`
      const releaser = releaseUser(namespace.metadata.name)
      for (const who of [operator, releaser]) {
        const may = ['auth', 'can-i', 'list', 'secrets', '-n', namespace.metadata.name, `--as=${who}`]
        await vi.waitFor(() => kubectl(may), { timeout: 30_000, interval: 50 })
      }
      return { name: namespace.metadata.name, namespace: namespace.metadata.name, tenant }
    },
    async desired(release, values = {}, chartName = 'shop') {
      const chart = await loadChart(CHART_FOLDERS[chartName] ?? chartsDir, chartName)
      const digest = digestOf({ chart: chart.digest, values })
      return { ...release, clusterRole: 'tenantry-release', chart, values, digest }
    },
    async stop() {
      stopping.abort()
      transport.close()
      await rm(privateDir, { recursive: true, force: true })
      await controlPlane.stop()
    },
  }
}

export interface KubeCall {
  readonly verb: string
  /** `ConfigMap settings`. */
  readonly what: string
}

/** The same client, telling `observe` of every call before it is made and after it took effect. */
export function observedKube(
  kube: ReleaseKube,
  observe: (call: KubeCall, moment: 'before' | 'after') => void,
): ReleaseKube {
  const call = async <T>(verb: string, kind: string, name: string, work: () => Promise<T>): Promise<T> => {
    const made = { verb, what: `${kind} ${name}` }
    observe(made, 'before')
    const result = await work()
    observe(made, 'after')
    return result
  }
  return {
    get: ref => call('get', ref.kind, ref.name, () => kube.get(ref)),
    list: (kind, options) => call('list', kind.kind, '', () => kube.list(kind, options)),
    create: (object, options) => call('create', object.kind, object.metadata.name, () => kube.create(object, options)),
    apply: (object, options) => call('apply', object.kind, object.metadata.name, () => kube.apply(object, options)),
    patch: (ref, patch, options) => call('patch', ref.kind, ref.name, () => kube.patch(ref, patch, options)),
    delete: (ref, options) => call('delete', ref.kind, ref.name, () => kube.delete(ref, options)),
    log: (pod, options) => call('log', 'Pod', pod.name, () => kube.log(pod, options)),
    as: user => observedKube(kube.as(user), observe),
  }
}

/** Objects of the shop chart and what helm and the operator keep of it, without what changes from try to try. */
export async function contentOf(environment: HelmEnvironment, { namespace }: ReleaseIdentity): Promise<unknown[]> {
  const kinds = 'configmaps,secrets,services,deployments,tenantreleases'
  const found = JSON.parse(await environment.kubectl(['get', kinds, '-n', namespace, '-o', 'json'])) as {
    items: KubeObject[]
  }
  return found.items
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map(({ kind, metadata: { name, labels }, type, data, spec }) => {
      const { modifiedAt: _, createdAt: __, ...stable } = labels ?? {}
      const isRecord = type === 'helm.sh/release.v1'
      const { clusterIP: ___, clusterIPs: ____, ...rest } = (spec ?? {}) as Record<string, unknown>
      return { kind, name, labels: stable, data: isRecord ? 'a record' : data, spec: rest }
    })
}
