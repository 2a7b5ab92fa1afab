/**
 * Fetches a chart with the real helm, in a folder of its own that is gone afterwards. What is secret stands in files there,
 * and in no argument.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { parse } from 'yaml'
import { z } from 'zod'
import type { ChartRequest } from '../plan/chart-resolution.ts'
import { renderEnv } from './argv.ts'
import { type ChartCredentials, REPOSITORY, registryConfig, repositoriesFile } from './credentials.ts'
import { HelmError, type HelmReason } from './errors.ts'
import { isRegistry, pullArgs, repositoryArgs } from './pull-argv.ts'
import { withoutValues } from './redaction.ts'

export interface PullOptions {
  readonly binary: string
  /** Absolute, writable, and nobody else's. */
  readonly privateDir: string
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface PulledChart {
  readonly name: string
  readonly version: string
  /** SHA-256 of the archive, in hexadecimal. */
  readonly digest: string
  readonly archive: Uint8Array
}

const TIMEOUT_MS = 120_000
const MAX_ARCHIVE_BYTES = 20 * 1024 * 1024
const MESSAGE_CHARACTERS = 600

const chartSchema = z.looseObject({ name: z.string().min(1).max(250), version: z.string().min(1).max(64) })

/** @throws HelmError ChartUnavailable, ChartInvalid, ChartDigestMismatch */
export async function pullChart(
  options: PullOptions,
  request: ChartRequest,
  credentials: ChartCredentials,
): Promise<PulledChart> {
  const { name, version, repository } = request
  const what = `Cannot get chart ${name} ${version} from ${repository}`
  const fail = (reason: HelmReason, why: string) => new HelmError({ reason, message: `${what}: ${why}` })
  const folder = await mkdtemp(join(options.privateDir, 'pull-'))
  try {
    const run = runner(options, folder, { credentials, fail })
    const target = join(folder, 'charts')
    await mkdir(target)
    const said = await pull(run, { folder, target, request, credentials })
    const [file] = (await readdir(target)).filter(entry => entry.endsWith('.tgz'))
    if (file === undefined) throw fail('ChartInvalid', 'helm has brought no archive')
    const archive = await readFile(join(target, file))
    if (archive.length > MAX_ARCHIVE_BYTES) {
      throw fail('ChartInvalid', `its archive has ${archive.length} bytes, and at most ${MAX_ARCHIVE_BYTES} are taken`)
    }
    const digest = bytesToHex(sha256(archive))
    const manifest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(said)?.[1]
    if (request.digest !== undefined && ![`sha256:${digest}`, manifest].includes(request.digest)) {
      throw fail('ChartDigestMismatch', `its archive has sha256:${digest}, and ${request.digest} is asked for`)
    }
    const chart = chartSchema.safeParse(parse(await run(['show', 'chart', join(target, file)])))
    if (!chart.success || chart.data.name !== name) throw fail('ChartInvalid', `its archive holds no chart ${name}`)
    return { name, version: chart.data.version, digest, archive }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The kinds in crds/ of a chart and its subcharts, as YAML. */
export async function chartKinds(options: PullOptions, archive: string): Promise<string> {
  const fail = (reason: HelmReason, why: string) =>
    new HelmError({ reason, message: `Cannot read crds/ of a chart: ${why}` })
  return runner(options, options.privateDir, { credentials: {}, fail })(['show', 'crds', archive])
}

type Run = (args: readonly string[]) => Promise<string>

interface Pull {
  readonly folder: string
  readonly target: string
  readonly request: ChartRequest
  readonly credentials: ChartCredentials
}

async function pull(run: Run, { folder, target, request, credentials }: Pull): Promise<string> {
  const { repository } = request
  const secret = { mode: 0o600 }
  const caFile = credentials.ca === undefined ? undefined : join(folder, 'ca.crt')
  if (caFile !== undefined) await writeFile(caFile, credentials.ca ?? '', secret)
  const file = isRegistry(request) ? 'registry.json' : 'repositories.yaml'
  const places = { target, config: join(folder, file), cache: join(folder, 'index'), caFile }
  if (isRegistry(request)) {
    await writeFile(places.config, registryConfig(repository, credentials), secret)
  } else {
    await writeFile(places.config, repositoriesFile(repository, credentials, caFile), secret)
    await run(['repo', 'update', REPOSITORY, ...repositoryArgs(places)])
  }
  return run(pullArgs(request, places))
}

interface RunContext {
  readonly credentials: ChartCredentials
  readonly fail: (reason: HelmReason, why: string) => HelmError
}

function runner(options: PullOptions, folder: string, { credentials, fail }: RunContext): Run {
  const { binary, signal, timeoutMs = TIMEOUT_MS, env = process.env } = options
  return async args => {
    const { execa } = await import('execa')
    const ended = await execa(binary, args, {
      env: renderEnv(env, { privateDir: folder }),
      extendEnv: false,
      cwd: folder,
      timeout: timeoutMs,
      forceKillAfterDelay: 2_000,
      maxBuffer: { stdout: 32 * 1024 * 1024, stderr: 1024 * 1024 },
      reject: false,
      stdin: 'ignore',
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    })
    if (!ended.failed) return ended.stdout
    if (ended.isCanceled) throw fail('RenderAborted', 'the operator is stopping')
    if (ended.timedOut) throw fail('ChartUnavailable', `no answer within ${timeoutMs / 1000} s`)
    if (ended.exitCode === undefined) throw fail('HelmUnusable', `helm (${binary}) cannot be run`)
    const why = withoutValues(sentenceOf(ended.stdout, ended.stderr), credentials).replaceAll(folder, '…')
    throw fail('ChartUnavailable', why.slice(0, MESSAGE_CHARACTERS) || 'helm says nothing')
  }
}

/** helm tells why a repository cannot be read among what it is doing; the error itself only names the repository. */
function sentenceOf(stdout: string, stderr: string): string {
  const why = /Unable to get an update from .*\n\t(.*)/.exec(stdout)?.[1]
  const start = stderr.lastIndexOf('Error: ')
  const whole = why ?? (start < 0 ? stderr : stderr.slice(start + 'Error: '.length))
  // The port on our side is another one each time.
  return whole
    .replaceAll(/\b[\d.]+:\d+->/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
