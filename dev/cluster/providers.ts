/** Chooses the provider of a cluster, and starts and removes clusters by name. */

import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isEphemeral, removeAbandoned } from './control-plane/ephemeral.ts'
import { observePrograms } from './control-plane/process.ts'
import { controlPlaneProvider, downControlPlane } from './control-plane/provider.ts'
import { kindProvider } from './kind/provider.ts'
import { withLock } from './lock.ts'
import { nodeProvider } from './node/provider.ts'
import type { Progress } from './progress.ts'
import type { Cluster, Provider, ProviderName } from './provider.ts'
import { readCluster, stateDirOf, stateRoot } from './state.ts'

/** Those that `auto` tries come first, in order; the last has no nodes, so nobody gets it unasked. */
const providers: readonly Provider[] = [kindProvider, nodeProvider, controlPlaneProvider]
const automatic: readonly Provider[] = [kindProvider, nodeProvider]

export type ProviderChoice = ProviderName | 'auto'

export interface NamedCluster {
  name: string
  progress: Progress
}

export function providerOf({ provider }: Pick<Cluster, 'provider'>): Provider {
  const found = providers.find(({ name }) => name === provider)
  if (found === undefined) throw new Error(`there is no provider ${provider}`)
  return found
}

/** Starts a cluster, or finds it running. `auto` keeps the provider that a cluster of that name already has. */
export async function upCluster({
  name,
  progress,
  provider: choice,
}: NamedCluster & { provider: ProviderChoice }): Promise<Cluster> {
  return locked(name, async stateDir => {
    const known = await readCluster(stateDir)
    if (known !== undefined && choice !== 'auto' && choice !== known.provider) {
      throw new Error(`cluster ${name} has the provider ${known.provider}: take it down first, or choose another name`)
    }
    const provider = known ? providerOf(known) : await chooseProvider(choice)
    return provider.up({ name, stateDir, progress })
  })
}

/** Removes a cluster. What crashed while starting has left no word of its provider, so each one that can run looks. */
export async function downCluster({ name, progress }: NamedCluster): Promise<void> {
  await removeAbandoned()
  if (isEphemeral(name)) return downControlPlane({ stateDir: stateDirOf(name) })
  await locked(name, async stateDir => {
    const known = await readCluster(stateDir).catch(() => undefined)
    for (const provider of known ? [providerOf(known)] : await usable(providers)) {
      await provider.down({ name, stateDir, progress })
    }
  })
}

/** The clusters that came up here, running or not. */
export async function listClusters(): Promise<Cluster[]> {
  const clusters = await Promise.all((await stateNames()).map(name => readCluster(stateDirOf(name))))
  return clusters.filter(cluster => cluster !== undefined)
}

/** Names of clusters with programs of ours, also of those that never came up. */
export async function runningClusters(): Promise<string[]> {
  return (await stateNames()).filter(name => observePrograms(stateDirOf(name)).length > 0)
}

async function stateNames(): Promise<string[]> {
  const entries = await readdir(stateRoot, { withFileTypes: true }).catch(() => [])
  return entries.flatMap(entry => (entry.isDirectory() ? [entry.name] : [])).sort()
}

async function chooseProvider(choice: ProviderChoice): Promise<Provider> {
  const candidates = choice === 'auto' ? automatic : providers.filter(({ name }) => name === choice)
  const reasons: string[] = []
  for (const provider of candidates) {
    const reason = await provider.unavailable()
    if (reason === undefined) return provider
    reasons.push(`${provider.name}: ${reason}`)
  }
  throw new Error(['no cluster can be started on this machine', ...reasons].join('\n'))
}

async function usable(candidates: readonly Provider[]): Promise<Provider[]> {
  const reasons = await Promise.all(candidates.map(provider => provider.unavailable()))
  return candidates.filter((_, index) => reasons[index] === undefined)
}

async function locked<T>(name: string, work: (stateDir: string) => Promise<T>): Promise<T> {
  await mkdir(stateRoot, { recursive: true })
  return withLock(join(stateRoot, `${name}.lock`), () => work(stateDirOf(name)))
}
