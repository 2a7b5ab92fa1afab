/** Looks at what is known of a release: the operator's own record, and Helm's records by their labels. Reads only. */
import type { ReleaseRecord } from '../plan/observation.ts'
import { historyOf, type RevisionRecord } from './history.ts'
import type { ReleaseKube } from './port.ts'
import { settledRecord } from './promise.ts'
import { parseTenantRelease, tenantReleaseRef } from './tenant-release.ts'

export interface ObservedRelease {
  /** The operator's own record, as it is to be read next to Helm's. */
  readonly record?: ReleaseRecord & { readonly resourceVersion: string; readonly uid: string }
  /** Helm's newest record, whoever made it. */
  readonly latest?: RevisionRecord
  /** All of Helm's records, newest first. */
  readonly history: readonly RevisionRecord[]
}

/** Of a namespace that is not there, and so of nothing in it. */
export const NO_RELEASE: ObservedRelease = { history: [] }

/** Two requests; no Secret's data is read. Throws where something could not be looked at. */
export async function observeRelease(
  kube: Pick<ReleaseKube, 'get' | 'list'>,
  release: { readonly name: string; readonly namespace: string },
): Promise<ObservedRelease> {
  const { name, namespace } = release
  const [own, secrets] = await Promise.all([
    kube.get(tenantReleaseRef(release)),
    kube.list(
      { apiVersion: 'v1', kind: 'Secret' },
      { namespace, labelSelector: `owner=helm,name=${name}`, metadataOnly: true },
    ),
  ])
  const history = historyOf(secrets)
  const [latest] = history
  return {
    ...(own === undefined
      ? {}
      : {
          record: {
            ...settledRecord(parseTenantRelease(own), history),
            resourceVersion: own.metadata.resourceVersion ?? '',
            uid: own.metadata.uid ?? '',
          },
        }),
    ...(latest === undefined ? {} : { latest }),
    history,
  }
}
