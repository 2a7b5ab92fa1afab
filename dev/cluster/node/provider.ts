/** A cluster of one real node that lives in namespaces of its own: ending one process ends all of it. */

import { rm } from 'node:fs/promises'
import { answersOk } from '../control-plane/probe.ts'
import { observePrograms, stopPrograms } from '../control-plane/process.ts'
import type { Cluster, ClusterOptions, Provider } from '../provider.ts'
import { readCluster, stateDirOf, writeCluster } from '../state.ts'
import { installAddons } from './addons/install.ts'
import { removeCgroups } from './cgroup.ts'
import { loadArchive, loadImages } from './image-load.ts'
import { cgroupName, stateFiles } from './layout.ts'
import { gatherMaterial, type Material, referenceOf, systemImages } from './material.ts'
import { programNames } from './node-options.ts'
import { unavailable } from './requirement.ts'
import { type StartedNode, startNode, untilServing, whileRunning } from './start.ts'

export const nodeProvider: Provider = {
  name: 'node',
  unavailable,
  up: upNode,
  down: downNode,
  loadImage: ({ name }, archive) => loadArchive(stateDirOf(name), archive),
}

async function upNode(options: ClusterOptions): Promise<Cluster> {
  const { name, stateDir, progress } = options
  const running = await healthyCluster(stateDir)
  if (running !== undefined) return running
  await downNode({ name, stateDir })
  const material = await gatherMaterial(progress)
  const { programs, lower, images } = material
  const node = await progress.step('start the node', () =>
    startNode({ name, stateDir, lower, programs }, referenceOf(images.pause)),
  )
  await whileRunning(node, () => furnish(options, material, node))
  const { https: httpsPort, http: httpPort } = node.ports
  const cluster: Cluster = { name, provider: 'node', kubeconfig: stateFiles(stateDir).kubeconfig, httpsPort, httpPort }
  await writeCluster(stateDir, cluster)
  return cluster
}

/** Gives a node that has just started its images, and what runs from them. */
async function furnish({ stateDir, progress }: ClusterOptions, material: Material, node: StartedNode): Promise<void> {
  const { kubectl, images, database } = material
  const { kubeconfig, kubeletLog } = stateFiles(stateDir)
  const addons = { kubectl, kubeconfig, kubeletLog, progress }
  await Promise.all([
    progress.step('load the images of the system', () => loadImages(stateDir, Object.values(images))),
    progress.step('control plane', () => untilServing(stateDir, node)),
  ])
  const references = Object.fromEntries(systemImages.map(name => [name, referenceOf(images[name])]))
  await Promise.all([
    installAddons({ ...addons, images: references, databaseImage: referenceOf(database) }),
    progress.step('load the image of PostgreSQL', () => loadImages(stateDir, [database])),
  ])
}

/** Processes first: with the last of them go the mounts, the network and everything else the node had. */
async function downNode({ name, stateDir }: Pick<ClusterOptions, 'name' | 'stateDir'>): Promise<void> {
  for (let programs = observePrograms(stateDir); programs.length > 0; programs = observePrograms(stateDir)) {
    await stopPrograms(programs, 0)
  }
  await removeCgroups(cgroupName(name, stateDir))
  await rm(stateDir, { recursive: true, force: true })
}

async function healthyCluster(stateDir: string): Promise<Cluster | undefined> {
  const cluster = await readCluster(stateDir)
  if (cluster?.provider !== 'node') return undefined
  const running = observePrograms(stateDir).map(program => program.name)
  if (!['supervisor', 'containerd', ...programNames].every(name => running.includes(name))) return undefined
  return (await answersOk(cluster.kubeconfig, '/readyz')) ? cluster : undefined
}
