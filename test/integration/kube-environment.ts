/** A real API server for the tests of src/kube, which they may cut off, kill and start again. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startControlPlane } from '../../dev/cluster/control-plane/ephemeral.ts'
import { observePrograms, startProgram, stopPrograms } from '../../dev/cluster/control-plane/process.ts'
import { createKube, type Kube } from '../../src/kube/client.ts'
import { type KubeConnection, loadKubeConfig } from '../../src/kube/config.ts'
import { createDiscovery, type Discovery } from '../../src/kube/discovery.ts'
import { createTransport, type Transport, type TransportOptions } from '../../src/kube/transport.ts'

export interface KubeEnvironment {
  readonly connection: KubeConnection
  readonly kubeconfig: string
  /** A client over connections of its own. */
  connect(options?: Partial<TransportOptions>): Client
  /** By SIGKILL. */
  killApiServer(): Promise<void>
  /** With the same data; returns when it answers again. */
  startApiServer(): Promise<void>
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
  const stateDir = dirname(kubeconfig)
  const apiServer = () => observePrograms(stateDir).find(program => program.name === 'kube-apiserver')
  let command: string[] = []
  return {
    connection,
    kubeconfig,
    connect: client,
    async killApiServer() {
      const program = apiServer()
      if (program === undefined) throw new Error('no API server runs')
      command = readFileSync(`/proc/${program.pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
      process.kill(program.pid, 'SIGKILL')
      await stopPrograms([program], 0)
    },
    async startApiServer() {
      const [file = '', ...args] = command
      const logFile = join(stateDir, 'log/kube-apiserver.log')
      const program = { name: 'kube-apiserver', file, args, folder: stateDir, logFile, diesWithUs: true }
      await startProgram(stateDir, program)
      const { kube } = client()
      while (!(await kube.list({ apiVersion: 'v1', kind: 'Namespace' }).catch(() => undefined))) await sleep(50)
    },
    async stop() {
      for (const transport of transports) transport.close()
      await controlPlane.stop()
    },
  }
}

/** A cable to the API server that can be pulled. */
export async function startCable(connection: KubeConnection) {
  const { hostname, port } = new URL(connection.server)
  const ends = new Set<Socket>()
  let pulled = false
  const server = createServer(near => {
    if (pulled) return near.destroy()
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from)
      from.pipe(to)
      from.on('error', () => undefined).on('close', () => to.destroy())
    }
    return undefined
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  return {
    connection: { ...connection, server: `https://127.0.0.1:${address.port}` },
    pull() {
      pulled = true
      for (const end of ends) end.destroy()
    },
    plug() {
      pulled = false
    },
    close: () => server.close(),
  }
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
