/**
 * The hooks of a release, as Helm orders and records them. Pure.
 * Source: pkg/action/hooks.go of helm.sh/helm/v4.
 *
 *   last_run of another event ─▶ Running (intent, before the object is made) ─▶ Succeeded
 *                                                                          └──▶ Failed, and the release with it
 */
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ReleaseHook, ReleaseObject } from './release-object.ts'

/** The events that this operator brings about. Those of `helm rollback` and `helm test` are left to people. */
export const EVENTS = [
  'pre-install',
  'post-install',
  'pre-upgrade',
  'post-upgrade',
  'pre-delete',
  'post-delete',
] as const

export type HookEvent = (typeof EVENTS)[number]

export type DeletePolicy = 'before-hook-creation' | 'hook-succeeded' | 'hook-failed'

/** On each object of a hook: for which revision, event and try it was made. */
export const HOOK_RUN_ANNOTATION = `${names.API_GROUP}/hook-run`
export const HOOK_ANNOTATION = 'helm.sh/hook'

/** A hook and its place among the hooks of its release. */
export interface PlacedHook {
  readonly index: number
  readonly hook: ReleaseHook
}

/** By weight, then name; equal ones as helm has put them, which is by kind. */
export function hooksOf({ hooks }: Pick<ReleaseObject, 'hooks'>, event: HookEvent): PlacedHook[] {
  return (hooks ?? [])
    .map((hook, index) => ({ hook, index }))
    .filter(({ hook }) => hook.events?.includes(event))
    .sort((a, b) => a.hook.weight - b.hook.weight || byName(a.hook.name, b.hook.name))
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function hasPolicy({ kind, delete_policies }: ReleaseHook, policy: DeletePolicy): boolean {
  // All objects of the kind would go with it.
  if (kind === 'CustomResourceDefinition') return false
  const policies = delete_policies ?? []
  return (policies.length === 0 ? ['before-hook-creation'] : policies).includes(policy)
}

export function hasBegun({ last_run }: ReleaseHook, event: HookEvent): boolean {
  return last_run?.event === event
}

export function hasSucceeded(hook: ReleaseHook, event: HookEvent): boolean {
  return hasBegun(hook, event) && hook.last_run?.phase === 'Succeeded'
}

export function hasFailed(hook: ReleaseHook, event: HookEvent): boolean {
  return hasBegun(hook, event) && hook.last_run?.phase === 'Failed'
}

export function isRunning({ last_run }: ReleaseHook): boolean {
  return last_run?.phase === 'Running'
}

/** The event whose hook has failed. */
export function failedEvent({ hooks }: Pick<ReleaseObject, 'hooks'>): HookEvent | undefined {
  return EVENTS.find(event => (hooks ?? []).some(hook => hasFailed(hook, event)))
}

/** Equal for two objects exactly when they stand for the same try. */
export function hookRunOf({ version }: Pick<ReleaseObject, 'version'>, { last_run }: ReleaseHook): string {
  return `${version} ${last_run?.event} ${last_run?.started_at}`
}

type LastRun = NonNullable<ReleaseHook['last_run']>

/** The release with another account of one hook. */
export function withRun(release: ReleaseObject, index: number, run: LastRun): ReleaseObject {
  const hooks = (release.hooks ?? []).map((hook, at) => (at === index ? { ...hook, last_run: run } : hook))
  return { ...release, hooks }
}

/** The release as it is when none of its hooks has run. */
export function withoutRuns(release: ReleaseObject): ReleaseObject {
  return { ...release, hooks: (release.hooks ?? []).map(hook => ({ ...hook, last_run: { phase: '' } })) }
}

/** Kubernetes may take a Job away as soon as it has ended; its end must have been seen before. */
const LEAST_TTL_SECONDS = 600

/** What is applied for a hook: the chart's object, marked with its run. */
export function hookObject(object: KubeObject, run: string): KubeObject {
  const annotations = { ...object.metadata.annotations, [HOOK_RUN_ANNOTATION]: run }
  const marked = { ...object, metadata: { ...object.metadata, annotations } }
  const { ttlSecondsAfterFinished: ttl, ...spec } = (object.spec ?? {}) as { ttlSecondsAfterFinished?: unknown }
  if (object.kind !== 'Job' || typeof ttl !== 'number') return marked
  return { ...marked, spec: { ...spec, ttlSecondsAfterFinished: Math.max(ttl, LEAST_TTL_SECONDS) } }
}
