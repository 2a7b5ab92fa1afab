/** A cluster of one real node that lives in namespaces of its own: ending one process ends all of it. */

import { rm } from 'node:fs/promises'
import { binaries, binary } from '../binaries/binary.ts'
import { answersOk } from '../control-plane/probe.ts'
import { observePrograms, stopPrograms } from '../control-plane/process.ts'
import { type ImageName, image } from '../images/catalogue.ts'
import { type PackedImage, packImage } from '../images/image.ts'
import { rootfsFolder } from '../images/rootfs.ts'
import { layersOf, nodeLayer } from '../images/rootfs-definition.ts'
import type { Progress } from '../progress.ts'
import type { Cluster, ClusterOptions, Provider } from '../provider.ts'
import { readCluster, stateDirOf, writeCluster } from '../state.ts'
import { installAddons } from './addons/install.ts'
import { removeCgroups } from './cgroup.ts'
import { loadArchive, loadImages } from './image-load.ts'
import { nodeName, stateFiles } from './layout.ts'
import { programNames } from './node-options.ts'
import { unavailable } from './requirement.ts'
import { startNode, untilServing } from './start.ts'

export const nodeProvider: Provider = {
  name: 'node',
  unavailable,
  up: upNode,
  down: downNode,
  loadImage: ({ name }, archive) => loadArchive(stateDirOf(name), archive),
}

/** What the cluster itself runs; the database image may come while these start. */
const systemImages = ['pause', 'coredns', 'traefik', 'cloudnative-pg'] as const
type SystemImages = Record<(typeof systemImages)[number], PackedImage>

async function upNode({ name, stateDir, progress }: ClusterOptions): Promise<Cluster> {
  const running = await healthyCluster(stateDir)
  if (running !== undefined) return running
  await downNode({ name, stateDir })

  const programs = await binaries(programNames, progress)
  const kubectl = await binary('kubectl', progress)
  const lower = await lowerFolders(progress)
  const images = await systemImagesOf(progress)
  const database = await packed('postgresql', progress)

  const options = { name, stateDir, lower, programs }
  const node = await progress.step('start the node', () => startNode(options, referenceOf(images.pause)))
  await Promise.all([
    progress.step('load the images of the system', () => loadImages(stateDir, Object.values(images))),
    progress.step('control plane', () => untilServing(stateDir, node)),
  ])
  const files = stateFiles(stateDir)
  const references = Object.fromEntries(systemImages.map(image => [image, referenceOf(images[image])]))
  await Promise.all([
    installAddons({
      kubectl,
      kubeconfig: files.kubeconfig,
      images: references,
      progress,
      kubeletLog: files.kubeletLog,
    }),
    progress.step('load the image of PostgreSQL', () => loadImages(stateDir, [database])),
  ])
  const { https: httpsPort, http: httpPort } = node.ports
  const cluster: Cluster = { name, provider: 'node', kubeconfig: files.kubeconfig, httpsPort, httpPort }
  await writeCluster(stateDir, cluster)
  return cluster
}

/** Processes first: with the last of them go the mounts, the network and everything else the node had. */
async function downNode({ name, stateDir }: Pick<ClusterOptions, 'name' | 'stateDir'>): Promise<void> {
  for (let programs = observePrograms(stateDir); programs.length > 0; programs = observePrograms(stateDir)) {
    await stopPrograms(programs, 0)
  }
  await removeCgroups(nodeName(name))
  await rm(stateDir, { recursive: true, force: true })
}

async function healthyCluster(stateDir: string): Promise<Cluster | undefined> {
  const cluster = await readCluster(stateDir)
  if (cluster?.provider !== 'node') return undefined
  const running = observePrograms(stateDir).map(program => program.name)
  if (!['supervisor', 'containerd', ...programNames].every(name => running.includes(name))) return undefined
  return (await answersOk(cluster.kubeconfig, '/readyz')) ? cluster : undefined
}

/** The uppermost first, as an overlay wants them. */
async function lowerFolders(progress: Progress): Promise<string[]> {
  const folders: string[] = []
  for (const layer of layersOf(nodeLayer)) folders.unshift(await rootfsFolder(layer, progress))
  return folders
}

/** One after the other: what makes them uses every core by itself. */
async function systemImagesOf(progress: Progress): Promise<SystemImages> {
  const images: Partial<SystemImages> = {}
  for (const name of systemImages) images[name] = await packed(name, progress)
  return images as SystemImages
}

async function packed(name: ImageName, progress: Progress): Promise<PackedImage> {
  return packImage(await image(name, progress))
}

function referenceOf({ references: [reference = ''] }: PackedImage): string {
  return reference
}
