/** kubectl and helm in the pinned versions, in one folder for a person's PATH. */

import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { binaries } from '../cluster/binaries/binary.ts'

/** The folder, below the cluster's own. */
export async function linkPrograms(stateDir: string): Promise<string> {
  const folder = join(stateDir, 'bin')
  const files = await binaries(['kubectl', 'helm'])
  await mkdir(folder, { recursive: true })
  for (const [name, file] of Object.entries(files)) {
    await rm(join(folder, name), { force: true })
    await symlink(file, join(folder, name))
  }
  return folder
}
