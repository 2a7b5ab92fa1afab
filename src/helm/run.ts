/** Runs the helm binary: starts it, bounds it, and turns what it says into a release object or a HelmError. */
import type { DesiredRelease } from '../plan/release.ts'
import { renderArgs, renderEnv, renderInput } from './argv.ts'
import { HelmError } from './errors.ts'
import { cannotRender, refusedRender } from './helm-words.ts'
import type { ChartStore, Rendered, Renderer } from './port.ts'
import { withoutValues } from './redaction.ts'
import { parseReleaseObject } from './release-object.ts'

export interface HelmOptions {
  /** The helm 4 binary: a path, or a name on PATH. */
  readonly binary: string
  readonly charts: ChartStore
  readonly kubeconfig: string
  /** Absolute, writable, and nobody else's. */
  readonly privateDir: string
  /** Ends every helm under way, and refuses more. */
  readonly signal?: AbortSignal
  /** Asked at the moment helm is started; `false` refuses it. */
  readonly mayRun?: () => boolean
  readonly timeoutMs?: number
  /** Takes the values out of what helm says. */
  readonly redact?: typeof withoutValues
  readonly env?: Readonly<Record<string, string | undefined>>
}

const TIMEOUT_MS = 60_000
const KILL_AFTER_MS = 2_000
const MAX_OUTPUT = { stdout: 32 * 1024 * 1024, stderr: 1024 * 1024 }

/** A process for each render; any number of them may be under way at once. */
export function createHelm(options: HelmOptions): Renderer {
  return { render: ({ release }, signal) => render(release, withSignal(options, signal)) }
}

function withSignal(options: HelmOptions, signal: AbortSignal | undefined): HelmOptions {
  const signals = [options.signal, signal].filter(one => one !== undefined)
  return signals.length === 0 ? options : { ...options, signal: AbortSignal.any(signals) }
}

async function render(release: DesiredRelease, options: HelmOptions): Promise<Rendered> {
  const {
    binary,
    kubeconfig,
    privateDir,
    signal,
    mayRun = () => true,
    timeoutMs = TIMEOUT_MS,
    env = process.env,
    redact = withoutValues,
  } = options
  const places = { kubeconfig, privateDir, chartPath: await options.charts.pathOf(release.chart) }
  // 20 MB, which an operator whose renderer does its work goes without.
  const { execa } = await import('execa')
  if (!mayRun()) throw cannotRender(release, 'RenderAborted', 'this process does not hold the lease now')
  // `reject: false`: the error would carry the input and both outputs.
  const ended = await execa(binary, renderArgs(release, places), {
    input: renderInput(release),
    env: renderEnv(env, places),
    extendEnv: false,
    cwd: privateDir,
    timeout: timeoutMs,
    forceKillAfterDelay: KILL_AFTER_MS,
    maxBuffer: MAX_OUTPUT,
    stripFinalNewline: false,
    reject: false,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  })
  if (ended.isCanceled) throw cannotRender(release, 'RenderAborted', 'the operator is stopping')
  if (ended.timedOut) throw cannotRender(release, 'RenderTimedOut', `helm took longer than ${timeoutMs / 1000} s`)
  if (ended.isMaxBuffer) throw cannotRender(release, 'ReleaseTooLarge', 'the result is too large')
  if (!ended.failed) return { release: parseReleaseObject(ended.stdout) }
  if (ended.exitCode === undefined) {
    const why = ended.signal ?? (ended as { code?: string }).code ?? 'no exit code'
    throw new HelmError({ reason: 'HelmUnusable', message: `Cannot run helm (${binary}): ${why}` })
  }
  throw refusedRender(release, ended.stderr, { redact, exitCode: ended.exitCode })
}
