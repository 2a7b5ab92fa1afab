import { mkdtemp, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkFiles } from './programs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('the demo can be repeated with its own programs on PATH, as it asks people to have them', async () => {
  const link = join(folder, 'node')
  await linkFiles(folder, { node: process.execPath })
  await linkFiles(folder, { node: link })
  expect(await readlink(link)).toBe(process.execPath)
})
