/**
 * Where one contender works: a new control plane with deploy/ in it, and nobody else. The controller manager is stopped
 * once it is no longer needed, so that what the API server does is what the contender asks for.
 */
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { renderer } from '../../dev/cluster/binaries/renderer.ts'
import { startControlPlane } from '../../dev/cluster/control-plane/ephemeral.ts'
import { observePrograms, stopPrograms } from '../../dev/cluster/control-plane/process.ts'
import type { Progress } from '../../dev/cluster/progress.ts'
import { installBare } from '../../dev/demo/bare-installation.ts'
import { operatorNamespace } from '../../dev/demo/installation.ts'
import { type Kubectl, kubectlOf } from '../../dev/demo/kubectl.ts'
import { createKube, type Kube } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createDiscovery, type Discovery } from '../../src/kube/discovery.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'

export interface Arena {
  /** Of the administrator, who is the bench itself and in nobody's figures. */
  readonly kubectl: Kubectl
  readonly kube: Kube
  readonly transport: Transport
  readonly discovery: Discovery
  readonly stateDir: string
  readonly helm: string
  readonly renderer: string
  readonly auditLog: string
  readonly servers: { readonly apiserver: number; readonly etcd: number }
  /** Who the contender is to the API server. */
  readonly operator: Account
  readonly administrator: Account
  stop(): Promise<void>
}

export interface Account {
  readonly user: string
  readonly kubeconfig: string
}

const OPERATOR = 'tenantry-operator'
/** A contender that the operator's rights were not written for. */
const PEER = 'bench'

export async function startArena(progress: Progress): Promise<Arena> {
  const { cluster, stop: stopCluster } = await startControlPlane({ name: 'bench', progress })
  const stateDir = dirname(cluster.kubeconfig)
  const kubectl = await kubectlOf(cluster)
  const connection = await loadKubeConfig({ kubeconfigPath: cluster.kubeconfig })
  const transport = createTransport({ connection })
  const discovery = createDiscovery({ transport })
  await install(kubectl)
  const operator = await account(kubectl, stateDir, OPERATOR)
  const administrator = await account(kubectl, stateDir, PEER)
  const programs = observePrograms(stateDir)
  const controllers = programs.filter(({ name }) => name === 'kube-controller-manager')
  await stopPrograms(controllers, 3_000)
  const pidOf = (program: string) => programs.find(({ name }) => name === program)?.pid ?? 0
  return {
    kubectl,
    kube: createKube({ transport, discovery }),
    transport,
    discovery,
    stateDir,
    helm: await binary('helm', progress),
    renderer: await renderer(progress),
    auditLog: join(stateDir, 'log/audit.log'),
    servers: { apiserver: pidOf('kube-apiserver'), etcd: pidOf('etcd') },
    operator,
    administrator,
    async stop() {
      transport.close()
      await stopCluster()
    },
  }
}

async function install(kubectl: Kubectl): Promise<void> {
  await installBare(kubectl.run)
  await kubectl.run(['create', 'serviceaccount', PEER, '-n', operatorNamespace])
  const subject = `--serviceaccount=${operatorNamespace}:${PEER}`
  await kubectl.run(['create', 'clusterrolebinding', PEER, '--clusterrole=cluster-admin', subject])
}

/** A kubeconfig with a token of the service account, so that the audit log tells the contender from the bench. */
async function account(kubectl: Kubectl, stateDir: string, name: string): Promise<Account> {
  const token = await kubectl.run(['create', 'token', name, '-n', operatorNamespace, '--duration=24h'])
  const config = parse(await kubectl.run(['config', 'view', '--raw', '--flatten'])) as { users: { user: unknown }[] }
  for (const user of config.users) user.user = { token }
  const kubeconfig = join(stateDir, `${name}.kubeconfig`)
  await writeFile(kubeconfig, stringify(config), { mode: 0o600 })
  return { user: `system:serviceaccount:${operatorNamespace}:${name}`, kubeconfig }
}
