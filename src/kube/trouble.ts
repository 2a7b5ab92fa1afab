/**
 * Why things of a tenant do not run: from its pods; from its claims where a database has no pod on a node; and from
 * events, but only where the objects themselves are silent. Reads only.
 */
import { lastNotice, type Notice } from '../plan/notice.ts'
import type { KubeObject } from '../plan/object.ts'
import type { DatabaseObservation, PodProblem, WorkloadObservation } from '../plan/observation.ts'
import { isScheduled, podProblems } from '../plan/pod-problem.ts'
import { refusalReason, withoutPodNames } from '../plan/refusal.ts'
import { isUnbound, volumeProblems } from '../plan/volume-problem.ts'
import type { Kube } from './client.ts'

export type Trouble = Pick<WorkloadObservation, 'podProblems' | 'hasUnreadyPods'>

export const NO_TROUBLE: Trouble = { podProblems: [], hasUnreadyPods: false }

export async function observeTrouble(kube: Kube, namespace: string, database: DatabaseObservation): Promise<Trouble> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })
  const owned = pods.filter(({ metadata }) => metadata.labels?.['cnpg.io/cluster'] !== undefined)
  // CloudNativePG is at work, and yet no pod of the database is on a node.
  const homeless = isUnready(database) && !owned.some(isScheduled)
  const claims = homeless ? await kube.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }, { namespace }) : []
  const unbound = claims.filter(isUnbound)
  const isSilent = pods.some(isWaiting) || unbound.length > 0 || (homeless && owned.length === 0)
  const notices = isSilent ? await observeNotices(kube, namespace) : []
  const problems = [
    ...volumeProblems(unbound, notices),
    ...podProblems(pods, notices),
    ...(homeless && owned.length === 0 ? jobProblems(database, notices) : []),
  ]
  return { podProblems: problems, hasUnreadyPods: pods.some(isUnreadyPod) }
}

function isUnready(database: DatabaseObservation): database is Extract<DatabaseObservation, { found: 'present' }> {
  return database.found === 'present' && database.phase !== undefined && database.readyInstances < database.instances
}

function isUnreadyPod({ metadata, status }: KubeObject): boolean {
  const { phase, conditions = [] } = (status ?? {}) as { phase?: string; conditions?: Condition[] }
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && !isReady
}

interface Condition {
  readonly type: string
  readonly status: string
}

/** On a node, without a word about what is wrong, and not ready. */
function isWaiting(pod: KubeObject): boolean {
  return isScheduled(pod) && isUnreadyPod(pod) && podProblems([pod]).every(({ reason }) => reason === 'NotReady')
}

/** In the order of their time. */
async function observeNotices(kube: Kube, namespace: string): Promise<Notice[]> {
  const events = await kube.list({ apiVersion: 'v1', kind: 'Event' }, { namespace })
  return events.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))).map(noticeOf)
}

interface EventFields {
  readonly involvedObject?: { readonly kind?: string; readonly name?: string }
  readonly reason?: string
  readonly message?: string
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly series?: { readonly lastObservedTime?: string }
}

function noticeOf(event: KubeObject): Notice {
  const { involvedObject, reason = '', message = '' } = event as EventFields
  return { kind: involvedObject?.kind ?? '', name: involvedObject?.name ?? '', reason, message }
}

/** Whole seconds: an event in the new form has more digits than one in the old. */
function timeOf(event: KubeObject): string {
  const { series, lastTimestamp, eventTime } = event as KubeObject & EventFields
  const time = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp ?? ''
  return time.slice(0, '2026-01-01T00:00:00'.length)
}

const REFUSED = new Set(['FailedCreate'])

/** CloudNativePG makes an instance by a Job of the name <instance>-<what it does>. Its pod may be refused. */
function jobProblems({ name }: { name: string }, notices: readonly Notice[]): PodProblem[] {
  const job = notices.findLast(notice => notice.kind === 'Job' && notice.name.startsWith(`${name}-`))
  const refused = job && lastNotice(notices, job, REFUSED)
  if (refused === undefined) return []
  const message = withoutPodNames(refused.message)
  return [{ owner: name, reason: refusalReason(message, 'PodsRefused'), message }]
}
