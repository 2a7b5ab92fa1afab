/** Looks for what was deleted or edited by hand: in what the watches know, and live where they raise a suspicion. */
import { type DriftedObject, driftOf, type ExpectedObject } from '../plan/drift.ts'
import { type KubeObject, type ObjectRef, refKey, refOf } from '../plan/object.ts'
import type { Kube } from './client.ts'
import { isKindNotServed } from './errors.ts'
import { type TenantCache, watchOf } from './tenant-cache.ts'

export interface DriftFindings {
  readonly drifted: readonly DriftedObject[]
  /** As they were applied after all, though the watches have not told it yet. */
  readonly intact: readonly KubeObject[]
}

export interface DriftSight {
  readonly kube: Pick<Kube, 'get'>
  readonly cache: TenantCache
  /** The account of the release, at a full look: objects of kinds that are not watched are judged by it alone. */
  readonly release?: Pick<Kube, 'list'> | undefined
}

/**
 * No request where nothing has changed, unless it is a full look. A watch may be behind the operator's own last write, so
 * that only a live look proves anything. @throws KubeError, where something could not be looked at
 */
export async function observeDrift(
  { kube, cache, release }: DriftSight,
  expected: readonly ExpectedObject[],
): Promise<DriftFindings> {
  const suspects = expected.filter(({ ref, isIntact }) => {
    const watch = watchOf(ref)
    if (watch === undefined || !cache[watch].synced) return false
    const known = cache[watch].get(ref.name, ref.namespace)
    return known === undefined || !isIntact(known.metadata)
  })
  const live = await Promise.all(suspects.map(async object => ({ object, found: await kube.get(object.ref) })))
  const unwatched = release === undefined ? [] : await lookedUp(release, expected.filter(isUnwatched))
  return {
    drifted: [...live, ...unwatched]
      .filter(look => !isIntact(look) && !isLeaving(look.found))
      .map(({ object, found }) => driftOf(object, found)),
    intact: live.filter(isIntact).flatMap(({ found }) => (found === undefined ? [] : [found])),
  }
}

interface Look {
  readonly object: ExpectedObject
  readonly found: KubeObject | undefined
}

function isIntact({ object, found }: Look): boolean {
  return found !== undefined && object.isIntact(found.metadata)
}

/** What is still on its way out is looked at again when it is gone. */
function isLeaving(found: KubeObject | undefined): boolean {
  return found?.metadata.deletionTimestamp !== undefined
}

/** Of what ends by itself it is no drift to be gone: made again, it would run again. */
function isUnwatched({ ref }: ExpectedObject): boolean {
  return watchOf(ref) === undefined && ref.kind !== 'Job' && ref.kind !== 'Pod'
}

/** One list of metadata for each kind, so that nothing in a Secret is read. */
async function lookedUp(release: Pick<Kube, 'list'>, expected: readonly ExpectedObject[]): Promise<Look[]> {
  const kinds = new Map(expected.map(({ ref }) => [`${ref.apiVersion} ${ref.kind} ${ref.namespace}`, ref]))
  const lists = await Promise.all([...kinds.values()].map(kind => listed(release, kind)))
  const found = new Map(lists.flat().map(object => [refKey(refOf(object)), object]))
  return expected.map(object => ({ object, found: found.get(refKey(object.ref)) }))
}

async function listed(release: Pick<Kube, 'list'>, { apiVersion, kind, namespace }: ObjectRef): Promise<KubeObject[]> {
  try {
    return await release.list(
      { apiVersion, kind },
      { metadataOnly: true, ...(namespace === undefined ? {} : { namespace }) },
    )
  } catch (error) {
    // With the kind, its objects are gone. That the cluster lacks it is told when they are put back.
    if (isKindNotServed(error)) return []
    throw error
  }
}
