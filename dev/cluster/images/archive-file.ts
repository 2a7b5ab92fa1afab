/** Reads what matters of an archive on disk, without reading its layers. */

import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { blockBytes, indexFile, paddedBytes } from './archive.ts'
import { blobPath, parseIndex } from './image.ts'

export interface ArchiveFile {
  path: string
  entries: Entry[]
  /** Digests of its images by reference; undefined for an archive that is not ours. */
  references?: Map<string, string>
}

interface Entry {
  name: string
  /** Where its header begins. */
  from: number
  /** Where the next one does. */
  to: number
}

export async function readArchive(path: string): Promise<ArchiveFile> {
  const file = await open(path)
  try {
    const entries: Entry[] = []
    let index: Buffer | undefined
    for (let from = 0; ; ) {
      const header = await readAt(file, from, blockBytes)
      // An archive ends with empty blocks.
      if (header.length < blockBytes || header[0] === 0) break
      const name = header.toString('utf8', 0, header.indexOf(0))
      const sizeBytes = Number.parseInt(header.toString('utf8', 124, 135), 8)
      const to = from + blockBytes + paddedBytes(sizeBytes)
      entries.push({ name, from, to })
      if (name === indexFile) index = await readAt(file, from + blockBytes, sizeBytes)
      from = to
    }
    const references = index && parseIndex(index)
    return references === undefined ? { path, entries } : { path, entries, references }
  } finally {
    await file.close()
  }
}

/** The archive, without the layers that the reader has already if it is ours. */
export function archiveStream(archive: ArchiveFile, present: ReadonlySet<string>): Readable {
  if (archive.references === undefined) return createReadStream(archive.path)
  const left = new Set([...present].map(blobPath))
  return Readable.from(
    chunks(
      archive.path,
      archive.entries.filter(({ name }) => !left.has(name)),
    ),
    { objectMode: false },
  )
}

async function* chunks(path: string, entries: readonly Entry[]): AsyncGenerator<Buffer> {
  for (const { from, to } of entries)
    yield* createReadStream(path, { start: from, end: to - 1, highWaterMark: 1 << 20 })
  yield Buffer.alloc(2 * blockBytes)
}

async function readAt(file: FileHandle, position: number, sizeBytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sizeBytes), 0, sizeBytes, position)
  return buffer.subarray(0, bytesRead)
}
