/** A lock file that dies with its holder. It saves double work only: whoever needs more must rename into place. */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isRunning, observeProcess, type ProcessMark } from './process-mark.ts'

const pollMs = 200

/** Runs `work` while no other process, and no other call in this one, holds the lock. Waits as long as it takes. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!(await acquired(path))) await delay(pollMs)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function acquired(path: string): Promise<boolean> {
  if (existsSync(path)) {
    if (await isStale(path)) await removeStale(path)
    return false
  }
  const own = `${path}.${randomUUID()}`
  await writeFile(own, JSON.stringify(observeProcess(process.pid)))
  try {
    // A link appears with its content, so nobody ever reads a half-written lock.
    await link(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    await rm(own, { force: true })
  }
}

async function isStale(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return false
  return !isRunning(JSON.parse(text) as ProcessMark)
}

/** Renaming decides which of several waiters removes it, and shows whether a new holder came in between. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
    if (!(await isStale(aside))) await link(aside, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  } finally {
    await rm(aside, { force: true })
  }
}
