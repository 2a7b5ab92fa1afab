/** Looks at objects of a release that are not watched and say themselves whether they are ready. Reads only. */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import { refKey, refOf, refOfEntry } from '../plan/object.ts'
import { type UnreadyObject, unreadyOf } from '../plan/readiness.ts'
import type { Kube } from './client.ts'
import { isKindNotServed, isRefusal, type KubeError } from './errors.ts'

export interface ReadinessFindings {
  /** By kind and name. */
  readonly unready: readonly UnreadyObject[]
  /** Why kinds could not be looked at: of their objects nothing is known. */
  readonly unjudged: readonly KubeError[]
}

/** One list for each kind, as the account of the release. @throws KubeError, where the API server cannot be asked */
export async function observeReadiness(
  release: Pick<Kube, 'list'>,
  entries: readonly InventoryEntry[],
): Promise<ReadinessFindings> {
  const kinds = Map.groupBy(entries, ({ apiVersion, kind, namespace }) => `${apiVersion} ${kind} ${namespace}`)
  const looks = await Promise.all([...kinds.values()].map(ofOneKind => lookAtKind(release, ofOneKind)))
  return {
    unready: looks.flatMap(({ unready }) => unready).sort((a, b) => refKey(a.ref).localeCompare(refKey(b.ref))),
    unjudged: looks.flatMap(({ unjudged }) => unjudged),
  }
}

async function lookAtKind(release: Pick<Kube, 'list'>, entries: readonly InventoryEntry[]): Promise<ReadinessFindings> {
  const [{ apiVersion, kind, namespace } = { apiVersion: '', kind: '' }] = entries
  const keys = new Set(entries.map(entry => refKey(refOfEntry(entry))))
  try {
    const found = await release.list({ apiVersion, kind }, namespace === undefined ? {} : { namespace })
    const ours = found.filter(object => keys.has(refKey(refOf(object))))
    return { unready: ours.flatMap(object => unreadyOf(object) ?? []), unjudged: [] }
  } catch (error) {
    // What is not there is put back, or ended by itself.
    if (isKindNotServed(error)) return { unready: [], unjudged: [] }
    if (!isRefusal(error)) throw error
    return { unready: [], unjudged: [error] }
  }
}
