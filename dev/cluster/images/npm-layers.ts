/** Layers with what this repository's own programs need: the Node binary, their packages, their sources. */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesLayer, type Layer } from './layer.ts'
import { type Lock, runtimeClosure } from './npm-closure.ts'

export const repository = fileURLToPath(new URL('../../..', import.meta.url))
/** Where the sources are in an image. */
export const appFolder = '/app'

/** Only compilers and debuggers read these, and a layer is unpacked file by file. */
const buildTimeOnly = /\.(d\.[cm]?ts|map|md)$/

/** The binary of the npm package `node`, whose exact version package-lock.json pins. */
export const nodeBinary = join(repository, 'node_modules/node/bin/node')

export async function nodeBinaryLayer(): Promise<Layer> {
  const text = await readFile(join(repository, 'node_modules/node/package.json'), 'utf8')
  return binaryLayer('node', (JSON.parse(text) as { version: string }).version, nodeBinary)
}

/** One program in /usr/local/bin. */
export function binaryLayer(name: string, version: string, path: string): Promise<Layer> {
  return filesLayer(name, `${version}-${process.arch}`, async folder => {
    const target = join(folder, 'usr/local/bin', name)
    await mkdir(dirname(target), { recursive: true })
    await cp(path, target, { dereference: true })
  })
}

/** Files or folders below `repository`, and what their contents depend on. */
export interface Found {
  paths: string[]
  key: string
}

/** The run-time packages of the workspace at `root` (the empty string for the main package), as they are installed. */
export async function findPackages(root: string): Promise<Found> {
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as Lock
  const paths = runtimeClosure(lock, root).filter(path => existsSync(join(repository, path)))
  return { paths, key: digest(JSON.stringify(paths.map(path => [path, lock.packages[path]]))) }
}

export async function packagesLayer(name: string, root: string): Promise<Layer> {
  const { paths, key } = await findPackages(root)
  return filesLayer(`${name}-packages`, key, async folder => {
    for (const path of paths) {
      const from = join(repository, path)
      const nested = join(from, 'node_modules')
      // What is nested and needed is in the list itself.
      const filter = (file: string) => file !== nested && !buildTimeOnly.test(file)
      await cp(from, join(folder, appFolder, path), { recursive: true, filter })
    }
  })
}

/** The files in these files and folders of the repository; without tests. */
export async function findSources(within: readonly string[]): Promise<Found> {
  const paths = (await Promise.all(within.map(listFiles))).flat().sort()
  const contents = await Promise.all(paths.map(file => readFile(join(repository, file))))
  return { paths, key: digest(JSON.stringify(paths.map((file, index) => [file, digest(contents[index] ?? '')]))) }
}

/** At the same place below `appFolder`. */
export async function sourcesLayer(name: string, within: readonly string[]): Promise<Layer> {
  const { paths, key } = await findSources(within)
  return filesLayer(`${name}-sources`, key, async folder => {
    for (const file of paths) await cp(join(repository, file), join(folder, appFolder, file))
  })
}

async function listFiles(path: string): Promise<string[]> {
  const entries = await readdir(join(repository, path), { withFileTypes: true }).catch(error => {
    if (error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (entries === undefined) return path.endsWith('.test.ts') ? [] : [path]
  const inside = entries.filter(entry => entry.name !== 'node_modules').map(entry => listFiles(join(path, entry.name)))
  return (await Promise.all(inside)).flat()
}

export function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}
