/**
 * The same text once. Objects of a thousand tenants say the same in nearly every field, and those of one tenant repeat its
 * name, namespace and uid; what is parsed has a string of its own for each of them.
 */

/** Beyond this the table is begun anew: what has been shared stays so, and nobody makes it grow without end. */
const MOST = 100_000
const LONGEST = 1000
/** Of their own for each object, or shared as a whole already. */
const UNIQUE = new Set([
  ...['uid', 'resourceVersion', 'creationTimestamp', 'startedAt', 'managedFields'],
  ...['digest', 'tenantry.dev/applied-digest', 'host', 'url', 'apiUrl'],
])

const known = new Map<string, string>()

/** Of its own for each object. */
export function isUnique(key: string): boolean {
  return UNIQUE.has(key)
}

export function sharedText(text: string): string {
  if (text.length > LONGEST) return text
  const same = known.get(text)
  if (same !== undefined) return same
  if (known.size >= MOST) known.clear()
  known.set(text, text)
  return text
}

/** Of an object that nobody else has seen yet: it is changed in place, so that it keeps the shape it was parsed into. */
export function withSharedText<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  for (const key in fields) {
    const field = fields[key]
    if (typeof field === 'string') {
      if (!UNIQUE.has(key)) fields[key] = sharedText(field)
    } else if (!UNIQUE.has(key)) withSharedText(field)
  }
  return value
}
