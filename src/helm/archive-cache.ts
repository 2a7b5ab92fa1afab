/** Archives of charts on this disk, by their digest. What it gives out has been looked at: it is what its name says. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

export interface ArchiveCache {
  /** undefined where it is not there, or is not what it was. */
  pathOf(digest: string): Promise<string | undefined>
  put(digest: string, archive: Uint8Array): Promise<void>
}

export interface ArchiveCacheOptions {
  readonly folder: string
  /** What has not been used for the longest goes first. The newest stays in any case. */
  readonly maxBytes: number
}

export function createArchiveCache({ folder, maxBytes }: ArchiveCacheOptions): ArchiveCache {
  const fileOf = (digest: string) => join(folder, `${digest}.tgz`)
  return {
    async pathOf(digest) {
      const file = fileOf(digest)
      const archive = await readFile(file).catch(() => undefined)
      if (archive === undefined) return undefined
      if (bytesToHex(sha256(archive)) !== digest) {
        await rm(file, { force: true })
        return undefined
      }
      const now = new Date()
      await utimes(file, now, now).catch(() => undefined)
      return file
    },
    async put(digest, archive) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const temporary = join(folder, `${randomUUID()}.tmp`)
      await writeFile(temporary, archive, { mode: 0o600 })
      await rename(temporary, fileOf(digest))
      await removeOldest(folder, maxBytes, `${digest}.tgz`)
    },
  }
}

async function removeOldest(folder: string, maxBytes: number, newest: string): Promise<void> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.tgz') && name !== newest)
  const files = await Promise.all(
    names.map(async name => ({ file: join(folder, name), ...(await sizeOf(folder, name)) })),
  )
  let left = maxBytes - (await sizeOf(folder, newest)).bytes
  for (const { file, bytes } of files.sort((a, b) => b.usedAtMs - a.usedAtMs)) {
    left -= bytes
    if (left < 0) await rm(file, { force: true })
  }
}

/** Nothing of one that somebody else has taken away meanwhile. */
async function sizeOf(folder: string, name: string): Promise<{ bytes: number; usedAtMs: number }> {
  const found = await stat(join(folder, name)).catch(() => undefined)
  return { bytes: found?.size ?? 0, usedAtMs: found?.mtimeMs ?? 0 }
}
