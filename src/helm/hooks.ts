/**
 * Runs the hooks of one event, one after the other, without waiting for any: a call starts or looks at what is due and
 * returns. How far it came stands in Helm's record and in the cluster, so that the next call, of whichever process, goes
 * on from there. Broken off between two calls, a hook may be made again; it is never left out.
 */
import { type KubeObject, refOf } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import * as hooks from './hook.ts'
import { currentProblem, type LogReading, lastWords } from './hook-log.ts'
import { type HookState, hookStateOf, isAtWork } from './hook-state.ts'
import { applyObject, asRelease } from './object-write.ts'
import { otherOwner, type ReleaseIdentity, UNMARKED } from './ownership.ts'
import type { ReleasePorts } from './port.ts'
import { withInfo } from './record.ts'
import { createRecordStore, type OpenRecord } from './record-store.ts'
import type { ReleaseHook, ReleaseObject } from './release-object.ts'
import { hookObjectOf } from './rendered-objects.ts'

export type HooksOutcome =
  | { readonly outcome: 'done' | 'failed'; readonly open: OpenRecord }
  | { readonly outcome: 'wait'; readonly waitingFor: readonly string[] }

export interface HookWork {
  readonly ports: Omit<ReleasePorts, 'renderer'>
  readonly release: ReleaseIdentity
  readonly event: hooks.HookEvent
}

type Failure = Extract<HookState, { state: 'failed' }>

/** Idempotent. After `failed`, the record says so, and why. */
export async function runHooks(work: HookWork, open: OpenRecord): Promise<HooksOutcome> {
  let current = open
  for (const { index } of hooks.hooksOf(open.release, work.event)) {
    const step = await runHook(work, current, index)
    if (step.outcome === 'wait') return step
    current = step.open
    if (step.outcome === 'failed') {
      await removeAfterFailure(work, current)
      return step
    }
  }
  for (const { hook } of hooks.hooksOf(current.release, work.event).toReversed()) {
    await removeByPolicy(work, current, hook, 'hook-succeeded')
  }
  return { outcome: 'done', open: current }
}

/** What the policies say of the hook that failed, and of those before it. */
export async function removeAfterFailure(work: HookWork, open: OpenRecord): Promise<void> {
  for (const { hook } of hooks.hooksOf(open.release, work.event)) {
    if (hooks.hasSucceeded(hook, work.event)) await removeByPolicy(work, open, hook, 'hook-succeeded')
    if (hooks.hasFailed(hook, work.event)) await removeByPolicy(work, open, hook, 'hook-failed')
  }
}

/** The failure that the record of a release tells. */
export function hookFailed({ info }: ReleaseObject): HelmError {
  return new HelmError({ reason: 'HookFailed', message: info.description ?? 'A hook has failed' })
}

async function runHook(work: HookWork, open: OpenRecord, index: number): Promise<HooksOutcome> {
  const { ports, release, event } = work
  const hook = hookAt(open, index)
  if (hooks.hasSucceeded(hook, event)) return { outcome: 'done', open }
  const object = await hookObjectOf(hook, release, ports.scopeOf)
  let current = open
  if (!hooks.hasBegun(hook, event)) {
    if (!(await clearPlace(work, hook, object))) return waitFor(`${textOf(hook)} of a former run to be gone`)
    const startedAt = new Date(ports.now()).toISOString()
    current = await record(work, open, index, { phase: 'Running', started_at: startedAt, event })
  }
  const { object: found, refusal } = await presentObject(work, current, index, object)
  const startedAtMs = Date.parse(hookAt(current, index).last_run?.started_at ?? '')
  const state = refusal ?? hookStateOf(found, ports.hookTimeoutMs, startedAtMs, ports.now())
  switch (state.state) {
    case 'running':
      return waitFor(await progressOf(work, current, hook, found))
    case 'succeeded':
      return { outcome: 'done', open: await recordEnd(work, current, index, 'Succeeded') }
    case 'failed':
      return { outcome: 'failed', open: await recordFailure(work, current, index, state, found) }
    default:
      return state satisfies never
  }
}

async function progressOf(work: HookWork, open: OpenRecord, hook: ReleaseHook, object: KubeObject): Promise<string> {
  const problem = isAtWork(object) ? '' : await currentProblem(object, readingOf(work, open, object))
  return `${textOf(hook)} (${work.event} hook) to end${problem === '' ? '' : ` (${problem})`}`
}

function readingOf({ ports, release }: HookWork, open: OpenRecord, object: KubeObject): LogReading {
  const { name, namespace, tenant } = release
  const known = [name, namespace, tenant.name, object.metadata.name, open.release.chart.metadata.name]
  return { kube: asRelease(ports.kube, release), namespace, values: open.release.config, known }
}

/** False while an object of a former run is on its way out. */
async function clearPlace({ ports, release }: HookWork, hook: ReleaseHook, object: KubeObject): Promise<boolean> {
  const kube = asRelease(ports.kube, release)
  const found = await kube.get(refOf(object))
  if (found === undefined) return true
  refuseForeign(found, release)
  if (found.metadata.deletionTimestamp === undefined) {
    if (!hooks.hasPolicy(hook, 'before-hook-creation')) return true
    await kube.delete(refOf(object), { propagation: 'Background', ...uidOf(found) })
  }
  return (await kube.get(refOf(object))) === undefined
}

/** The object of this very run, made unless it is there; or why the API server will not have it. */
async function presentObject(
  { ports, release }: HookWork,
  open: OpenRecord,
  index: number,
  object: KubeObject,
): Promise<{ readonly object: KubeObject; readonly refusal?: Failure }> {
  const kube = asRelease(ports.kube, release)
  const run = hooks.hookRunOf(open.release, hookAt(open, index))
  const found = await kube.get(refOf(object))
  if (found?.metadata.annotations?.[hooks.HOOK_RUN_ANNOTATION] === run) return { object: found }
  if (found !== undefined) refuseForeign(found, release)
  try {
    return { object: await applyObject(kube, hooks.hookObject(object, run)) }
  } catch (error) {
    const { status, message } = error as { status?: unknown; message: string }
    if (status === 400 || status === 422) return { object, refusal: { state: 'failed', why: message, timedOut: false } }
    throw error
  }
}

/** A person's helm puts no marks on what it makes for hooks; that it is made for one is enough. */
function refuseForeign(found: KubeObject, release: ReleaseIdentity): void {
  const owner = otherOwner(found, release)
  const isHook = found.metadata.annotations?.[hooks.HOOK_ANNOTATION] !== undefined
  if (owner === undefined || (isHook && owner === UNMARKED)) return
  throw new HelmError({
    reason: 'OwnedByAnother',
    message: `Cannot make a hook of release ${release.name} over an object that is not its own: ${textOf({ kind: found.kind, name: found.metadata.name })} belongs to ${owner}`,
  })
}

async function recordFailure(
  work: HookWork,
  open: OpenRecord,
  index: number,
  { why, timedOut }: Failure,
  object: KubeObject,
): Promise<OpenRecord> {
  const { ports, release, event } = work
  const kube = asRelease(ports.kube, release)
  const words = await lastWords(object, readingOf(work, open, object))
  // What has run out of time would go on unseen, beside the next try. Kubernetes ends it at its deadline.
  if (timedOut) await kube.patch(refOf(object), { spec: { activeDeadlineSeconds: 1 } }, { manager: 'helm' })
  const said = words === '' ? '' : `; its last words: ${words}`
  const description = `Release ${release.name}: ${event} hook ${textOf(hookAt(open, index))} failed: ${why}${said}`
  return recordEnd(work, open, index, 'Failed', { status: 'failed', description })
}

function recordEnd(
  work: HookWork,
  open: OpenRecord,
  index: number,
  phase: 'Succeeded' | 'Failed',
  info: Partial<OpenRecord['release']['info']> = {},
): Promise<OpenRecord> {
  const completedAt = new Date(work.ports.now()).toISOString()
  return record(work, open, index, { ...hookAt(open, index).last_run, phase, completed_at: completedAt }, info)
}

function record(
  { ports, release }: HookWork,
  open: OpenRecord,
  index: number,
  run: NonNullable<ReleaseHook['last_run']>,
  info: Partial<OpenRecord['release']['info']> = {},
): Promise<OpenRecord> {
  const store = createRecordStore(ports.kube, release, ports.now)
  return store.save(open, withInfo(hooks.withRun(open.release, index, run), info))
}

/** Only the object of this very run. */
async function removeByPolicy(
  { ports, release }: HookWork,
  open: OpenRecord,
  hook: ReleaseHook,
  policy: hooks.DeletePolicy,
): Promise<void> {
  if (!hooks.hasPolicy(hook, policy)) return
  const kube = asRelease(ports.kube, release)
  const ref = refOf(await hookObjectOf(hook, release, ports.scopeOf))
  const found = await kube.get(ref)
  if (found?.metadata.annotations?.[hooks.HOOK_RUN_ANNOTATION] !== hooks.hookRunOf(open.release, hook)) return
  await kube.delete(ref, { propagation: 'Background', ...uidOf(found) })
}

function hookAt({ release: { hooks } }: OpenRecord, index: number): ReleaseHook {
  return (hooks ?? [])[index] as ReleaseHook
}

function uidOf({ metadata: { uid } }: KubeObject): { uid?: string } {
  return uid === undefined ? {} : { uid }
}

function textOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`
}

function waitFor(what: string): HooksOutcome {
  return { outcome: 'wait', waitingFor: [what] }
}
