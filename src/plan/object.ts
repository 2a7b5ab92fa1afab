/** Kubernetes objects as plain data, and how they are referred to. */

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly managedFields?: readonly FieldsEntry[]
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[]
}

/** Who holds which fields of an object, as the API server keeps it. */
export interface FieldsEntry {
  readonly manager?: string
  readonly operation?: string
  readonly subresource?: string
  readonly time?: string
  readonly fieldsV1?: FieldTree
}

/** `f:<field>`, `k:<keys of a list item>`, `v:<value of a set>`; what has no children is held as a whole. */
export interface FieldTree {
  readonly [part: string]: FieldTree
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/**
 * The object, to be applied only where there is none yet: what somebody else makes between a look and an apply is not
 * taken over. No object ever has this resourceVersion, and where there is none the API server does not ask for it.
 */
export function onlyIfAbsent(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '1' } }
}

/** Names one object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** `apps/v1/Deployment/tenant-acme/api`: equal for two references exactly when they name the same object. */
export function refKey(ref: ObjectRef): string {
  return `${ref.apiVersion}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
}

/** Of an entry in an inventory, whatever else it says. */
export function refOfEntry({ apiVersion, kind, namespace, name }: OptionalNamespace): ObjectRef {
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name }
}

type OptionalNamespace = Omit<ObjectRef, 'namespace'> & { readonly namespace?: string | undefined }

export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object
  return metadata.namespace === undefined
    ? { apiVersion, kind, name: metadata.name }
    : { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }
}
