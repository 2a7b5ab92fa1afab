/** What a cluster leaves on disk to be found again. */

import { readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type Cluster, providerNames } from './provider.ts'

const repository = resolve(import.meta.dirname, '../..')

/** The folder below which each cluster has one of its own. */
export const stateRoot = join(repository, '.run')

const clusterSchema = z.object({
  name: z.string(),
  provider: z.enum(providerNames),
  kubeconfig: z.string(),
  httpsPort: z.number().optional(),
  httpPort: z.number().optional(),
})

export function stateDirOf(name: string): string {
  return join(stateRoot, name)
}

/** Written once the cluster is up: before that, and after a crash while starting, there is no cluster to find. */
export async function writeCluster(stateDir: string, cluster: Cluster): Promise<void> {
  const file = clusterFile(stateDir)
  await writeFile(`${file}.new`, `${JSON.stringify(cluster, undefined, 2)}\n`)
  await rename(`${file}.new`, file)
}

export async function readCluster(stateDir: string): Promise<Cluster | undefined> {
  try {
    return clusterSchema.parse(JSON.parse(await readFile(clusterFile(stateDir), 'utf8'))) as Cluster
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${clusterFile(stateDir)}: ${(error as Error).message}`, { cause: error })
  }
}

function clusterFile(stateDir: string): string {
  return join(stateDir, 'cluster.json')
}
