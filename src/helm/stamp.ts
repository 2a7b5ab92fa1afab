/** Marks the objects of a release as Helm does, and as the tenant's. Pure. */
import { digestOf } from '../plan/digest.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import {
  MANAGED_BY_HELM,
  MANAGED_BY_LABEL,
  RELEASE_NAME_ANNOTATION,
  RELEASE_NAMESPACE_ANNOTATION,
  type ReleaseIdentity,
} from './ownership.ts'

/** The object as it is applied. Its digest, over everything else in it, is written into it. */
export function stampedObject(object: KubeObject, { name, namespace, tenant }: ReleaseIdentity): KubeObject {
  const labels = {
    ...object.metadata.labels,
    [MANAGED_BY_LABEL]: MANAGED_BY_HELM,
    [names.TENANT_LABEL]: tenant.name,
    [names.TENANT_UID_LABEL]: tenant.uid,
  }
  const annotations = {
    ...object.metadata.annotations,
    [RELEASE_NAME_ANNOTATION]: name,
    [RELEASE_NAMESPACE_ANNOTATION]: namespace,
  }
  const marked = { ...object, metadata: { ...object.metadata, labels, annotations } }
  const digest = { [names.APPLIED_ANNOTATION]: digestOf(marked) }
  return { ...marked, metadata: { ...marked.metadata, annotations: { ...annotations, ...digest } } }
}

export function stampedDigest({ metadata }: KubeObject): string {
  return metadata.annotations?.[names.APPLIED_ANNOTATION] ?? ''
}
