/** Looks for what was deleted or edited by hand: in what the watches know, and live where they raise a suspicion. */
import { type DriftedObject, driftOf, type ExpectedObject } from '../plan/drift.ts'
import type { KubeObject } from '../plan/object.ts'
import type { Kube } from './client.ts'
import { type TenantCache, watchOf } from './tenant-cache.ts'

export interface DriftFindings {
  readonly drifted: readonly DriftedObject[]
  /** As they were applied after all, though the watches have not told it yet. */
  readonly intact: readonly KubeObject[]
}

/**
 * No request where nothing has changed. A watch may be behind the operator's own last write, so that only a live look
 * proves anything. Objects of kinds that are not watched are not judged.
 */
export async function observeDrift(
  { kube, cache }: { readonly kube: Pick<Kube, 'get'>; readonly cache: TenantCache },
  expected: readonly ExpectedObject[],
): Promise<DriftFindings> {
  const suspects = expected.filter(({ ref, isIntact }) => {
    const watch = watchOf(ref)
    if (watch === undefined || !cache[watch].synced) return false
    const known = cache[watch].get(ref.name, ref.namespace)
    return known === undefined || !isIntact(known.metadata)
  })
  const live = await Promise.all(suspects.map(async object => ({ object, found: await kube.get(object.ref) })))
  const isIntact = ({ object, found }: (typeof live)[number]) => found !== undefined && object.isIntact(found.metadata)
  return {
    drifted: live.filter(one => !isIntact(one) && !isLeaving(one.found)).map(one => driftOf(one.object, one.found)),
    intact: live.filter(isIntact).flatMap(({ found }) => (found === undefined ? [] : [found])),
  }
}

/** What is still on its way out is looked at again when it is gone. */
function isLeaving(found: KubeObject | undefined): boolean {
  return found?.metadata.deletionTimestamp !== undefined
}
