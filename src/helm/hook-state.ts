/** How far the object of a hook has come, as it says itself. Pure; the clock is an argument. */
import type { KubeObject } from '../plan/object.ts'

export type HookState =
  | { readonly state: 'running' | 'succeeded' }
  /** `timedOut`: it still runs. */
  | { readonly state: 'failed'; readonly why: string; readonly timedOut: boolean }

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}
interface Status {
  readonly phase?: string
  readonly reason?: string
  readonly message?: string
  readonly ready?: number
  readonly conditions?: readonly Condition[]
}

/** Job and Pod are awaited; anything else has done its part by being there. */
export function hookStateOf(object: KubeObject, timeoutMs: number, startedAtMs: number, nowMs: number): HookState {
  const status = (object.status ?? {}) as Status
  const ended = isJob(object) ? jobEnd(status) : isPod(object) ? podEnd(status) : SUCCEEDED
  if (ended !== undefined) return ended
  const { activeDeadlineSeconds: own } = (object.spec ?? {}) as { activeDeadlineSeconds?: number }
  const createdAtMs = Date.parse(object.metadata.creationTimestamp ?? '') || 0
  // Its own deadline is kept by Kubernetes; ours stands behind it, where nobody keeps that.
  const allowedMs = timeoutMs + (own ?? 0) * 1000
  if (nowMs < Math.max(startedAtMs, createdAtMs) + allowedMs) return { state: 'running' }
  return { state: 'failed', why: `it has not ended within ${allowedMs / 1000} s`, timedOut: true }
}

/** A container of it is at work: taking it away would break off what it does. */
export function isAtWork(object: KubeObject): boolean {
  const { phase, ready = 0 } = (object.status ?? {}) as Status
  return isJob(object)
    ? jobEnd(object.status as Status) === undefined && ready > 0
    : isPod(object) && phase === 'Running'
}

export function isJob({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'Job' && apiVersion.startsWith('batch/')
}

export function isPod({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'Pod' && apiVersion === 'v1'
}

const SUCCEEDED = { state: 'succeeded' } as const

function jobEnd({ conditions = [] }: Status = {}): HookState | undefined {
  const holding = (type: string) => conditions.find(condition => condition.type === type && condition.status === 'True')
  if (holding('Complete') !== undefined) return SUCCEEDED
  const failed = holding('Failed')
  return failed && failure(failed)
}

function podEnd({ phase, reason, message }: Status): HookState | undefined {
  if (phase === 'Succeeded') return SUCCEEDED
  return phase === 'Failed' ? failure({ reason, message }) : undefined
}

function failure({ reason, message }: { reason?: string | undefined; message?: string | undefined }): HookState {
  const said = [reason, message].filter(part => part !== undefined && part !== '')
  return { state: 'failed', why: said.join(': ') || 'it ended with a failure', timedOut: false }
}
