/** What programs say of themselves may hold how they log in elsewhere. Pure. */

/** `postgres://app:secret@db` */
export function withoutLogins(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[login]@')
}
