/**
 * Who holds the fields of what is watched, once for all objects of which it is the same. The managedFields of an object
 * are longer than the rest of its metadata, and those of a thousand tenants differ in nothing but their times.
 */
import * as names from '../plan/names.ts'
import type { FieldsEntry, KubeObject } from '../plan/object.ts'

/** Shapes beyond these are kept one by one: nobody can make the table grow by editing. */
const MAX_SHAPES = 1000
const shapes = new Map<string, readonly FieldsEntry[]>()

/** The same array for the same content: who holds which fields, without the times. What reports status is left out. */
export function sharedOwners(managedFields: readonly FieldsEntry[]): readonly FieldsEntry[] {
  const lasting = managedFields
    .filter(({ subresource }) => subresource !== 'status')
    .map(({ manager, operation, subresource, fieldsV1 }) => ({ manager, operation, subresource, fieldsV1 }))
  const key = JSON.stringify(lasting)
  const known = shapes.get(key)
  if (known !== undefined) return known
  const shape = JSON.parse(key) as FieldsEntry[]
  if (shapes.size < MAX_SHAPES) shapes.set(key, shape)
  return shape
}

export function withSharedOwners(object: KubeObject): KubeObject {
  const { managedFields } = object.metadata
  if (managedFields === undefined) return object
  return { ...object, metadata: { ...object.metadata, managedFields: sharedOwners(managedFields) } }
}

/** Of an object that only has to be there as it was applied. */
export function marksOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, labels, annotations, managedFields } = metadata
  const digest = annotations?.[names.APPLIED_ANNOTATION]
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      labels: picked(labels, [names.TENANT_LABEL, names.TENANT_UID_LABEL]),
      ...(digest === undefined ? {} : { annotations: { [names.APPLIED_ANNOTATION]: digest } }),
      ...(managedFields === undefined ? {} : { managedFields: sharedOwners(managedFields) }),
    },
  }
}

function picked(labels: Readonly<Record<string, string>> = {}, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap(key => (labels[key] === undefined ? [] : [[key, labels[key]]])))
}
