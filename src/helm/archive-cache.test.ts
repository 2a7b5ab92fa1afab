import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createArchiveCache } from './archive-cache.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-archives-'))
})
afterEach(() => rm(folder, { recursive: true }))

const archives = ['one', 'two', 'three'].map(text => {
  const archive = new TextEncoder().encode(text.padEnd(100, '.'))
  return { archive, digest: bytesToHex(sha256(archive)) }
})
const [one, two, three] = archives as [(typeof archives)[0], (typeof archives)[0], (typeof archives)[0]]

test('an archive is found by its digest, by a later process too', async () => {
  await createArchiveCache({ folder, maxBytes: 1000 }).put(one.digest, one.archive)
  const later = createArchiveCache({ folder, maxBytes: 1000 })
  expect(await later.pathOf(one.digest)).toBe(join(folder, `${one.digest}.tgz`))
  expect(await later.pathOf(two.digest)).toBeUndefined()
})

test('an archive that comes for several plans at once is there for all', async () => {
  const cache = createArchiveCache({ folder, maxBytes: 150 })
  await Promise.all([one, two, one, two, one].map(({ digest, archive }) => cache.put(digest, archive)))
  expect((await readdir(folder)).filter(name => !name.endsWith('.tgz'))).toEqual([])
})

test('an archive that is not what it was is gone', async () => {
  const cache = createArchiveCache({ folder, maxBytes: 1000 })
  await cache.put(one.digest, one.archive)
  await writeFile(join(folder, `${one.digest}.tgz`), 'something else')
  expect(await cache.pathOf(one.digest)).toBeUndefined()
  expect(await readdir(folder)).toEqual([])
})

test('where there is no more room, what was not used for the longest goes, and never what has just come', async () => {
  const cache = createArchiveCache({ folder, maxBytes: 250 })
  await cache.put(one.digest, one.archive)
  await cache.put(two.digest, two.archive)
  await utimes(join(folder, `${one.digest}.tgz`), 1, 1)
  await utimes(join(folder, `${two.digest}.tgz`), 2, 2)
  await cache.pathOf(one.digest)
  await cache.put(three.digest, three.archive)
  expect((await readdir(folder)).sort()).toEqual([one, three].map(({ digest }) => `${digest}.tgz`).sort())
  await createArchiveCache({ folder, maxBytes: 1 }).put(two.digest, two.archive)
  expect(await readdir(folder)).toEqual([`${two.digest}.tgz`])
})
