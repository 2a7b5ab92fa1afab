/** Gives a node the images it does not have yet. */

import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { imageArchive } from '../images/archive.ts'
import { archiveStream, readArchive } from '../images/archive-file.ts'
import type { PackedImage } from '../images/image.ts'
import { innerPid, runInside } from './inside.ts'
import { containerdSocket } from './layout.ts'

const ctr = ['ctr', '--namespace', 'k8s.io']
const importing = [...ctr, 'images', 'import', '-']
const socketWithinMs = 30_000
const pollMs = 50

/** One stream with each layer once, and without those that the node has. */
export async function loadImages(stateDir: string, images: readonly PackedImage[]): Promise<void> {
  const present = await presentImages(stateDir)
  const missing = images.filter(({ references, digest }) => references.some(name => present.get(name) !== digest))
  if (missing.length === 0) return
  await runInside(stateDir, importing, imageArchive(missing, await presentBlobs(stateDir)))
}

/** Likewise the images of a docker-archive; one that is not ours is sent whole. */
export async function loadArchive(stateDir: string, path: string): Promise<void> {
  const archive = await readArchive(path)
  const present = await presentImages(stateDir)
  const wanted = [...(archive.references ?? [['', '']])]
  if (wanted.every(([name, digest]) => present.get(name) === digest)) return
  await runInside(stateDir, importing, archiveStream(archive, await presentBlobs(stateDir)))
}

/** Digests by reference, from the table that `ctr images ls` prints. */
export function parseImageList(table: string): Map<string, string> {
  const rows = table.split('\n').slice(1)
  return new Map(rows.map(row => row.split(/\s+/)).map(([reference = '', , digest = '']) => [reference, digest]))
}

async function presentImages(stateDir: string): Promise<Map<string, string>> {
  await untilContainerdListens(stateDir)
  return parseImageList(await runInside(stateDir, [...ctr, 'images', 'ls']))
}

async function presentBlobs(stateDir: string): Promise<Set<string>> {
  return new Set((await runInside(stateDir, [...ctr, 'content', 'ls', '--quiet'])).split('\n'))
}

async function untilContainerdListens(stateDir: string): Promise<void> {
  const end = performance.now() + socketWithinMs
  for (;;) {
    const pid = innerPid(stateDir)
    if (pid !== undefined && existsSync(`/proc/${pid}/root${containerdSocket}`)) return
    if (performance.now() > end) throw new Error('containerd does not listen')
    await delay(pollMs)
  }
}
