/** Deletes objects of a release, each only where it is still the release's own. */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import { refOfEntry } from '../plan/object.ts'
import { isKept, otherOwner, type ReleaseIdentity } from './ownership.ts'
import type { ReleaseKube, ReleasePorts } from './port.ts'

/**
 * gone: proven absent · deleting: asked for, or going already · kept: marked to outlive the release · foreign: somebody
 * else's by now, and left alone
 */
export type Removal = 'gone' | 'deleting' | 'kept' | 'foreign'

export interface RemovalOptions {
  /** The client to look and delete with: the release's own service account. */
  readonly kube: ReleaseKube
  readonly scopeOf: ReleasePorts['scopeOf']
  readonly release: ReleaseIdentity
  /** Foreground: the object stays until everything it owns is gone. */
  readonly propagation: 'Foreground' | 'Background'
}

export async function removeObject(entry: InventoryEntry, options: RemovalOptions): Promise<Removal> {
  const { kube, scopeOf, release, propagation } = options
  if ((await scopeOf(entry)) === 'NotServed') return 'gone'
  const ref = refOfEntry(entry)
  const found = await kube.get(ref)
  if (found === undefined) return 'gone'
  if (otherOwner(found, release) !== undefined) return 'foreign'
  if (isKept(found)) return 'kept'
  if (found.metadata.deletionTimestamp !== undefined) return 'deleting'
  const uid = found.metadata.uid
  const answer = await kube.delete(ref, { propagation, ...(uid === undefined ? {} : { uid }) })
  return answer === 'absent' ? 'gone' : 'deleting'
}
