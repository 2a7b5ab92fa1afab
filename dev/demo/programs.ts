/** kubectl and helm in the pinned versions, in one folder for a person's PATH. */

import { mkdir, realpath, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { binaries } from '../cluster/binaries/binary.ts'

/** The folder, below the cluster's own. */
export async function linkPrograms(stateDir: string): Promise<string> {
  const folder = join(stateDir, 'bin')
  await linkFiles(folder, await binaries(['kubectl', 'helm']))
  return folder
}

/** Links by name. What is one of these links already, for the folder is on PATH, stays what it is. */
export async function linkFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, file] of Object.entries(files)) {
    // Other links are left as they are: some programs go by the name that they are called by.
    const target = dirname(file) === folder ? await realpath(file) : file
    await rm(join(folder, name), { force: true })
    await symlink(target, join(folder, name))
  }
}
