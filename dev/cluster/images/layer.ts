/** One layer of an image: a tar in the cache that has the same bytes whenever its key is the same. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cached } from '../cache.ts'

export interface Layer {
  /** `sha256:…` of the uncompressed tar, which is how it is stored: both diff id and blob digest. */
  digest: string
  sizeBytes: number
  path: string
}

/** Times and owners that say nothing, in an order that is always the same. */
const reproducible = ['--sort=name', '--mtime=@0', '--format=gnu', '--numeric-owner']
const ownedByRoot = ['--owner=0', '--group=0']

/** `fill` puts files into an empty folder; they belong to root in the image. `key` says all that they depend on. */
export function filesLayer(name: string, key: string, fill: (folder: string) => Promise<void>): Promise<Layer> {
  return cachedLayer(`layers/${name}-${key}`, async temporary => {
    const folder = join(temporary, 'content')
    await mkdir(folder, { recursive: true })
    await fill(folder)
    await pack(folder, temporary, [...reproducible, ...ownedByRoot])
    await rm(folder, { recursive: true })
  })
}

/** A folder of the cache as it is, with its owners. */
export function folderLayer(name: string, folder: string): Promise<Layer> {
  return cachedLayer(`layers/${name}`, async temporary => {
    await mkdir(temporary)
    await pack(folder, temporary, reproducible)
  })
}

async function cachedLayer(entry: string, fill: (temporary: string) => Promise<void>): Promise<Layer> {
  const folder = await cached(entry, fill)
  const facts = JSON.parse(await readFile(join(folder, 'layer.json'), 'utf8')) as Omit<Layer, 'path'>
  return { ...facts, path: join(folder, 'layer.tar') }
}

async function pack(folder: string, target: string, options: readonly string[]): Promise<void> {
  const path = join(target, 'layer.tar')
  await execa('tar', [...options, '--create', '--file', path, '--directory', folder, '.'])
  const { size: sizeBytes } = await stat(path)
  await writeFile(join(target, 'layer.json'), JSON.stringify({ digest: await digestOfFile(path), sizeBytes }))
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return `sha256:${hash.digest('hex')}`
}
