/** What the revision to come takes over from those before, as `helm upgrade --install` finds it. Reads only. */
import type { RevisionRecord } from './history.ts'
import type { RevisionBefore } from './port.ts'
import type { RecordStore } from './record-store.ts'

/**
 * Undefined for an installation. `history` is newest first, with nothing under way.
 * Source: cmd/upgrade.go and action/upgrade.go of helm.sh/helm/v4.
 */
export async function revisionBefore(
  store: Pick<RecordStore, 'read'>,
  history: readonly RevisionRecord[],
): Promise<RevisionBefore | undefined> {
  const [latest] = history
  if (latest === undefined || latest.status === 'uninstalled') return undefined
  const deployed = history.find(({ status }) => status === 'deployed') ?? latest
  const release = await store.read(deployed.revision)
  return {
    revision: latest.revision,
    firstDeployed: release?.info.first_deployed ?? '',
    applyMethod: release?.apply_method ?? '',
  }
}
