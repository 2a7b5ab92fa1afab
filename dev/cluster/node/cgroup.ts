/** The control groups of a node: one subtree `tenantry-<name>-<…>` in every hierarchy of the machine, cgroup v1 or v2. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Hierarchy {
  version: 1 | 2
  mountPoint: string
  /** The mount options that identify it: controllers (`cpu,cpuacct`) or `name=…`; empty for version 2. */
  identity: string
}

/** As the mount options and /proc/<pid>/cgroup call them; other options of these mounts say nothing. */
const identifying =
  /^(name=.+|cpu|cpuacct|cpuset|memory|devices|freezer|net_cls|net_prio|blkio|perf_event|hugetlb|pids|rdma|misc)$/
/** What kubelet cannot do without. */
const neededControllers = ['cpu', 'cpuset', 'memory', 'pids']
const emptyWithinMs = 10_000
const pollMs = 50

/** proc_pid_mountinfo(5): `36 35 0:31 / /sys/fs/cgroup/cpu rw shared:1 - cgroup cgroup rw,cpu`. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [mount = '', superBlock = ''] = line.split(' - ')
    const mountPoint = mount.split(' ')[4]
    const [type, , options = ''] = superBlock.split(' ')
    if (mountPoint === undefined) return []
    if (type === 'cgroup2') return [{ version: 2, mountPoint, identity: '' }]
    if (type !== 'cgroup') return []
    return [
      {
        version: 1,
        mountPoint,
        identity: options
          .split(',')
          .filter(option => identifying.test(option))
          .join(','),
      },
    ]
  })
}

/** cgroups(7): lines `<id>:<controllers>:<path>`. Where a process is, by the identity of the hierarchy. */
export function parseMembership(cgroup: string): Map<string, string> {
  const lines = cgroup.split('\n').filter(line => line !== '')
  return new Map(lines.map(line => line.split(':')).map(([, identity = '', ...path]) => [identity, path.join(':')]))
}

export function observeHierarchies(): Hierarchy[] {
  return parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'))
}

/**
 * Moves this process, and so what it starts, into the node's subtree, making it where it is missing. Returns how to move
 * processes to where this one came from.
 */
export function enterCgroups(node: string): (pids: readonly number[]) => void {
  const membership = parseMembership(readFileSync('/proc/self/cgroup', 'utf8'))
  const hierarchies = observeHierarchies()
  for (const hierarchy of hierarchies) {
    const folder = join(hierarchy.mountPoint, node)
    if (isUnified(hierarchy)) enableControllers(hierarchy.mountPoint, neededControllers)
    mkdirSync(folder, { recursive: true })
    if (hierarchy.identity.split(',').includes('cpuset')) inheritCpuset(hierarchy.mountPoint, folder)
    moveTo(folder, process.pid)
  }
  return pids => {
    for (const { mountPoint, identity } of hierarchies)
      for (const pid of pids) moveTo(join(mountPoint, membership.get(identity) ?? '/'), pid)
  }
}

/**
 * cgroups(7), "no internal processes": where a version 2 group gives controllers to children, its processes are in a
 * leaf. Runs in the node, where the group is the root; processes outside of its pid namespace must have left.
 */
export function settleInLeaf(mountPoint: string): void {
  const leaf = join(mountPoint, 'init')
  mkdirSync(leaf, { recursive: true })
  for (const pid of readFileSync(join(mountPoint, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
    moveTo(leaf, Number(pid))
  enableControllers(mountPoint, undefined)
}

/** The one hierarchy of a machine that has no other. */
export function isUnified({ version, mountPoint }: Hierarchy): boolean {
  return version === 2 && mountPoint === '/sys/fs/cgroup'
}

/** Removes the node's subtree once its last process is gone. No subtree is fine. */
export async function removeCgroups(node: string): Promise<void> {
  for (const { mountPoint } of observeHierarchies()) {
    const folder = join(mountPoint, node)
    const end = performance.now() + emptyWithinMs
    while (!removeTree(folder)) {
      if (performance.now() > end) throw new Error(`${folder} still has processes`)
      await delay(pollMs)
    }
  }
}

/** False where a process is left in it: the kernel lets go of one only some time after it has ended. */
function removeTree(folder: string): boolean {
  if (!existsSync(folder)) return true
  const children = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory())
  if (!children.every(child => removeTree(join(folder, child.name)))) return false
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false
    throw error
  }
}

/** For the children of a group: those that are wanted, or all, as far as the group has them itself. */
function enableControllers(folder: string, wanted: readonly string[] | undefined): void {
  const words = (file: string) => readFileSync(join(folder, file), 'utf8').trim().split(' ').filter(Boolean)
  const enabled = words('cgroup.subtree_control')
  const missing = words('cgroup.controllers').filter(
    name => !enabled.includes(name) && (wanted?.includes(name) ?? true),
  )
  if (missing.length > 0)
    writeFileSync(join(folder, 'cgroup.subtree_control'), missing.map(name => `+${name}`).join(' '))
}

/** cpuset(7): a new group has neither processors nor memory, and so takes no process. */
function inheritCpuset(parent: string, folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) writeFileSync(join(folder, file), readFileSync(join(parent, file)))
}

function moveTo(folder: string, pid: number): void {
  writeFileSync(join(folder, 'cgroup.procs'), String(pid))
}
