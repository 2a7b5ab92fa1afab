import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.ts'
import { observeProcess } from './process-mark.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('work under one lock never overlaps, and the lock goes with the last of it', async () => {
  let inside = 0
  const seen: number[] = []
  const work = async () => {
    inside += 1
    await new Promise(setImmediate)
    seen.push(inside)
    inside -= 1
  }
  await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'x.lock'), work)))
  expect([seen, await readdir(folder)]).toEqual([[1, 1, 1], []])
})

test('the lock of a process that is gone is taken over', async () => {
  const path = join(folder, 'x.lock')
  await writeFile(path, JSON.stringify({ ...observeProcess(process.pid), started: 'before the last boot' }))
  expect(await withLock(path, async () => 'done')).toBe('done')
  expect(await readdir(folder)).toEqual([])
})

test('failing work releases its lock', async () => {
  const path = join(folder, 'x.lock')
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await readdir(folder)).toEqual([])
})
