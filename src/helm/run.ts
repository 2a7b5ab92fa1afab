/** Runs the helm binary: starts it, bounds it, and turns what it says into a release object or a HelmError. */
import { execa } from 'execa'
import type { DesiredRelease } from '../plan/release.ts'
import { renderArgs, renderEnv, renderInput } from './argv.ts'
import { HelmError, type HelmReason } from './errors.ts'
import type { ChartStore, Renderer } from './port.ts'
import { withoutValues } from './redaction.ts'
import { parseReleaseObject, type ReleaseObject } from './release-object.ts'

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
  readonly onRender?: (result: 'ok' | 'failed') => void
  readonly env?: Readonly<Record<string, string | undefined>>
}

const TIMEOUT_MS = 60_000
const KILL_AFTER_MS = 2_000
const MAX_OUTPUT = { stdout: 32 * 1024 * 1024, stderr: 1024 * 1024 }
/** Characters of what helm says that a message takes over, from the end. */
const MESSAGE_CHARACTERS = 1_000

/** Any number of renders may be under way at once. */
export function createHelm(options: HelmOptions): Renderer {
  return {
    async render(release) {
      let result: 'ok' | 'failed' = 'failed'
      try {
        const rendered = await render(release, options)
        result = 'ok'
        return rendered
      } finally {
        options.onRender?.(result)
      }
    },
  }
}

async function render(release: DesiredRelease, options: HelmOptions): Promise<ReleaseObject> {
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
  const what = `Cannot render chart ${release.chart.name} for release ${release.name}`
  const places = { kubeconfig, privateDir, chartPath: await options.charts.pathOf(release.chart) }
  if (!mayRun()) {
    throw new HelmError({ reason: 'RenderAborted', message: `${what}: this process does not hold the lease any more` })
  }
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
  if (ended.isCanceled) throw new HelmError({ reason: 'RenderAborted', message: `${what}: the operator is stopping` })
  if (ended.timedOut) {
    throw new HelmError({ reason: 'RenderTimedOut', message: `${what}: helm took longer than ${timeoutMs / 1000} s` })
  }
  if (ended.isMaxBuffer) throw new HelmError({ reason: 'ReleaseTooLarge', message: `${what}: the result is too large` })
  if (!ended.failed) return parseReleaseObject(ended.stdout)
  if (ended.exitCode === undefined) {
    const why = ended.signal ?? (ended as { code?: string }).code ?? 'no exit code'
    throw new HelmError({ reason: 'HelmUnusable', message: `Cannot run helm (${binary}): ${why}` })
  }
  const known = [release.name, release.namespace, release.chart.name, release.tenant.name]
  const stderr = redact(ended.stderr, release.values, known)
  throw new HelmError({
    reason: reasonOf(ended.stderr, release),
    message: `${what}: ${sentenceOf(stderr, release)}`,
    exitCode: ended.exitCode,
    stderr: stderr.slice(-MESSAGE_CHARACTERS),
  })
}

/**
 * helm looks at every object that it would create, as the release's own account, and says what it finds in words only.
 * Source: action/validate.go of helm.sh/helm/v4.
 */
function reasonOf(stderr: string, { namespace }: DesiredRelease): HelmReason {
  if (stderr.includes('cannot be imported into the current release')) return 'OwnedByAnother'
  if (/path .* not found|Chart\.yaml file is missing/.test(stderr)) return 'ChartNotFound'
  const unseen = /could not get information about the resource \S+ "[^"]*" in namespace "([^"]*)"/.exec(stderr)
  if (unseen !== null && unseen[1] !== namespace) return 'OutsideNamespace'
  if (NO_RIGHT.exec(stderr)?.[1] === namespace) return 'Forbidden'
  return NO_KIND.test(stderr) ? 'KindNotServed' : 'RenderFailed'
}

const NO_KIND = /no matches for kind "([^"]*)" in version "([^"]*)"/
/** What the API server says of a right that an account lacks in a namespace. */
const NO_RIGHT = /[\w.-]+(?: "[^"]*")? is forbidden: User "[^"]*" cannot .* in the namespace "([^"]*)".*/

/** helm's last word: it writes the error at the end, below whatever its log has. */
function sentenceOf(stderr: string, { namespace }: DesiredRelease): string {
  const missing = NO_KIND.exec(stderr)
  if (missing !== null) return `the cluster has no kind ${missing[1]} of ${missing[2]}`
  const start = stderr.lastIndexOf('Error: ')
  const whole = (start < 0 ? stderr : stderr.slice(start + 'Error: '.length)).replaceAll(/\s+/g, ' ').trim()
  const right = NO_RIGHT.exec(whole)
  const said = right?.[1] === namespace ? right[0] : whole
  return said.slice(0, MESSAGE_CHARACTERS) || 'helm says nothing'
}
