/** What a node is made of: programs, root file system and images. All of it is made once per machine, and cached. */

import { binaries, binary } from '../binaries/binary.ts'
import { type ImageName, image } from '../images/catalogue.ts'
import { type PackedImage, packImage } from '../images/image.ts'
import { rootfsFolder } from '../images/rootfs.ts'
import { layersOf, nodeLayer } from '../images/rootfs-definition.ts'
import type { Progress } from '../progress.ts'
import { programNames } from './node-options.ts'

/** What the cluster itself runs. */
export const systemImages = ['pause', 'coredns', 'traefik', 'cloudnative-pg'] as const
export type SystemImage = (typeof systemImages)[number]

export interface Material {
  programs: Record<(typeof programNames)[number], string>
  kubectl: string
  /** Folders of the root file system, the uppermost first. */
  lower: string[]
  images: Record<SystemImage, PackedImage>
  /** For tenants' databases: it may come while the others start. */
  database: PackedImage
}

/** One after the other: what makes them uses every core by itself. */
export async function gatherMaterial(progress: Progress): Promise<Material> {
  const programs = await binaries(programNames, progress)
  const kubectl = await binary('kubectl', progress)
  const lower: string[] = []
  for (const layer of layersOf(nodeLayer)) lower.unshift(await rootfsFolder(layer, progress))
  const packed = async (name: ImageName) => packImage(await image(name, progress))
  const images: Partial<Material['images']> = {}
  for (const name of systemImages) images[name] = await packed(name)
  return { programs, kubectl, lower, images: images as Material['images'], database: await packed('postgresql') }
}

/** The first name of an image. */
export function referenceOf({ references: [reference = ''] }: PackedImage): string {
  return reference
}
