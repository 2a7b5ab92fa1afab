/** Why a pod does not run, in the words of the scheduler, the kubelet or the container itself. Pure. */
import { schedulingProblem, startProblem, waitingProblem } from './kubelet-words.ts'
import { withoutLogins } from './login.ts'
import { lastNotice, type Notice } from './notice.ts'
import type { KubeObject } from './object.ts'
import type { PodProblem } from './observation.ts'

interface ContainerState {
  waiting?: { reason?: string; message?: string }
  running?: object
  terminated?: { reason?: string; message?: string; exitCode?: number }
}
interface ContainerStatus {
  name: string
  ready?: boolean
  restartCount?: number
  state?: ContainerState
  lastState?: ContainerState
}
interface PodStatus {
  phase?: string
  reason?: string
  message?: string
  podIP?: string
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
  initContainerStatuses?: ContainerStatus[]
  containerStatuses?: ContainerStatus[]
}

/** What is known of a container, or of the pod as a whole. */
type Told = Pick<PodProblem, 'reason' | 'message' | 'container'>

/** Of events, where the pod itself is silent. */
const NOT_STARTING = new Set(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox'])
const NOT_READY = new Set(['Unhealthy'])

/** Each problem once, ordered, without the names of pods, so that the same situation reads the same. */
export function podProblems(pods: readonly KubeObject[], notices: readonly Notice[] = []): PodProblem[] {
  const problems = pods.flatMap(pod => podProblem(pod, notices) ?? [])
  const unique = new Map(problems.map(problem => [JSON.stringify(problem), problem]))
  return [...unique.entries()].sort(([a], [b]) => a.localeCompare(b)).map(([, problem]) => problem)
}

export function isScheduled({ status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as PodStatus
  return conditions.some(({ type, status }) => type === 'PodScheduled' && status === 'True')
}

function podProblem(pod: KubeObject, notices: readonly Notice[]): PodProblem | undefined {
  const status = (pod.status ?? {}) as PodStatus
  if (pod.metadata.deletionTimestamp !== undefined || status.phase === 'Succeeded') return undefined
  const told = troubleOf(status) ?? delayOf(pod, status, notices)
  return (
    told && { owner: ownerOf(pod), reason: told.reason, message: withoutPod(told.message, pod), ...logOf(pod, told) }
  )
}

/** By default `kubectl logs` takes a pod that is ready, and the first container. */
function logOf({ metadata, spec }: KubeObject, { container }: Told): Pick<PodProblem, 'pods' | 'container'> {
  const { containers = [], initContainers = [] } = (spec ?? {}) as {
    containers?: unknown[]
    initContainers?: unknown[]
  }
  const [owner] = metadata.ownerReferences ?? []
  // The pods of a ReplicaSet are alike; a StatefulSet gives them names that stay.
  const pods =
    owner?.kind === 'ReplicaSet' ? `rs/${owner.name}` : owner?.kind === 'StatefulSet' ? metadata.name : undefined
  const isOneOfSeveral = container !== undefined && containers.length + initContainers.length > 1
  return { ...(pods === undefined ? {} : { pods }), ...(isOneOfSeveral ? { container } : {}) }
}

/** What the pod's own status says. */
function troubleOf(status: PodStatus): Told | undefined {
  const unscheduled = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled) return schedulingProblem(unscheduled.reason, unscheduled.message)
  if (status.phase === 'Failed' && status.reason !== undefined) {
    return { reason: status.reason, message: status.message ?? status.reason }
  }
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return containers.map(containerProblem).find(problem => problem !== undefined)
}

function containerProblem(container: ContainerStatus): Told | undefined {
  const { name, state } = container
  const told = crashOf(container) ?? waitingProblem(state?.waiting ?? {})
  return told && { reason: told.reason, message: `container ${name}: ${told.message}`, container: name }
}

/** A container that ends badly again and again is told in one way, whether it has just ended, waits or runs once more. */
function crashOf({ state, lastState, ready, restartCount = 0 }: ContainerStatus): Told | undefined {
  const ended = state?.terminated ?? lastState?.terminated
  const isBack = state?.running !== undefined && ready === false
  const isLooping = state?.waiting?.reason === 'CrashLoopBackOff'
  const isOut = state?.terminated !== undefined || isLooping
  if (ended === undefined || !(isBack || isOut) || (ended.exitCode === 0 && !isLooping)) return undefined
  const again = restartCount > 0 || state?.terminated === undefined
  const own = ended.reason ?? 'Error'
  if (own === 'StartError') return startProblem(ended.message)
  return { reason: again && PLAIN_ENDS.has(own) ? 'CrashLoopBackOff' : own, message: endOf(ended) }
}

/** Ends that say no more than their code. */
const PLAIN_ENDS = new Set(['Error', 'Completed'])

/** What holds up a pod of which nothing bad is known. */
function delayOf({ metadata: { name } }: KubeObject, status: PodStatus, notices: readonly Notice[]): Told | undefined {
  const about = { kind: 'Pod', name }
  const unready = status.containerStatuses?.find(({ state, ready }) => state?.running !== undefined && ready === false)
  if (unready !== undefined) {
    const why = lastNotice(notices, about, NOT_READY)?.message
    const message = `container ${unready.name} runs and is not ready${why ? `: ${why}` : '.'}`
    return { reason: 'NotReady', message, container: unready.name }
  }
  return status.containerStatuses?.some(({ ready }) => ready) ? undefined : lastNotice(notices, about, NOT_STARTING)
}

function endOf({ reason, message, exitCode }: NonNullable<ContainerState['terminated']>): string {
  const said = withoutLogins(message?.trim().split('\n').at(-1) ?? '')
  return `ended with code ${exitCode ?? 'unknown'}${reason && reason !== 'Error' ? ` (${reason})` : ''}${said ? `: ${said}` : ''}`
}

/** The kubelet puts the pod's full name, uid or address into some messages, and the ids of containers. */
function withoutPod(message: string, { metadata, status }: KubeObject): string {
  const { podIP } = (status ?? {}) as PodStatus
  const said = message
    .replaceAll(/ (?:in|for) pod ?=? ?\S*/g, '')
    .replaceAll(/\S*pod=\S+/g, '')
    .replaceAll(/\b[0-9a-f]{32,}\b/g, '…')
    .replaceAll(metadata.name, 'pod')
  return (podIP ? said.replaceAll(podIP, 'pod') : said).trim()
}

/** What made the pod, or what made that: the name of a Deployment is that of its ReplicaSet without the last part. */
function ownerOf({ metadata: { labels = {}, name, ownerReferences = [] } }: KubeObject): string {
  const [owner] = ownerReferences
  const made = owner?.kind === 'ReplicaSet' ? owner.name.replace(/-[^-]+$/, '') : owner?.name
  return labels['cnpg.io/cluster'] ?? made ?? labels['app.kubernetes.io/component'] ?? name
}
