/** Makes the root file system of a node and moves into it. Runs in a mount namespace of its own. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isUnified, settleInLeaf } from './cgroup.ts'
import { stateFiles } from './layout.ts'
import { kernelSettings, type Mount, type NodeFiles, nodeMounts } from './mounts.ts'

export interface RootOptions extends NodeFiles {
  /** Folders of the root file system, the uppermost first. They stay as they are: what is written goes to memory. */
  lower: readonly string[]
  /** Files of the node, by path. */
  files: Readonly<Record<string, string>>
}

/** Afterwards this process, and every one it starts, sees the node's files and nothing else of the machine. */
export function enterRoot(options: RootOptions): void {
  const scratch = stateFiles(options.stateDir).root
  mount({ type: 'tmpfs', source: 'tmpfs', target: scratch, options: 'mode=755' }, '')
  for (const name of ['upper', 'work', 'root', 'proc', 'settings']) mkdirSync(join(scratch, name))
  mount({ type: 'proc', source: 'proc', target: join(scratch, 'proc') }, '')
  for (const [name, value] of Object.entries(kernelSettings)) write(join(scratch, 'settings', name), `${value}\n`)

  const root = join(scratch, 'root')
  const overlay = `lowerdir=${options.lower.join(':')},upperdir=${scratch}/upper,workdir=${scratch}/work`
  mount({ type: 'overlay', source: 'overlay', target: root, options: overlay }, '')
  for (const [path, content] of Object.entries(options.files)) write(join(root, path), content)
  for (const entry of nodeMounts(options, scratch)) mount(entry, root)
  pivot(root)
  if (options.hierarchies.some(isUnified)) settleInLeaf('/sys/fs/cgroup')
}

/** pivot_root(2) moves all processes of the namespace, so the machine's files can be let go of. */
function pivot(root: string): void {
  const old = '/.machine'
  mkdirSync(join(root, old))
  run('pivot_root', root, join(root, old))
  process.chdir('/')
  run('umount', '--lazy', old)
  rmdirSync(old)
  // kubelet and containerd pass mounts on to containers that ask for it.
  run('mount', '--make-rshared', '/')
}

function mount({ type, source, target, options, file }: Mount, root: string): void {
  const path = join(root, target)
  // What exists already may be read-only by now.
  if (file) touch(path)
  else mkdirSync(path, { recursive: true })
  const how = type === 'bind' ? ['--bind'] : ['-t', type]
  run('mount', ...how, ...(options === undefined ? [] : ['-o', options]), source, path)
}

function touch(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  try {
    writeFileSync(path, '', { flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST' && code !== 'EROFS') throw error
  }
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

function run(file: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8' })
  if (status === 0) return
  const [why] = (error?.message ?? stderr).split('\n')
  throw new Error(`${[file, ...args].join(' ')} failed: ${why}`)
}
