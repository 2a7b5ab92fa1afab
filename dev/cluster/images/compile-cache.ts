/**
 * A layer with what Node makes of sources when it runs them, so that a container neither loads the compiler that takes the
 * types off nor compiles at its start. Node falls back to the sources wherever it does not fit; it is only ever read.
 */

import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { filesLayer, type Layer } from './layer.ts'
import { appFolder } from './npm-layers.ts'

const cacheFolder = `${appFolder}/.compile-cache`

/** Paths in the cache are relative to it, so that it may be made in another folder. */
export const compileCacheEnv = [`NODE_COMPILE_CACHE=${cacheFolder}`, 'NODE_COMPILE_CACHE_PORTABLE=1']

export interface Compiled {
  /** With which Node in the image runs. */
  node: string
  /** That make up `appFolder`. */
  layers: Layer[]
  /** Arguments of Node, once for each run: what these load is in the cache. */
  runs: string[][]
  /** Node has a folder for each user. */
  uid: number
}

export async function compileCacheLayer(name: string, { node, layers, runs, uid }: Compiled): Promise<Layer> {
  const { stdout: version } = await execa(node, ['--version'])
  const facts = JSON.stringify([version, process.arch, layers.map(layer => layer.digest), runs, uid])
  const key = createHash('sha256').update(facts).digest('hex').slice(0, 16)
  return filesLayer(`${name}-compiled`, key, async folder => {
    await mkdir(join(folder, 'unpacked'))
    // Node takes the paths of modules without links, and that of its cache as it is given.
    const app = await realpath(join(folder, 'unpacked'))
    for (const { path } of layers) await execa('tar', ['--extract', '--file', path, '--directory', app])
    const env = Object.fromEntries(compileCacheEnv.map(line => line.split('=') as [string, string]))
    env.NODE_COMPILE_CACHE = join(app, cacheFolder)
    for (const args of runs) await execa(node, args, { cwd: join(app, appFolder), env })
    const [made = ''] = await readdir(env.NODE_COMPILE_CACHE)
    await mkdir(join(folder, cacheFolder), { recursive: true })
    const target = join(folder, cacheFolder, made.replace(/-\d+$/, `-${uid}`))
    await rename(join(env.NODE_COMPILE_CACHE, made), target)
    // In the image they are root's.
    for (const file of await readdir(target)) await chmod(join(target, file), 0o644)
    await rm(app, { recursive: true })
  })
}
