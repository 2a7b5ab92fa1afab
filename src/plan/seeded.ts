/** What a chart only begins with. Pure. */
import type { ObjectRef } from './object.ts'

/**
 * Applications rotate what is in a Secret, and people grow a claim, which nobody can make smaller again. So what others
 * made of one stays, as with helm, until its own manifest changes; that it is gone is drift all the same.
 */
export function isSeeded({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean {
  return apiVersion === 'v1' && (kind === 'Secret' || kind === 'PersistentVolumeClaim')
}
