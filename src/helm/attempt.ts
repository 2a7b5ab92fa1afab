/**
 * A revision of a chart with hooks, from Helm's record as pending to its record as deployed or failed. As with helm, the
 * record is there before the first hook, so that nobody else begins a revision meanwhile, and says of each how it went.
 *
 *   pending ─▶ hooks before ─▶ objects ─▶ hooks after ─▶ deployed
 *      ▲            └───────────────────────┴─▶ failed ─┐
 *      └────────────────────────────────────────────────┘ the same revision again, after a pause
 */

import { refOf } from '../plan/object.ts'
import type { HelmError } from './errors.ts'
import type { RevisionRecord } from './history.ts'
import {
  failedEvent,
  HOOK_RUN_ANNOTATION,
  type HookEvent,
  hasBegun,
  hookRunOf,
  hooksOf,
  isRunning,
  withoutRuns,
} from './hook.ts'
import { hookStateOf, isAtWork } from './hook-state.ts'
import { type HooksOutcome, hookFailed, removeAfterFailure, runHooks } from './hooks.ts'
import { asRelease } from './object-write.ts'
import type { ReleaseIdentity } from './ownership.ts'
import type { ReleasePorts } from './port.ts'
import { releaseRecord, withInfo } from './record.ts'
import type { OpenRecord, RecordStore } from './record-store.ts'
import type { ReleaseHook, ReleaseObject } from './release-object.ts'
import { hookObjectOf } from './rendered-objects.ts'

export interface AttemptWork {
  readonly ports: ReleasePorts
  readonly release: ReleaseIdentity
  /** Helm's records, newest first. */
  readonly history: readonly RevisionRecord[]
  readonly store: RecordStore
}

type Moment = 'pre' | 'post'

/** As long as nothing of the release was ever deployed, it is an installation, however often that has failed. */
function operationOf(history: readonly RevisionRecord[], { version }: ReleaseObject): 'install' | 'upgrade' {
  const before = history.find(
    ({ revision, status }) => revision < version && ['deployed', 'superseded', 'uninstalled'].includes(status),
  )
  return before === undefined || before.status === 'uninstalled' ? 'install' : 'upgrade'
}

function eventOf(moment: Moment, { history }: AttemptWork, release: ReleaseObject): HookEvent {
  return `${moment}-${operationOf(history, release)}`
}

/** The hooks that bringing this revision about runs. */
export function hooksOfAttempt(work: AttemptWork, release: ReleaseObject): ReleaseHook[] {
  return (['pre', 'post'] as const).flatMap(moment =>
    hooksOf(release, eventOf(moment, work, release)).map(({ hook }) => hook),
  )
}

export async function beginAttempt(work: AttemptWork, release: ReleaseObject, digest: string): Promise<OpenRecord> {
  const { ports, history, store } = work
  const pending = pendingRelease(work, release)
  const object = await store.write(releaseRecord(pending, digest, ports.now()))
  // An upgrade may never come to its end; its record is there all the same.
  await store.trim(history, { revision: release.version, status: pending.info.status }, ports.historyLimit)
  return { object, release: pending }
}

/** Every hook of a revision that has failed runs again. */
export async function continueAttempt(work: AttemptWork, open: OpenRecord): Promise<OpenRecord> {
  if (open.release.info.status !== 'failed') return open
  return work.store.save(open, pendingRelease(work, open.release))
}

function pendingRelease({ history }: AttemptWork, release: ReleaseObject): ReleaseObject {
  const operation = operationOf(history, release)
  return withInfo(withoutRuns(release), { status: `pending-${operation}`, description: `Preparing ${operation}` })
}

/** @throws HelmError HookFailed */
export async function runMoment(
  work: AttemptWork,
  open: OpenRecord,
  moment: Moment,
): Promise<Exclude<HooksOutcome, { outcome: 'failed' }>> {
  const after = eventOf('post', work, open.release)
  if (moment === 'pre' && open.release.hooks?.some(hook => hasBegun(hook, after))) return { outcome: 'done', open }
  const { ports, release } = work
  const run = await runHooks({ ports, release, event: eventOf(moment, work, open.release) }, open)
  if (run.outcome === 'failed') throw hookFailed(run.open.release)
  return run as Exclude<HooksOutcome, { outcome: 'failed' }>
}

/** The failure that is to be looked into before the next try; undefined where it was given up for another reason. */
export async function heldFailure(work: AttemptWork, open: OpenRecord): Promise<HelmError | undefined> {
  const event = open.release.info.status === 'failed' ? failedEvent(open.release) : undefined
  if (event === undefined) return undefined
  await removeAfterFailure({ ports: work.ports, release: work.release, event }, open)
  return hookFailed(open.release)
}

/**
 * Gives a revision up for a newer one. A hook that is at work is waited for, one that has not come so far is taken away.
 * Answers what has to be waited for.
 */
export async function abandonAttempt(work: AttemptWork, revision: number): Promise<string> {
  const { store } = work
  const open = await store.open(revision)
  for (const hook of open?.release.hooks ?? []) {
    const busy = open !== undefined && isRunning(hook) && (await stopHook(work, open.release, hook))
    if (busy) return `${hook.kind} ${hook.name}, a hook of revision ${revision}, to end before the next one begins`
  }
  if (open === undefined) await store.remove(revision)
  else
    await store.save(open, withInfo(open.release, { status: 'failed', description: 'Given up for a newer revision' }))
  return `another look, now that revision ${revision} is given up for a newer one`
}

/** True where it is at work and has to be waited for. */
async function stopHook({ ports, release }: AttemptWork, rendered: ReleaseObject, hook: ReleaseHook): Promise<boolean> {
  const kube = asRelease(ports.kube, release)
  const ref = refOf(await hookObjectOf(hook, release, ports.scopeOf))
  const found = await kube.get(ref)
  if (found?.metadata.annotations?.[HOOK_RUN_ANNOTATION] !== hookRunOf(rendered, hook)) return false
  const startedAtMs = Date.parse(hook.last_run?.started_at ?? '')
  const state = hookStateOf(found, ports.hookTimeoutMs, startedAtMs, ports.now())
  if (state.state === 'running' && isAtWork(found)) return true
  const isLeft = state.state === 'running' || (state.state === 'failed' && state.timedOut)
  if (isLeft) await kube.delete(ref, { propagation: 'Background', uid: found.metadata.uid ?? '' })
  return false
}
