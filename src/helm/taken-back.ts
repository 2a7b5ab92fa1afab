/** What somebody's helm did to a release, which a revision of ours takes back. In words for people. Pure. */
import { isOwnAttempt, type RevisionRecord } from './history.ts'

/** `history` is what was there before `revision`, newest first. */
export function takenBack(history: readonly RevisionRecord[], revision: number): string | undefined {
  const last = history.find(record => record.revision < revision && !isOwnAttempt(record))
  if (last?.status === 'uninstalled') {
    return `Revision ${last.revision}, which somebody's helm has uninstalled, is brought back as ${revision}.`
  }
  if (last === undefined || last.digest !== undefined) return undefined
  return `Revision ${last.revision}, which somebody's helm made, is replaced by ${revision}, as the Tenant and its plan say.`
}
