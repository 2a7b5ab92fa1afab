/** The user's cache folder: each entry is made once, whole or not at all, even by several processes at a time. */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { withLock } from './lock.ts'
import { observeProcess } from './process-mark.ts'

/** Folder below the root for what is being made. */
const unfinished = 'unfinished'

/** Backup programs leave folders with this file out. Source: https://bford.info/cachedir/ */
const tagFile = 'CACHEDIR.TAG'
const tagSignature = 'Signature: 8a477f597d28d172789f06886806bc55'

export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TENANTRY_CACHE) return resolve(env.TENANTRY_CACHE)
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tenantry')
}

/**
 * The absolute path of a cache entry such as `bin/helm-v4.3.1`, which `fill` makes where it is missing: `fill` gets a
 * path that does not exist yet, on the same file system, and leaves a file or a folder there. When it throws, nothing
 * remains. An entry's name says all that its content depends on.
 */
export async function cached(
  entry: string,
  fill: (temporary: string) => Promise<void>,
  root: string = cacheRoot(),
): Promise<string> {
  const path = join(root, entry)
  if (existsSync(path)) return path
  await prepare(root)
  await mkdir(dirname(path), { recursive: true })
  return withLock(`${path}.lock`, async () => {
    if (existsSync(path)) return path
    await removeAbandoned(root)
    const temporary = join(root, unfinished, `${process.pid}.${randomUUID()}`)
    try {
      await fill(temporary)
      await rename(temporary, path)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    return path
  })
}

/** Removes the whole cache. Refuses a folder that was not made by `cached`, whatever the environment says. */
export async function removeCache(root: string = cacheRoot()): Promise<void> {
  if (!existsSync(root)) return
  const tag = await readFile(join(root, tagFile), 'utf8').catch(() => '')
  if (!tag.startsWith(tagSignature)) throw new Error(`${root} is not marked as a cache (${tagFile}): remove it by hand`)
  await rm(root, { recursive: true })
}

async function prepare(root: string): Promise<void> {
  await mkdir(root, { recursive: true })
  if ((await readdir(root)).length === 0) await writeFile(join(root, tagFile), `${tagSignature}\n`)
  await mkdir(join(root, unfinished), { recursive: true })
}

/** What a process that was killed left behind. */
async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(join(root, unfinished))) {
    const pid = Number(name.split('.')[0])
    if (observeProcess(pid) === undefined) await rm(join(root, unfinished, name), { recursive: true, force: true })
  }
}
