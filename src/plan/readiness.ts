/**
 * Whether an object of a chart has come up, for kinds of which the operator knows nothing else: by the rules of kstatus, as
 * `helm --wait`, Flux and Argo CD read them. Pure.
 */
import { type KubeObject, type ObjectRef, refOf } from './object.ts'

type Kind = Pick<ObjectRef, 'apiVersion' | 'kind'>

export interface UnreadyObject {
  readonly ref: ObjectRef
  readonly reason: 'ObjectNotReady' | 'JobFailed'
  /** Without the name of the object. */
  readonly message: string
}

/**
 * Deployments, StatefulSets, databases and Ingresses are watched and judged by what they do. Of Kubernetes' own kinds these
 * two are left that say how they are; all kinds of other projects may, by a condition.
 */
export function isJudgedByStatus({ apiVersion, kind }: Kind): boolean {
  if (isDatabase({ apiVersion, kind })) return false
  return isDaemonSet({ apiVersion, kind }) || isJob({ apiVersion, kind }) || isForeign(apiVersion)
}

function isDatabase({ apiVersion, kind }: Kind): boolean {
  return apiVersion.startsWith('postgresql.cnpg.io/') && kind === 'Cluster'
}

function isDaemonSet({ apiVersion, kind }: Kind): boolean {
  return apiVersion === 'apps/v1' && kind === 'DaemonSet'
}

function isJob({ apiVersion, kind }: Kind): boolean {
  return apiVersion === 'batch/v1' && kind === 'Job'
}

function isForeign(apiVersion: string): boolean {
  const [group = ''] = apiVersion.split('/')
  return group.includes('.') && !group.endsWith('.k8s.io')
}

/** Undefined where it is ready, or says nothing of itself. */
export function unreadyOf(object: KubeObject): UnreadyObject | undefined {
  const ref = refOf(object)
  if (isJob(object)) {
    const failed = conditionIn(object, 'Failed')
    if (failed?.status !== 'True') return undefined
    return { ref, reason: 'JobFailed', message: `has failed${wordsOf(failed)}` }
  }
  const message = isDaemonSet(object) ? lackOfDaemonSet(object) : lackOfForeign(object)
  return message === undefined ? undefined : { ref, reason: 'ObjectNotReady', message }
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly message?: string
  readonly reason?: string
  readonly observedGeneration?: number
}

const NOT_TAKEN_UP = 'its controller has not taken up its last change'

function lackOfDaemonSet(object: KubeObject): string | undefined {
  const { updateStrategy } = (object.spec ?? {}) as { updateStrategy?: { type?: string } }
  const status = (object.status ?? {}) as {
    observedGeneration?: number
    desiredNumberScheduled?: number
    updatedNumberScheduled?: number
    numberAvailable?: number
  }
  if (isBehind(object, status.observedGeneration ?? 0)) return NOT_TAKEN_UP
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status
  // Left to people, who delete pods one by one.
  const updated = updateStrategy?.type === 'OnDelete' ? wanted : updatedNumberScheduled
  if (updated < wanted) return `${updated} of ${wanted} pods are new`
  return numberAvailable < wanted ? `${numberAvailable} of ${wanted} pods are available` : undefined
}

function lackOfForeign(object: KubeObject): string | undefined {
  const { observedGeneration } = (object.status ?? {}) as { observedGeneration?: number }
  if (isBehind(object, observedGeneration)) return NOT_TAKEN_UP
  const working = ['Stalled', 'Reconciling'].map(type => conditionIn(object, type)).find(is => is?.status === 'True')
  if (working !== undefined) return `${working.type}${wordsOf(working)}`
  const ready = conditionIn(object, 'Ready') ?? conditionIn(object, 'Available')
  if (ready === undefined) return undefined
  if (isBehind(object, ready.observedGeneration)) return NOT_TAKEN_UP
  return ready.status === 'True' ? undefined : `not ${ready.type}${wordsOf(ready)}`
}

function isBehind({ metadata: { generation = 0 } }: KubeObject, observed: unknown): boolean {
  return typeof observed === 'number' && observed < generation
}

/** Whose status it is may put anything there. */
function conditionIn({ status }: KubeObject, type: string): Condition | undefined {
  const { conditions } = (status ?? {}) as { conditions?: unknown }
  return Array.isArray(conditions) ? conditions.find(condition => condition?.type === type) : undefined
}

/** As short as that of a pod. */
const LONGEST = 300

function wordsOf({ message, reason }: Condition): string {
  const words = [message, reason].find(text => typeof text === 'string' && text.trim() !== '')
  return words === undefined ? '' : `: ${words.replace(/\s+/g, ' ').trim().slice(0, LONGEST)}`
}
