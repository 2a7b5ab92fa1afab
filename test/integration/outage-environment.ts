/** An operator with its own rights behind a fault proxy, and tenants that it has converged. */
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { reportRunning } from '../../bench/arena/stand-in.ts'
import { isReady } from '../../bench/arena/tenant-watch.ts'
import type { Operator } from '../../src/controllers/operator.ts'
import { createKube, type Kube } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { mapAtMost } from '../../src/proxmox/at-most.ts'
import { type FaultProxy, startFaultProxy } from '../make/fault-proxy.ts'
import { eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { type Servers, serversOf } from './servers.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

export interface OutageEnvironment {
  readonly environment: OperatorEnvironment
  readonly servers: Servers
  readonly proxy: FaultProxy
  readonly operator: Operator
  /** Of the administrator, past the proxy. */
  readonly kube: Kube
  tenants(): Promise<KubeObject[]>
  stop(): Promise<void>
}

/** Of these tenants, all are Ready. */
export async function startOutageEnvironment(
  name: string,
  tenants: readonly string[],
  flags: Record<string, string> = {},
): Promise<OutageEnvironment> {
  const environment = await startEnvironment(name)
  const servers = serversOf(environment.kubeconfig)
  // What reports of workloads would come from the others, a stand-in writes.
  await servers.limitControllers('namespace-controller')
  const connection = await loadKubeConfig({ kubeconfigPath: environment.kubeconfig })
  const { tls } = await connection.credentials.current()
  const proxy = await startFaultProxy({ server: connection.server, authority: `${tls.ca}` })
  const transport = createTransport({ connection })
  const kube = createKube({ transport })
  const list = () => kube.list({ apiVersion: API_VERSION, kind: 'Tenant' })
  const kubeconfig = join(dirname(environment.kubeconfig), 'operator.kubeconfig')
  await writeFile(kubeconfig, await operatorKubeconfig(environment, proxy), { mode: 0o600 })

  await kube.create(planManifest('small') as KubeObject)
  await mapAtMost(tenants, 8, async tenant => void (await kube.create(tenantManifest(tenant) as KubeObject)))
  const operator = await environment.startOperator({ kubeconfig, ...flags })
  await eventually(list, found => found.every(isInstalled), 180_000)
  await reportRunning(kube, tenants)
  await eventually(list, found => found.every(isReady), 60_000)
  return {
    environment,
    servers,
    proxy,
    operator,
    kube,
    tenants: list,
    async stop() {
      await environment.stop()
      transport.close()
      await proxy.stop()
    },
  }
}

export function isInstalled({ status }: KubeObject): boolean {
  return ((status ?? {}) as { release?: { revision?: number } }).release?.revision !== undefined
}

/** With the rights of its service account, and not those of an administrator, to whom no rule applies. */
async function operatorKubeconfig(
  { kubectl }: OperatorEnvironment,
  { server, authority }: FaultProxy,
): Promise<string> {
  const name = 'operator'
  const account = ['tenantry-operator', '-n', 'tenantry-system', '--duration=1h']
  const token = await kubectl(['create', 'token', ...account])
  const authorityData = Buffer.from(authority).toString('base64')
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': authorityData } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}
