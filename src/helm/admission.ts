/** Looks at what is already there under the names of objects about to be applied, before the first of them is. */
import { type KubeObject, type ObjectRef, onlyIfAbsent, refOf } from '../plan/object.ts'
import { type Yielding, yielding } from '../plan/yielded-fields.ts'
import { HelmError } from './errors.ts'
import { otherOwner, type ReleaseIdentity } from './ownership.ts'
import type { ReleaseKube } from './port.ts'

export interface Admission {
  /** The objects; with a precondition: the uid of those that exist, the absence of the others. */
  readonly objects: readonly KubeObject[]
  /** Still there and on their way out: what is applied to them would go with them. */
  readonly leaving: readonly ObjectRef[]
  /** Storage that stays larger than the chart says, in words for people. */
  readonly grown: readonly string[]
}

/** @throws HelmError OwnedByAnother, naming every such object and whose it is */
export async function admitObjects(
  kube: Pick<ReleaseKube, 'get'>,
  release: ReleaseIdentity,
  objects: readonly KubeObject[],
): Promise<Admission> {
  const existing = await inOrder(objects.map(object => kube.get(refOf(object))))
  const foreign = existing.flatMap(found => {
    const owner = found && otherOwner(found, release)
    return owner === undefined ? [] : [`${found?.kind} ${found?.metadata.name} belongs to ${owner}`]
  })
  if (foreign.length > 0) {
    throw new HelmError({
      reason: 'OwnedByAnother',
      message: `Cannot apply release ${release.name} over objects that are not its own: ${foreign.join('; ')}`,
    })
  }
  const admitted = objects.map((object, index) => asAdmitted(object, existing[index]))
  return {
    objects: admitted.map(({ object }) => object),
    grown: admitted.flatMap(({ grown }) => grown),
    leaving: existing.flatMap(found => (found?.metadata.deletionTimestamp === undefined ? [] : [refOf(found)])),
  }
}

/** Of several failures the first one in order is told, not the first to arrive: the same each time. */
async function inOrder<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

function asAdmitted(object: KubeObject, found: KubeObject | undefined): Yielding {
  if (found === undefined) return { object: onlyIfAbsent(object), grown: [] }
  const admitted = yielding(object, found)
  const { uid } = found.metadata
  if (uid === undefined) return admitted
  return { ...admitted, object: { ...admitted.object, metadata: { ...admitted.object.metadata, uid } } }
}
