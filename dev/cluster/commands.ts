/** The commands of `dev/cluster/main.ts`, as data. */

import type { ParseArgsOptionsConfig } from 'node:util'
import { cacheRoot, removeCache } from './cache.ts'
import { isEphemeral } from './control-plane/ephemeral.ts'
import { answersOk } from './control-plane/probe.ts'
import { consoleProgress } from './progress.ts'
import { providerNames } from './provider.ts'
import { downCluster, listClusters, type ProviderChoice, runningClusters, upCluster } from './providers.ts'

export interface Command {
  meta: { description: string }
  args: ParseArgsOptionsConfig
  run(values: Record<string, unknown>): Promise<void>
}

/** Also a folder, a host name and a part of the names of containers. */
const clusterName = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/

const nameArg = { name: { type: 'string', default: 'demo' } } as const
const choices: readonly ProviderChoice[] = ['auto', ...providerNames]

export const commands: Readonly<Record<string, Command>> = {
  up: {
    meta: { description: `start a cluster, or find it running (--provider ${choices.join('|')})` },
    args: { ...nameArg, provider: { type: 'string', default: 'auto' } },
    async run(values) {
      const name = parseName(values.name)
      const cluster = await upCluster({ name, provider: parseProvider(values.provider), progress: consoleProgress() })
      console.log(`cluster ${name} (${cluster.provider}) is up\nexport KUBECONFIG=${cluster.kubeconfig}`)
    },
  },
  down: {
    meta: { description: 'remove a cluster with everything it has left on this machine' },
    args: nameArg,
    async run(values) {
      const name = parseName(values.name, isEphemeral)
      const progress = consoleProgress()
      await progress.step(`remove cluster ${name}`, () => downCluster({ name, progress }))
    },
  },
  status: {
    meta: { description: 'list the clusters of this repository' },
    args: {},
    async run() {
      const clusters = await listClusters()
      if (clusters.length === 0) console.log('no clusters')
      for (const { name, provider, kubeconfig } of clusters) {
        const health = (await answersOk(kubeconfig, '/readyz')) ? 'ready' : 'does not answer'
        console.log([name, provider, health, kubeconfig].join('\t'))
      }
    },
  },
  'clean-cache': {
    meta: { description: `remove the programs and images in ${cacheRoot()}` },
    args: {},
    async run() {
      const [busy] = await runningClusters()
      if (busy !== undefined) throw new Error(`cluster ${busy} is running from the cache: take it down first`)
      await removeCache()
    },
  },
}

/** `admits`: others that are fine. */
function parseName(value: unknown, admits: (name: string) => boolean = () => false): string {
  if (typeof value === 'string' && (clusterName.test(value) || admits(value))) return value
  throw new UsageError(`--name ${value}: at most 30 lower-case letters, digits and hyphens`)
}

function parseProvider(value: unknown): ProviderChoice {
  const choice = choices.find(name => name === value)
  if (choice !== undefined) return choice
  throw new UsageError(`--provider ${value}: one of ${choices.join(', ')}`)
}

export class UsageError extends Error {}
