import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cached, cacheRoot, removeCache } from './cache.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('the folder is the one asked for, else the one of the desktop standard, else below the home folder', () => {
  expect(cacheRoot({ TENANTRY_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
  expect(cacheRoot({ XDG_CACHE_HOME: '/b' })).toBe('/b/tenantry')
  expect(cacheRoot({})).toMatch(/\/\.cache\/tenantry$/)
})

test('an entry is filled once, however many ask for it at the same time', async () => {
  let fills = 0
  const fill = async (file: string) => {
    fills += 1
    await writeFile(file, 'content')
  }
  const paths = await Promise.all([1, 2, 3].map(() => cached('bin/x', fill, root)))
  expect(paths).toEqual(Array(3).fill(join(root, 'bin/x')))
  expect([fills, await readFile(join(root, 'bin/x'), 'utf8')]).toEqual([1, 'content'])
})

test('a failed fill leaves nothing, and the next one succeeds', async () => {
  const failing = cached(
    'bin/x',
    async file => {
      await writeFile(file, 'half')
      throw new Error('disk full')
    },
    root,
  )
  await expect(failing).rejects.toThrow('disk full')
  expect([await readdir(join(root, 'bin')), await readdir(join(root, 'unfinished'))]).toEqual([[], []])
  await cached('bin/x', file => writeFile(file, 'whole'), root)
  expect(await readFile(join(root, 'bin/x'), 'utf8')).toBe('whole')
})

test('what a killed process left half-made goes with the next fill', async () => {
  await cached('bin/x', file => writeFile(file, ''), root)
  const noSuchPid = 2 ** 30
  await writeFile(join(root, `unfinished/${noSuchPid}.y`), 'half')
  await cached('bin/y', file => writeFile(file, ''), root)
  expect(await readdir(join(root, 'unfinished'))).toEqual([])
})

test('a cache can be removed', async () => {
  await cached('bin/x', file => writeFile(file, ''), root)
  await removeCache(root)
  await expect(readdir(root)).rejects.toThrow('ENOENT')
  await removeCache(root)
})

test('a folder that held something else before is never removed', async () => {
  await writeFile(join(root, 'letter.txt'), 'dear')
  await cached('bin/x', file => writeFile(file, ''), root)
  await expect(removeCache(root)).rejects.toThrow('remove it by hand')
  expect(await readdir(root)).toEqual(['bin', 'letter.txt', 'unfinished'])
})
