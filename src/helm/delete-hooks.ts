/**
 * The hooks of a deletion, from Helm's newest record of the release. One before it that fails holds the deletion up, for
 * it may be what saves the data; one after it is told and passed over, for nothing is left to hold up.
 */
import { HOOK_RETRY_MS } from './approach.ts'
import type { RevisionRecord } from './history.ts'
import { failedEvent, hasBegun, hooksOf, withoutRuns } from './hook.ts'
import { type HooksOutcome, hookFailed, runHooks } from './hooks.ts'
import type { ReleaseIdentity } from './ownership.ts'
import type { ReleasePorts } from './port.ts'
import { withInfo } from './record.ts'
import { createRecordStore, type OpenRecord } from './record-store.ts'

export interface DeletionWork {
  readonly ports: Omit<ReleasePorts, 'renderer'>
  readonly release: ReleaseIdentity
  /** Helm's newest record. */
  readonly latest: RevisionRecord
  /** Objects of the release may be there. Where none ever were, hooks would only meet what they do not find. */
  readonly isInstalled: boolean
}

/** What is waited for; nothing where there are no hooks, or all have run. @throws HelmError HookFailed */
export async function runHooksBeforeDeletion(work: DeletionWork): Promise<readonly string[]> {
  const { ports, release, latest, isInstalled } = work
  if (!isInstalled) return []
  const store = createRecordStore(ports.kube, release, ports.now)
  const found = await store.open(latest.revision)
  if (found === undefined || isAfter(found) || hooksOf(found.release, 'pre-delete').length === 0) return []
  const hasFailed = failedEvent(found.release) === 'pre-delete'
  if (hasFailed && ports.now() - latest.modifiedAtMs < HOOK_RETRY_MS) throw hookFailed(found.release)
  const isBegun = found.release.info.status === 'uninstalling'
  const info = { status: 'uninstalling', description: 'Deletion in progress' }
  const open = isBegun ? found : await store.save(found, withInfo(withoutRuns(found.release), info))
  const run = await runHooks({ ports, release, event: 'pre-delete' }, open)
  if (run.outcome === 'failed') throw hookFailed(run.open.release)
  return waitingOf(run)
}

/** `failure`: in words, where a hook has failed. */
export async function runHooksAfterDeletion(
  work: DeletionWork,
): Promise<{ readonly waitingFor: readonly string[]; readonly failure?: string }> {
  const { ports, release, latest, isInstalled } = work
  if (!isInstalled) return { waitingFor: [] }
  const open = await createRecordStore(ports.kube, release, ports.now).open(latest.revision)
  if (open === undefined || hooksOf(open.release, 'post-delete').length === 0) return { waitingFor: [] }
  const isOver = failedEvent(open.release) === 'post-delete'
  const run: HooksOutcome = isOver
    ? { outcome: 'failed', open }
    : await runHooks({ ports, release, event: 'post-delete' }, open)
  return run.outcome === 'failed'
    ? { waitingFor: [], failure: hookFailed(run.open.release).message }
    : { waitingFor: waitingOf(run) }
}

/** The hooks after the deletion have begun. */
function isAfter({ release }: OpenRecord): boolean {
  return (release.hooks ?? []).some(hook => hasBegun(hook, 'post-delete'))
}

function waitingOf(run: HooksOutcome): readonly string[] {
  return run.outcome === 'wait' ? run.waitingFor : []
}
