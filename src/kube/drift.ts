/** Looks for what was deleted or edited by hand: in what the watches know, and live where they raise a suspicion. */
import { type DriftedObject, driftOf, type ExpectedObject } from '../plan/drift.ts'
import * as names from '../plan/names.ts'
import { type KubeObject, type ObjectRef, refKey, refOf } from '../plan/object.ts'
import type { Kube } from './client.ts'
import { isKindNotServed, isRefusal, type KubeError } from './errors.ts'
import { type TenantCache, watchOf } from './tenant-cache.ts'

export interface DriftFindings {
  readonly drifted: readonly DriftedObject[]
  /** As they were applied after all, though the watches have not told it yet. */
  readonly intact: readonly KubeObject[]
  /** Why kinds that are not watched could not be looked at: of their objects nothing is known. */
  readonly unjudged: readonly KubeError[]
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
  const drifted = live.filter(isDrifted)
  // It may be the very right to look.
  const isOwnDrifted = drifted.some(({ object: { manager } }) => manager === names.FIELD_MANAGER)
  const { looks, unjudged } =
    release === undefined || isOwnDrifted ? NO_LOOKS : await lookedUp(release, expected.filter(isUnwatched))
  return {
    drifted: [...drifted, ...looks.filter(isDrifted)].map(({ object, found }) => driftOf(object, found)),
    intact: live.filter(isIntact).flatMap(({ found }) => (found === undefined ? [] : [found])),
    unjudged,
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
function isDrifted(look: Look): boolean {
  return !isIntact(look) && look.found?.metadata.deletionTimestamp === undefined
}

/** What ends by itself is not judged: made again, it would run again. */
function isUnwatched({ ref }: ExpectedObject): boolean {
  return watchOf(ref) === undefined && ref.kind !== 'Job' && ref.kind !== 'Pod'
}

interface UnwatchedLooks {
  readonly looks: readonly Look[]
  readonly unjudged: readonly KubeError[]
}

const NO_LOOKS: UnwatchedLooks = { looks: [], unjudged: [] }

/** One list of metadata for each kind, so that nothing in a Secret is read. */
async function lookedUp(release: Pick<Kube, 'list'>, expected: readonly ExpectedObject[]): Promise<UnwatchedLooks> {
  const kinds = Map.groupBy(expected, ({ ref }) => `${ref.apiVersion} ${ref.kind} ${ref.namespace}`)
  const lists = await Promise.all([...kinds.values()].map(objects => lookedUpOfKind(release, objects)))
  return { looks: lists.flatMap(({ looks }) => looks), unjudged: lists.flatMap(({ unjudged }) => unjudged) }
}

async function lookedUpOfKind(
  release: Pick<Kube, 'list'>,
  expected: readonly ExpectedObject[],
): Promise<UnwatchedLooks> {
  const [first] = expected
  if (first === undefined) return NO_LOOKS
  try {
    const found = new Map((await listed(release, first.ref)).map(object => [refKey(refOf(object)), object]))
    return { looks: expected.map(object => ({ object, found: found.get(refKey(object.ref)) })), unjudged: [] }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { looks: [], unjudged: [error] }
  }
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
