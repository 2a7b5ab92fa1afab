/** The last words of a hook that failed, fit for a condition: few, without the values of the release or any Secret. */
import { withoutLogins } from '../plan/login.ts'
import type { KubeObject } from '../plan/object.ts'
import { podProblems } from '../plan/pod-problem.ts'
import { isJob, isPod } from './hook-state.ts'
import type { ReleaseKube } from './port.ts'
import { withoutValues } from './redaction.ts'

const LINES = 5
/** Enough for long lines; the end of it is what counts. */
const BYTES = 16 * 1024
const MESSAGE_CHARACTERS = 500

export interface LogReading {
  /** As the release's own account. */
  readonly kube: ReleaseKube
  readonly namespace: string
  /** Everything that must not be repeated. */
  readonly values: unknown
  /** Names that are no secret. */
  readonly known: readonly string[]
}

/** Why a hook does not get to work, in the words of scheduler and kubelet; empty where nothing is known to be wrong. */
export async function currentProblem(object: KubeObject, reading: LogReading): Promise<string> {
  const [problem] = podProblems(await unlessRefused(() => podsOf(object, reading), []))
  return problem === undefined ? '' : sentence(withoutValues(problem.message, reading.values, reading.known))
}

/** Empty where nothing is to be had: that a hook failed must be told all the same. */
export async function lastWords(object: KubeObject, reading: LogReading): Promise<string> {
  const pods = await unlessRefused(() => podsOf(object, reading), [])
  const [pod] = [...pods].sort((a, b) => createdAt(b) - createdAt(a))
  if (pod === undefined) return ''
  const container = containerOf(pod)
  const ref = { namespace: reading.namespace, name: pod.metadata.name }
  const log =
    container && (await unlessRefused(() => reading.kube.log(ref, { container, lines: LINES, bytes: BYTES }), ''))
  const said = log || podProblems([pod])[0]?.message
  if (said === undefined) return ''
  const secrets = await unlessRefused(() => secretsOf(reading), undefined)
  // What cannot be told from a secret is not told.
  return secrets === undefined
    ? ''
    : sentence(withoutValues(withoutLogins(said), [reading.values, secrets], reading.known))
}

async function podsOf(object: KubeObject, { kube, namespace }: LogReading): Promise<readonly KubeObject[]> {
  if (isPod(object)) return [object]
  if (!isJob(object)) return []
  const labelSelector = `batch.kubernetes.io/job-name=${object.metadata.name}`
  return kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector })
}

/** All that the hook could have read; Helm's records aside, which hold nothing that is not elsewhere too. */
async function secretsOf({ kube, namespace }: LogReading): Promise<string[]> {
  const secrets = await kube.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace, labelSelector: 'owner!=helm' })
  const values = secrets.flatMap(({ data }) => Object.values((data ?? {}) as Record<string, string>))
  return values.map(value => Buffer.from(value, 'base64').toString())
}

interface ContainerStatus {
  readonly name: string
  readonly state?: { readonly terminated?: { readonly exitCode?: number } }
  readonly lastState?: { readonly terminated?: { readonly exitCode?: number } }
}

/** The container that failed; else the first. */
function containerOf({ spec, status }: KubeObject): string | undefined {
  const { containers = [] } = (spec ?? {}) as { containers?: { name: string }[] }
  const { initContainerStatuses = [], containerStatuses = [] } = (status ?? {}) as Record<string, ContainerStatus[]>
  const failed = [...initContainerStatuses, ...containerStatuses].find(
    ({ state, lastState }) => ((state?.terminated ?? lastState?.terminated)?.exitCode ?? 0) !== 0,
  )
  return failed?.name ?? containers[0]?.name
}

function sentence(text: string): string {
  const lines = text.split('\n').map(line =>
    line
      // Colours, and what else a terminal would act on.
      .replaceAll(/\p{Cc}(\[[0-9;]*m)?/gu, ' ')
      .replaceAll(/ +/g, ' ')
      .trim(),
  )
  return lines
    .filter(line => line !== '')
    .slice(-LINES)
    .join(' | ')
    .slice(-MESSAGE_CHARACTERS)
}

/** What the API server answers is no reason to keep a failure back; that it does not answer is one to try all again. */
async function unlessRefused<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { status } = error as { status?: unknown }
    if (typeof status === 'number' && status >= 400) return otherwise
    throw error
  }
}

function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0
}
