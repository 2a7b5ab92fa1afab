/** Why a pod does not run, in the words of the scheduler, the kubelet or the container itself. Pure. */
import type { KubeObject } from './object.ts'
import type { PodProblem } from './observation.ts'

interface ContainerState {
  waiting?: { reason?: string; message?: string }
  terminated?: { reason?: string; message?: string; exitCode?: number }
}
interface ContainerStatus {
  name: string
  ready?: boolean
  state?: ContainerState
  lastState?: ContainerState
}
interface PodStatus {
  phase?: string
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
  initContainerStatuses?: ContainerStatus[]
  containerStatuses?: ContainerStatus[]
}

/** Reasons a healthy pod passes through while it starts. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing'])

/** Each problem once, ordered, without the names of pods, so that the same situation reads the same. */
export function podProblems(pods: readonly KubeObject[]): PodProblem[] {
  const problems = pods.flatMap(pod => podProblem(pod) ?? [])
  const unique = new Map(problems.map(problem => [JSON.stringify(problem), problem]))
  return [...unique.entries()].sort(([a], [b]) => a.localeCompare(b)).map(([, problem]) => problem)
}

function podProblem(pod: KubeObject): PodProblem | undefined {
  const status = (pod.status ?? {}) as PodStatus
  if (pod.metadata.deletionTimestamp !== undefined || status.phase === 'Succeeded') return undefined
  const owner = ownerOf(pod)
  const unscheduled = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled) return { owner, reason: unscheduled.reason ?? 'Unschedulable', message: unscheduled.message ?? '' }
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const problem = containerProblem(container)
    if (problem) return { owner, reason: problem.reason, message: withoutPodName(problem.message, pod) }
  }
  return undefined
}

function containerProblem({
  name,
  state,
  lastState,
}: ContainerStatus): { reason: string; message: string } | undefined {
  const waiting = state?.waiting
  const ended = state?.terminated ?? lastState?.terminated
  if (waiting?.reason !== undefined && !STARTING.has(waiting.reason)) {
    const own = waiting.reason === 'CrashLoopBackOff' && ended ? endOf(ended) : waiting.message
    return { reason: waiting.reason, message: `container ${name}: ${own ?? waiting.reason}` }
  }
  if (state?.terminated && state.terminated.exitCode !== 0) {
    return { reason: state.terminated.reason ?? 'Error', message: `container ${name}: ${endOf(state.terminated)}` }
  }
  return undefined
}

function endOf({ reason, message, exitCode }: NonNullable<ContainerState['terminated']>): string {
  const said = message?.trim().split('\n').at(-1)
  return `ended with code ${exitCode ?? 'unknown'}${reason && reason !== 'Error' ? ` (${reason})` : ''}${said ? `: ${said}` : ''}`
}

/** The kubelet puts the full name of the pod and its uid at the end of some messages. */
function withoutPodName(message: string, pod: KubeObject): string {
  return message
    .replaceAll(/ (?:in|for) pod ?=? ?\S*/g, '')
    .replaceAll(/\S*pod=\S+/g, '')
    .replaceAll(pod.metadata.name, 'pod')
    .trim()
}

function ownerOf({ metadata: { labels = {}, name } }: KubeObject): string {
  return labels['cnpg.io/cluster'] ?? labels['app.kubernetes.io/component'] ?? name
}
