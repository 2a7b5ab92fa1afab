/** Charts wherever they come from: those of the operator's image, and archives from repositories. */
import type { ChartRequest } from '../plan/chart-resolution.ts'
import type { Chart } from '../plan/release.ts'
import type { ArchiveCache } from './archive-cache.ts'
import type { ChartCredentials } from './credentials.ts'
import { HelmError } from './errors.ts'
import type { ChartStore } from './port.ts'
import type { PulledChart } from './pull.ts'

export interface ChartStoreOptions {
  readonly folder: ChartStore
  readonly cache: ArchiveCache
  readonly pull: (request: ChartRequest, credentials: ChartCredentials) => Promise<PulledChart>
  /** Read anew each time: somebody may have corrected them. */
  readonly credentialsFor: (request: ChartRequest) => Promise<ChartCredentials>
  /** The archive of this digest has come. */
  readonly onFetched?: (digest: string) => void
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number
}

/** However many tenants ask for an archive that cannot be had, its repository is asked this rarely. */
const PAUSE_MS = 5_000

export interface RepositoryStore extends ChartStore {
  /** What the repository has for this request now. Its archive is kept. @throws HelmError, and the client's */
  resolve(request: ChartRequest): Promise<Omit<PulledChart, 'archive'>>
}

/**
 * `pathOf` waits for no repository: where the archive is not on this disk any more, it is fetched beside, and until then
 * the answer is why it is not there.
 */
export function createChartStore(options: ChartStoreOptions): RepositoryStore {
  const { folder, cache, pull, credentialsFor, onFetched = () => undefined, nowMs = () => performance.now() } = options
  const underWay = new Set<string>()
  const failures = new Map<string, { readonly error: HelmError; readonly atMs: number }>()

  const resolve = async (request: ChartRequest) => {
    const { archive, ...chart } = await pull(request, await credentialsFor(request))
    await cache.put(chart.digest, archive)
    return chart
  }

  const fetch = async (chart: Chart, request: ChartRequest) => {
    const { digest } = await resolve(request)
    if (digest !== chart.digest) throw changed(request, { found: digest, recorded: chart.digest })
  }

  const begin = (chart: Chart, request: ChartRequest) => {
    const failedMs = failures.get(chart.digest)?.atMs ?? Number.NEGATIVE_INFINITY
    if (underWay.has(chart.digest) || nowMs() - failedMs < PAUSE_MS) return
    underWay.add(chart.digest)
    fetch(chart, request)
      .then(
        () => failures.delete(chart.digest),
        (error: unknown) => void failures.set(chart.digest, { error: asHelmError(error, request), atMs: nowMs() }),
      )
      .finally(() => {
        underWay.delete(chart.digest)
        if (!failures.has(chart.digest)) onFetched(chart.digest)
      })
  }

  return {
    resolve,
    async pathOf(chart) {
      const { name, version, source } = chart
      if (source === undefined) return folder.pathOf(chart)
      const path = await cache.pathOf(chart.digest)
      if (path !== undefined) return path
      const request = { name, version, ...source }
      begin(chart, request)
      throw failures.get(chart.digest)?.error ?? pending(request)
    },
  }
}

function pending({ name, version, repository }: ChartRequest): HelmError {
  return new HelmError({
    reason: 'ChartPending',
    message: `Chart ${name} ${version} is being fetched from ${repository}`,
  })
}

function changed(
  { name, version, repository }: ChartRequest,
  { found, recorded }: { readonly found: string; readonly recorded: string },
): HelmError {
  const why = `its archive has sha256:${found}, and the plan was resolved to sha256:${recorded}: it was changed under the same version`
  return new HelmError({
    reason: 'ChartDigestMismatch',
    message: `Cannot get chart ${name} ${version} from ${repository}: ${why}`,
  })
}

/** What a client says of the Secret is told like the rest. */
function asHelmError(error: unknown, { name, version, repository }: ChartRequest): HelmError {
  if (error instanceof HelmError) return error
  const why = error instanceof Error ? error.message : 'something nobody thought of'
  return new HelmError({
    reason: 'ChartUnavailable',
    message: `Cannot get chart ${name} ${version} from ${repository}: ${why}`,
  })
}
