/** Digests of plain data: equal for equal content, whatever the order of its keys. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** SHA-256 of the canonical JSON of a value, as 64 hexadecimal digits. */
export function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))))
}

/** JSON with sorted keys and without undefined fields. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => (isRecord(field) ? sortedByKey(field) : field)) ?? 'null'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortedByKey(record: Record<string, unknown>): Record<string, unknown> {
  // No prototype: a key such as `__proto__` from somebody's manifest stays an ordinary key.
  const sorted = Object.create(null) as Record<string, unknown>
  for (const key of Object.keys(record).sort()) sorted[key] = record[key]
  return sorted
}
