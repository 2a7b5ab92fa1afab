/** Ties charts to where they come from: the operator's image, repositories, and the Secrets with which these are asked. */
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createArchiveCache } from '../helm/archive-cache.ts'
import { chartFolder, loadChart } from '../helm/chart.ts'
import { createKinds } from '../helm/chart-kinds.ts'
import { createChartStore } from '../helm/chart-store.ts'
import { type ChartCredentials, parseCredentials, secretMissing } from '../helm/credentials.ts'
import { HelmError } from '../helm/errors.ts'
import type { ChartStore } from '../helm/port.ts'
import { chartKinds, pullChart } from '../helm/pull.ts'
import type { Kube } from '../kube/client.ts'
import type { ChartRequest } from '../plan/chart-resolution.ts'
import type { Chart } from '../plan/release.ts'
import type { ChartWorld } from './worlds.ts'

export interface ChartConnectionOptions {
  readonly config: Config
  readonly kube: Kube
  readonly privateDir: string
  readonly signal: AbortSignal
  /** An archive that was missing has come. */
  readonly onFetched: (digest: string) => void
}

export function connectCharts(options: ChartConnectionOptions): { store: ChartStore; world: ChartWorld } {
  const { config, kube, privateDir, signal, onFetched } = options
  const helm = { binary: config.helm, privateDir, signal }
  const cache = createArchiveCache({
    folder: config.chartCacheDir ?? join(privateDir, 'charts'),
    maxBytes: config.chartCacheMebibytes * 1024 * 1024,
  })
  const store = createChartStore({
    folder: chartFolder(config.chartsDir),
    cache,
    pull: (request, credentials) => pullChart(helm, request, credentials),
    credentialsFor: request => readCredentials(kube, config.operatorNamespace, request),
    onFetched,
  })
  const known = new Map<string, Promise<Chart>>()
  return {
    store,
    world: {
      named: name => remembered(known, name, () => loadChart(config.chartsDir, name)),
      resolve: store.resolve,
      async createKinds(digest) {
        const archive = await cache.pathOf(digest)
        if (archive === undefined) throw archiveGone()
        await createKinds(kube, await chartKinds(helm, archive))
      },
    },
  }
}

function archiveGone(): HelmError {
  const message = 'Cannot read crds/ of a chart: its archive, which has just come, is not there any more'
  return new HelmError({ reason: 'ChartUnavailable', message })
}

async function readCredentials(kube: Kube, namespace: string, request: ChartRequest): Promise<ChartCredentials> {
  const { credentialsSecretName: name, repository } = request
  if (name === undefined) return {}
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
  if (secret === undefined) throw secretMissing(namespace, name)
  return parseCredentials(secret, repository)
}

/** What fails is tried again at the next time. */
function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make()
  known.set(key, found)
  found.catch(() => known.delete(key))
  return found
}
