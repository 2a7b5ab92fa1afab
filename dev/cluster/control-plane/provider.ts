/** A cluster without nodes: etcd, kube-apiserver and kube-controller-manager on the loopback address. */

import { rm } from 'node:fs/promises'
import { binaries } from '../binaries/binary.ts'
import type { Cluster, ClusterOptions, Provider } from '../provider.ts'
import { readCluster, writeCluster } from '../state.ts'
import { answersOk } from './probe.ts'
import { observePrograms, stopPrograms } from './process.ts'
import { programNames, startControlPlanePrograms } from './start.ts'

const graceMs = 3_000

export interface ControlPlaneOptions extends ClusterOptions {
  /** The cluster ends with this process, however that ends. */
  diesWithUs?: boolean
  /** Controllers that are not to run, for a test plays them. */
  withoutControllers?: readonly string[]
}

export const controlPlaneProvider: Provider = {
  name: 'control-plane',
  unavailable: async () => (process.platform === 'linux' ? undefined : 'the Kubernetes servers run on Linux only'),
  up: upControlPlane,
  down: downControlPlane,
}

export async function upControlPlane(options: ControlPlaneOptions): Promise<Cluster> {
  const { name, stateDir, progress, diesWithUs = false, withoutControllers = [] } = options
  const running = await healthyCluster(stateDir)
  if (running !== undefined) return running
  await downControlPlane({ stateDir })
  const files = await binaries(programNames, progress)
  return progress.step(`start the control plane ${name}`, async () => {
    const kubeconfig = await startControlPlanePrograms({ name, stateDir, files, diesWithUs, withoutControllers })
    const cluster: Cluster = { name, provider: 'control-plane', kubeconfig }
    await writeCluster(stateDir, cluster)
    return cluster
  })
}

export async function downControlPlane({ stateDir }: Pick<ClusterOptions, 'stateDir'>): Promise<void> {
  // What a process that is being killed has just started may appear after the first look.
  for (let programs = observePrograms(stateDir); programs.length > 0; programs = observePrograms(stateDir)) {
    // Without its database the API server would wait for it instead of ending.
    const clients = programs.filter(({ name }) => name !== 'etcd')
    await stopPrograms(clients, graceMs)
    await stopPrograms(programs, graceMs)
  }
  await rm(stateDir, { recursive: true, force: true })
}

async function healthyCluster(stateDir: string): Promise<Cluster | undefined> {
  const cluster = await readCluster(stateDir)
  const running = observePrograms(stateDir).map(program => program.name)
  if (cluster?.provider !== 'control-plane' || programNames.some(name => !running.includes(name))) return undefined
  return (await answersOk(cluster.kubeconfig, '/readyz')) ? cluster : undefined
}
