import { createHash } from 'node:crypto'
import type { State } from '../state.ts'

/** Of the file in which all storages stand. */
export function storagesDigest({ storages }: State): string {
  return createHash('sha1').update(JSON.stringify(storages)).digest('hex')
}
