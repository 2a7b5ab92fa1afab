/**
 * The operator in this process against a real API server and the real helm binary. No kubelet runs here: what pods and
 * CloudNativePG would report, a test writes itself.
 */
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { binaries } from '../../dev/cluster/binaries/binary.ts'
import { renderer } from '../../dev/cluster/binaries/renderer.ts'
import { startControlPlane } from '../../dev/cluster/control-plane/ephemeral.ts'
import { installBare } from '../../dev/demo/bare-installation.ts'
import { kubectlOf } from '../../dev/demo/kubectl.ts'
import { writeOperatorKubeconfig } from '../../dev/demo/operator-kubeconfig.ts'
import { parseInvocation } from '../../src/config.ts'
import { createLogger } from '../../src/controllers/logger.ts'
import { type Operator, startOperator } from '../../src/controllers/operator.ts'
import { createKube, type Kube } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'

export interface OperatorEnvironment {
  readonly kubeconfig: string
  /** Of the administrator, in this process: a kubectl costs a tenth of a second of a core. */
  readonly kube: Kube
  /** A kubeconfig with no more rights than deploy/rbac gives the operator. */
  operatorKubeconfig(): Promise<string>
  /** Standard output of kubectl. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  apply(...objects: Record<string, unknown>[]): Promise<void>
  get(kind: string, name: string, namespace?: string): Promise<KubeObject | undefined>
  list(kind: string, namespace?: string): Promise<KubeObject[]>
  helm(args: readonly string[]): Promise<string>
  /** Lines of the operator's log so far. */
  readonly log: readonly string[]
  startOperator(flags?: Record<string, string>): Promise<Operator>
  stop(): Promise<void>
}

export async function startEnvironment(name: string): Promise<OperatorEnvironment> {
  const controlPlane = await startControlPlane({ name })
  const { kubectl: kubectlBinary, helm: helmBinary } = await binaries(['kubectl', 'helm'])
  const rendererFile = await renderer()
  const { kubeconfig } = controlPlane.cluster
  const log: string[] = []
  const operators: Operator[] = []
  const kubectl = async (args: readonly string[], input?: string) =>
    (await execa(kubectlBinary, args, { env: { KUBECONFIG: kubeconfig }, ...(input === undefined ? {} : { input }) }))
      .stdout
  await installBare(kubectl)
  const transport = createTransport({ connection: await loadKubeConfig({ kubeconfigPath: kubeconfig }) })
  const kube = createKube({ transport })

  return {
    kubeconfig,
    kube,
    async operatorKubeconfig() {
      const path = join(dirname(kubeconfig), 'operator.kubeconfig')
      await writeOperatorKubeconfig(await kubectlOf(controlPlane.cluster), path)
      return path
    },
    kubectl,
    async apply(...objects) {
      await kubectl(['apply', '-f', '-'], objects.map(object => stringify(object)).join('---\n'))
    },
    async get(kind, name, namespace) {
      const polled = POLLED[kind]
      if (polled !== undefined) return kube.get({ ...polled, name, ...(namespace === undefined ? {} : { namespace }) })
      const place = namespace === undefined ? [] : ['-n', namespace]
      const found = await kubectl(['get', kind, name, ...place, '-o', 'json', '--ignore-not-found'])
      return found === '' ? undefined : (JSON.parse(found) as KubeObject)
    },
    async list(kind, namespace) {
      const place = namespace === undefined ? ['-A'] : ['-n', namespace]
      return (JSON.parse(await kubectl(['get', kind, ...place, '-o', 'json'])) as { items: KubeObject[] }).items
    },
    helm: async args => (await execa(helmBinary, args, { env: { KUBECONFIG: kubeconfig } })).stdout,
    log,
    async startOperator(flags = {}) {
      const given = {
        kubeconfig,
        helm: helmBinary,
        renderer: rendererFile,
        'leader-elect': 'false',
        'health-port': '0',
        'metrics-port': '0',
        ...flags,
      }
      const invocation = parseInvocation(
        Object.entries(given).map(([flag, value]) => `--${flag}=${value}`),
        {},
      )
      if (invocation.run !== 'operator') throw new Error(`flags refused: ${JSON.stringify(invocation)}`)
      const logger = createLogger('debug', { write: line => void log.push(line) })
      const operator = await startOperator({ config: invocation.config, logger, identity: 'test', onLost: () => {} })
      operators.push(operator)
      return operator
    },
    async stop() {
      await Promise.all(operators.map(operator => operator.stop()))
      transport.close()
      await controlPlane.stop()
    },
  }
}

/** What tests ask for again and again. */
const POLLED: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  'tenants.tenantry.dev': { apiVersion: API_VERSION, kind: 'Tenant' },
  'clusters.postgresql.cnpg.io': { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster' },
  namespace: { apiVersion: 'v1', kind: 'Namespace' },
}

/** Resolves with what `look` finds once `holds`; rejects with the last of it when the time is over. */
export async function eventually<Found>(
  look: () => Promise<Found>,
  holds: (found: Found) => boolean,
  timeoutMs = 60_000,
): Promise<Found> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (holds(found)) return found
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(found, null, 1)}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

/** `Ready: False PlanNotFound`, for each condition. */
export function conditionsOf(object: KubeObject | undefined): Record<string, string> {
  const { conditions = [] } = (object?.status ?? {}) as {
    conditions?: { type: string; status: string; reason: string }[]
  }
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]))
}
