/** A real API server for the tests of src/kube, which they may cut off, kill and start again. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { startControlPlane } from '../../dev/cluster/control-plane/ephemeral.ts'
import { createKube, type Kube } from '../../src/kube/client.ts'
import { type KubeConnection, loadKubeConfig } from '../../src/kube/config.ts'
import { createDiscovery, type Discovery } from '../../src/kube/discovery.ts'
import { createTransport, type Transport, type TransportOptions } from '../../src/kube/transport.ts'
import { type Servers, serversOf } from './servers.ts'

export interface KubeEnvironment extends Servers {
  readonly connection: KubeConnection
  readonly kubeconfig: string
  /** A client over connections of its own. */
  connect(options?: Partial<TransportOptions>): Client
  stop(): Promise<void>
}

export interface Client {
  readonly transport: Transport
  readonly discovery: Discovery
  readonly kube: Kube
}

export async function startKubeEnvironment(name: string): Promise<KubeEnvironment> {
  const controlPlane = await startControlPlane({ name })
  const { kubeconfig } = controlPlane.cluster
  const connection = await loadKubeConfig({ kubeconfigPath: kubeconfig })
  const transports: Transport[] = []
  const client = (options: Partial<TransportOptions> = {}): Client => {
    const transport = createTransport({ connection, ...options })
    transports.push(transport)
    const discovery = createDiscovery({ transport })
    return { transport, discovery, kube: createKube({ transport, discovery }) }
  }
  return {
    connection,
    kubeconfig,
    connect: client,
    ...serversOf(kubeconfig),
    async stop() {
      for (const transport of transports) transport.close()
      await controlPlane.stop()
    },
  }
}

/** Of the ServiceAccount `default` of the namespace `default`. */
export async function createToken({ transport }: Client): Promise<string> {
  const response = await transport.request({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/default/token',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
    verb: 'create',
    resource: 'serviceaccounts/token',
    what: 'create a token',
  })
  return (JSON.parse(response.body) as { status: { token: string } }).status.token
}

/** Established TCP connections of this very process to a server on the loopback address, as the kernel counts them. */
export function connectionsTo(server: string): number {
  const port = Number(new URL(server).port).toString(16).toUpperCase().padStart(4, '0')
  const own = new Set(
    readdirSync('/proc/self/fd').flatMap(fd => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)]
      } catch {
        return []
      }
    }),
  )
  return readFileSync('/proc/self/net/tcp', 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, , remote, state, , , , , , inode]) => {
      return state === '01' && remote?.endsWith(`:${port}`) && own.has(`socket:[${inode}]`)
    }).length
}
