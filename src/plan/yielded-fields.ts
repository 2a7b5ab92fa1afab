/**
 * Fields of a release that may go over to others: the count of pods, to an autoscaler, and the size of storage, to whoever
 * makes it larger. Nobody can make it smaller again, so that putting it back would be refused for ever. Pure.
 */
import { quantityValue } from '../crds/quantity.ts'
import { type FieldPath, type Fields, fieldsDigest, isAutoscaled, isHeldByOthers } from './managed-fields.ts'
import type { KubeObject, ObjectRef } from './object.ts'

type Kind = Pick<ObjectRef, 'apiVersion' | 'kind'>

const REPLICAS: FieldPath = ['spec', 'replicas']
const CLAIMED: FieldPath = ['spec', 'resources', 'requests', 'storage']
const DATABASE_SIZES: readonly FieldPath[] = [
  ['spec', 'storage', 'size'],
  ['spec', 'walStorage', 'size'],
]

function sizesIn({ apiVersion, kind }: Kind): readonly FieldPath[] {
  if (apiVersion === 'v1' && kind === 'PersistentVolumeClaim') return [CLAIMED]
  return apiVersion.startsWith('postgresql.cnpg.io/') && kind === 'Cluster' ? DATABASE_SIZES : []
}

/** What an apply of this object leaves in its manager's hands, whether or not an autoscaler has the count of pods. */
export function heldDigest(object: KubeObject, fields: Fields, manager: string): string {
  return fieldsDigest(fields, manager, valueAt(object, REPLICAS) === undefined ? [] : [REPLICAS])
}

/** The manager holds what it held when this was its digest, but for what it may have yielded. */
export function holdsStill(digest: string, kind: Kind, fields: Fields, manager: string): boolean {
  const scaled = isAutoscaled(fields, REPLICAS) ? [REPLICAS] : []
  const grown = sizesIn(kind).filter(path => isHeldByOthers(fields, manager, path))
  return selections([...scaled, ...grown]).some(yielded => fieldsDigest(fields, manager, yielded) === digest)
}

/** Some of these, or none: what others hold may be theirs from the beginning. */
function selections([first, ...rest]: readonly FieldPath[]): FieldPath[][] {
  if (first === undefined) return [[]]
  return selections(rest).flatMap(selection => [selection, [first, ...selection]])
}

export interface Yielding {
  /** As it is to be applied: without what an autoscaler holds, and with storage as large as it is. */
  readonly object: KubeObject
  /** Storage that stays larger than it should be, in words for people. */
  readonly grown: readonly string[]
}

export function yielding(object: KubeObject, found: KubeObject): Yielding {
  const sizes = sizesIn(object).flatMap(path => {
    const [wanted, size] = [valueAt(object, path), valueAt(found, path)]
    if (typeof wanted !== 'string' || typeof size !== 'string') return []
    return quantityValue(size) > quantityValue(wanted) ? [{ path, wanted, size }] : []
  })
  const unscaled = isAutoscaled(found.metadata.managedFields ?? [], REPLICAS) ? withoutReplicas(object) : object
  return {
    object: sizes.reduce((grown, { path, size }) => withField(grown, path, size), unscaled),
    grown: sizes.map(({ wanted, size }) => {
      const { kind, metadata } = object
      return `${kind} ${metadata.name} keeps its ${size} of storage, where the chart says ${wanted}: storage cannot shrink.`
    }),
  }
}

function withoutReplicas(object: KubeObject): KubeObject {
  const { replicas: _, ...spec } = (object.spec ?? {}) as { replicas?: number }
  return object.spec === undefined ? object : { ...object, spec }
}

function valueAt(object: KubeObject, path: FieldPath): unknown {
  return path.reduce<unknown>((value, field) => (value as Record<string, unknown> | null | undefined)?.[field], object)
}

function withField<T>(value: T, [field, ...rest]: FieldPath, end: string): T {
  if (field === undefined) return end as T
  const fields = value as Record<string, unknown>
  return { ...fields, [field]: withField(fields[field], rest, end) } as T
}
