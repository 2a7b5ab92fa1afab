/** The four ways a pass can end. They are never mixed. */
import type { StepFailure } from '../plan/failure.ts'

export type Outcome =
  /** Converged; only a change or the slow resync brings the key back. */
  | { readonly end: 'done' }
  /** The world is on its way; look again, within a time where nobody tells how it goes on. Not an error. */
  | { readonly end: 'wait'; readonly withinMs?: number }
  /** Steps were carried out; look at once at what they did. */
  | { readonly end: 'again' }
  /** Something failed; tried again with growing pauses, which stay short where the tenant is not to blame. */
  | { readonly end: 'backoff'; readonly reason: string; readonly passing?: StepFailure['passing'] }
  /** Only an edit of the object helps. */
  | { readonly end: 'terminal'; readonly reason: string }

export function backoffAfter({ reason, passing }: Pick<StepFailure, 'reason' | 'passing'>): Outcome {
  return { end: 'backoff', reason, ...(passing === undefined ? {} : { passing }) }
}
