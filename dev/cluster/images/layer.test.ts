import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { filesLayer } from './layer.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-layer-'))
  vi.stubEnv('TENANTRY_CACHE', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

test('the same files make the same bytes, whenever and in whatever order they were written', async () => {
  const one = await filesLayer('one', '1', async target => {
    await mkdir(join(target, 'usr'))
    await writeFile(join(target, 'usr/a'), 'a')
    await writeFile(join(target, 'b'), 'b')
  })
  const two = await filesLayer('two', '1', async target => {
    await writeFile(join(target, 'b'), 'b')
    await mkdir(join(target, 'usr'))
    await writeFile(join(target, 'usr/a'), 'a')
    await utimes(join(target, 'b'), 1, 1)
  })
  expect({ digest: two.digest, sizeBytes: two.sizeBytes }).toEqual({ digest: one.digest, sizeBytes: one.sizeBytes })
})

test('a layer is filled once for each key', async () => {
  const fill = vi.fn(async (target: string) => writeFile(join(target, 'a'), 'a'))
  const first = await filesLayer('app', '1', fill)
  expect(await filesLayer('app', '1', fill)).toEqual(first)
  await filesLayer('app', '2', fill)
  expect(fill).toHaveBeenCalledTimes(2)
})
