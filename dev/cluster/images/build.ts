/** An image of the catalogue as one file, for whatever loads images from files. */

import { createWriteStream } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { cached } from '../cache.ts'
import type { Progress } from '../progress.ts'
import { imageArchive } from './archive.ts'
import { type ImageName, image } from './catalogue.ts'
import { type PackedImage, packImage } from './image.ts'

export interface BuiltImage extends PackedImage {
  /** Absolute path of a docker-archive (and OCI layout) with this image alone. */
  archive: string
}

/** Makes what is missing of an image, and its archive. The same sources give the same digest and the same path. */
export async function buildImage(name: ImageName, progress: Progress): Promise<BuiltImage> {
  const packed = packImage(await image(name, progress))
  const short = packed.digest.slice('sha256:'.length, 'sha256:'.length + 16)
  const archive = await cached(`images/${name}-${short}.tar`, temporary =>
    pipeline(imageArchive([packed]), createWriteStream(temporary)),
  )
  await removeOthers(name, archive)
  return { ...packed, archive }
}

/** Each change of the sources makes an archive of hundreds of megabytes; nobody wants the former ones. */
async function removeOthers(name: ImageName, archive: string): Promise<void> {
  const folder = dirname(archive)
  const archives = (await readdir(folder)).filter(file => file.startsWith(`${name}-`) && file.endsWith('.tar'))
  for (const file of archives) if (file !== basename(archive)) await rm(join(folder, file), { force: true })
}
