/**
 * The folder of this process alone, with what other programs are to read. One that a killed process left behind goes at the
 * next start. A socket in it says whether its owner lives: the kernel refuses for a dead one, and pids begin anew in each container.
 */
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PrivateFolder {
  readonly path: string
  remove(): Promise<void>
}

const PREFIX = 'tenantry-private-'
const SOCKET = 'owner'

export async function createPrivateFolder(parent: string = tmpdir()): Promise<PrivateFolder> {
  await removeAbandoned(parent)
  const path = await mkdtemp(join(parent, PREFIX))
  const owner = createServer()
  owner.listen(join(path, SOCKET)).unref()
  await once(owner, 'listening')
  return {
    path,
    async remove() {
      owner.close()
      await rm(path, { recursive: true, force: true })
    },
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  const folders = (await readdir(parent)).filter(name => name.startsWith(PREFIX)).map(name => join(parent, name))
  const abandoned = await Promise.all(folders.map(isAbandoned))
  await Promise.all(folders.filter((_, at) => abandoned[at]).map(removeIfAllowed))
}

/** Only on proof: one that is just being made has no socket yet, and of another user's nothing is known. */
async function isAbandoned(folder: string): Promise<boolean> {
  const socket = connect(join(folder, SOCKET))
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}

/** Litter is no reason not to start. */
async function removeIfAllowed(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined)
}
