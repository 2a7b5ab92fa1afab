/** What a former tenant of the same name left behind, in words: the new one starts empty and says where the data is. Pure. */
import * as names from './names.ts'
import type { RetainedVolume } from './observation.ts'
import type { TenantIdentity } from './release.ts'

/** Undefined where nothing was kept. */
export function retainedText(
  tenant: TenantIdentity,
  retained: readonly RetainedVolume[],
  operatorNamespace: string,
): string | undefined {
  if (retained.length === 0) return undefined
  const volumes = retained.map(({ volume }) => volume).sort()
  const uids = [...new Set(retained.map(({ formerUid }) => formerUid))].sort()
  const secrets = uids.map(uid => `${names.retainedSecretPrefix({ name: tenant.name, uid })}*`)
  return `This tenant starts empty. The data of a former one is in PersistentVolume ${volumes.join(', ')}; its credentials are in namespace ${operatorNamespace}, Secrets ${secrets.join(', ')}.`
}
