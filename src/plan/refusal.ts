/** What the API server's words about a pod or an object that it refuses come down to. Pure. */

/** `QuotaExceeded`, or else what the caller would call it. */
export function refusalReason(message: string, otherwise: string): string {
  return message.includes('exceeded quota: ') ? 'QuotaExceeded' : otherwise
}

/** Every try names another pod. */
export function withoutPodNames(message: string): string {
  return message.replaceAll(/pods "[^"]*"/g, 'a pod')
}
