/** Finalizers of objects that others may have finalizers on too. */
import * as names from '../plan/names.ts'
import type { ObjectRef } from '../plan/object.ts'
import type { Kube } from './client.ts'

interface Hold {
  readonly ref: ObjectRef
  /** Another object of that name is left alone. */
  readonly uid: string
  readonly finalizer: string
}

/** Applied, so that those of others stay. A conflict where another object has taken the name. */
export async function addFinalizer(kube: Pick<Kube, 'apply'>, { ref, uid, finalizer }: Hold): Promise<void> {
  const { apiVersion, kind, name, namespace } = ref
  const place = namespace === undefined ? {} : { namespace }
  const metadata = { name, ...place, uid, finalizers: [finalizer] }
  await kube.apply({ apiVersion, kind, metadata }, { manager: names.FIELD_MANAGER, force: true, metadataOnly: true })
}

/**
 * An object that is gone already is what was wanted. Applying a set without the finalizer would leave it there where
 * somebody else owns it too, such as the restore of a backup.
 */
export async function liftFinalizer(kube: Pick<Kube, 'get' | 'patch'>, { ref, uid, finalizer }: Hold): Promise<void> {
  const found = await kube.get(ref)
  if (found?.metadata.uid !== uid) return
  const { resourceVersion, finalizers = [] } = found.metadata
  const others = finalizers.filter(other => other !== finalizer)
  await kube.patch(ref, { metadata: { resourceVersion, finalizers: others } }, { manager: names.FIELD_MANAGER })
}
