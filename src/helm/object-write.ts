/** Writes objects of a release, as the release's own account, and keeps what they hold out of what is said about it. */
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import type { ReleaseKube, WriteOptions } from './port.ts'

/** The service account of the tenant's namespace, which can reach nothing outside it. */
export function asRelease(kube: ReleaseKube, { namespace }: { readonly namespace: string }): ReleaseKube {
  return kube.as(names.releaseUser(namespace))
}

export async function applyObject(
  kube: ReleaseKube,
  object: KubeObject,
  answer: Pick<WriteOptions, 'metadataOnly'> = {},
): Promise<KubeObject> {
  try {
    return await kube.apply(object, { manager: names.RELEASE_FIELD_MANAGER, force: true, ...answer })
  } catch (error) {
    throw object.kind === 'Secret' ? withoutContent(error, object) : error
  }
}

/** A precondition did not hold: another object is there, or one where none should be. */
export function isConflict(error: unknown): boolean {
  return (error as { reason?: unknown }).reason === 'Conflict'
}

/** Answers that speak of access and load, and never of what is inside. */
const SILENT_ABOUT_CONTENT = new Set(['Forbidden', 'Unauthorized', 'NotFound', 'Conflict', 'TooManyRequests'])

/** An answer that refuses a Secret may quote it. */
function withoutContent(error: unknown, { metadata }: KubeObject): unknown {
  const { reason, status } = error as { reason?: unknown; status?: unknown }
  if (status === 0 || status === undefined || SILENT_ABOUT_CONTENT.has(String(reason))) return error
  return new HelmError({
    reason: 'SecretRefused',
    message: `Cannot apply Secret ${metadata.namespace}/${metadata.name}: the API server refuses it (${reason}); its words are left out, for they may quote the Secret`,
  })
}
