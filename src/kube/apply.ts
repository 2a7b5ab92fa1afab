/** Carries out the steps that concern Kubernetes itself. Each can be repeated without harm. */
import { randomBytes } from 'node:crypto'
import * as names from '../plan/names.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import type { SecretTemplate, Step } from '../plan/step.ts'
import type { Kube } from './client.ts'
import { isAlreadyExists } from './errors.ts'
import { addFinalizer, liftFinalizer } from './finalizer.ts'

export type KubeStep = Extract<Step, { do: `kube.${string}` }>

export function isKubeStep(step: Step): step is KubeStep {
  return step.do.startsWith('kube.')
}

/** `there`: a Secret that was to be made exists already, and was left as it is. */
export async function applyKubeStep(kube: Kube, step: KubeStep): Promise<'done' | 'there'> {
  switch (step.do) {
    case 'kube.apply':
      await kube.apply(step.object, { manager: names.FIELD_MANAGER, force: true, metadataOnly: true })
      return 'done'
    case 'kube.createSecret':
      return createOnce(kube, secretOf(step.secret))
    case 'kube.delete':
      await kube.delete(step.ref, { uid: step.uid, propagation: 'Background' })
      return 'done'
    case 'kube.setVolumePolicy':
      await kube.patch(
        { apiVersion: 'v1', kind: 'PersistentVolume', name: step.volume },
        { metadata: { labels: step.labels }, spec: { persistentVolumeReclaimPolicy: step.policy } },
        { manager: names.FIELD_MANAGER },
      )
      return 'done'
    case 'kube.copySecret':
      await copySecret(kube, step.from, step.to)
      return 'done'
    case 'kube.abandonLease': {
      const { lease: name, uid, abandoned } = step
      // A manager of its own, so that whoever writes the rest of the status takes none of it away.
      await kube.apply(
        {
          apiVersion: names.API_VERSION,
          kind: 'NetworkLease',
          metadata: { name, uid },
          status: { phase: 'Abandoned', abandoned },
        },
        { manager: names.ABANDON_FIELD_MANAGER, force: true, subresource: 'status' },
      )
      return 'done'
    }
    case 'kube.setFinalizer':
      await setFinalizer(kube, step)
      return 'done'
    default:
      return step satisfies never
  }
}

/** The values come into being here, go to the API server, and are kept nowhere else. */
function secretOf({ object, plain, randomBytes: lengths }: SecretTemplate): KubeObject {
  const random = Object.entries(lengths).map(([key, bytes]) => [key, randomBytes(bytes).toString('base64url')])
  return { ...object, stringData: { ...plain, ...Object.fromEntries(random) } }
}

async function createOnce(kube: Kube, object: KubeObject): Promise<'done' | 'there'> {
  try {
    await kube.create(object, { manager: names.FIELD_MANAGER, metadataOnly: true })
    return 'done'
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return 'there'
  }
}

async function copySecret(kube: Kube, from: ObjectRef, to: KubeObject): Promise<void> {
  const source = await kube.get(from)
  if (source === undefined) return
  await createOnce(kube, { ...to, type: source.type, data: source.data })
}

/** The uid keeps a new tenant of the same name untouched; a tenant that is gone already is what was wanted. */
async function setFinalizer(
  kube: Kube,
  { tenant, present }: Extract<Step, { do: 'kube.setFinalizer' }>,
): Promise<void> {
  const ref = { apiVersion: names.API_VERSION, kind: 'Tenant', name: tenant.name }
  const hold = { ref, uid: tenant.uid, finalizer: names.FINALIZER }
  await (present ? addFinalizer(kube, hold) : liftFinalizer(kube, hold))
}
