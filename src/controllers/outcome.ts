/** The four ways a pass can end. They are never mixed. */

export type Outcome =
  /** Converged; only a change or the slow resync brings the key back. */
  | { readonly end: 'done' }
  /** The world is on its way; look again. Not an error. */
  | { readonly end: 'wait' }
  /** Steps were carried out; look at once at what they did. */
  | { readonly end: 'again' }
  /** Something failed; tried again with growing pauses. */
  | { readonly end: 'backoff'; readonly reason: string }
  /** Only an edit of the object helps. */
  | { readonly end: 'terminal'; readonly reason: string }
