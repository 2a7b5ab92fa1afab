/** Says why a node cannot run on this machine, before anything is tried. */

import { existsSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheRoot } from '../cache.ts'
import { debootstrapUnavailable } from '../images/debootstrap.ts'
import { baseLayer, nodeLayer, rootfsEntry } from '../images/rootfs-definition.ts'
import { stateRoot } from '../state.ts'
import { observeHierarchies } from './cgroup.ts'

const programs = ['unshare', 'setpriv', 'nsenter', 'mount', 'umount', 'pivot_root', 'tar']
/** capability.h: the right to mount and to make namespaces. */
const sysAdmin = 1n << 21n
/** statfs(2). */
const overlayfsMagic = 0x794c7630

/** For people; undefined where a node can run. */
export async function unavailable(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'a node runs on Linux only'
  if (process.getuid?.() !== 0) return 'a node needs root'
  if ((effectiveCapabilities() & sysAdmin) === 0n) return 'a node needs the capability CAP_SYS_ADMIN'
  if (observeHierarchies().length === 0) return 'no control groups are mounted'
  const missing = programs.filter(program => !isOnPath(program))
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`
  for (const folder of [stateRoot, cacheRoot()]) {
    if (await isOnOverlay(folder)) return `${folder} is on an overlay file system, which cannot carry another one`
  }
  const haveRoot = [baseLayer, nodeLayer].every(layer => existsSync(join(cacheRoot(), rootfsEntry(layer))))
  return haveRoot ? undefined : debootstrapUnavailable()
}

function effectiveCapabilities(): bigint {
  const hexadecimal = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return BigInt(`0x${hexadecimal ?? '0'}`)
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, program)))
}

/** Of the nearest folder that exists. */
async function isOnOverlay(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return isOnOverlay(join(folder, '..'))
  return (await statfs(folder)).type === overlayfsMagic
}
