/** Images as one tar stream, readable as an OCI layout and as a docker-archive. Layers they share are in it once. */

import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { type Blob, blobPath, dockerManifest, imageIndex, type PackedImage } from './image.ts'
import type { Layer } from './layer.ts'

export const blockBytes = 512
export const indexFile = 'index.json'

/** `present`: digests of layers that the reader has already; they are left out. */
export function imageArchive(images: readonly PackedImage[], present: ReadonlySet<string> = new Set()): Readable {
  return Readable.from(archiveChunks(images, present), { objectMode: false })
}

async function* archiveChunks(images: readonly PackedImage[], present: ReadonlySet<string>): AsyncGenerator<Buffer> {
  yield tarFile('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
  yield tarFile(indexFile, imageIndex(images))
  yield tarFile('manifest.json', dockerManifest(images))
  const blobs = new Map<string, Blob>()
  const layers = new Map<string, Layer>()
  for (const image of images) {
    for (const blob of [image.config, image.manifest]) blobs.set(blob.digest, blob)
    for (const layer of image.layers) if (!present.has(layer.digest)) layers.set(layer.digest, layer)
  }
  for (const [digest, { content }] of blobs) yield tarFile(blobPath(digest), content)
  for (const [digest, { path, sizeBytes }] of layers) {
    yield tarHeader(blobPath(digest), sizeBytes)
    yield* createReadStream(path, { highWaterMark: 1 << 20 })
    yield padding(sizeBytes)
  }
  yield Buffer.alloc(2 * blockBytes)
}

function tarFile(name: string, content: Buffer): Buffer {
  return Buffer.concat([tarHeader(name, content.length), content, padding(content.length)])
}

function padding(sizeBytes: number): Buffer {
  return Buffer.alloc(paddedBytes(sizeBytes) - sizeBytes)
}

/** The room that a file takes in an archive. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes) * blockBytes
}

/** A header of the ustar format, for a regular file whose name has at most 100 bytes and which is below 8 GiB. */
function tarHeader(name: string, sizeBytes: number): Buffer {
  const header = Buffer.alloc(blockBytes)
  header.write(name, 0, 100)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
