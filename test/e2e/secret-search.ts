/** Looks for secret values in texts, in each form in which they could have got there. Pure. */
import { gunzipSync } from 'node:zlib'

export interface SecretValue {
  /** What to call it in a failure: never the value. */
  name: string
  value: string
}

/** Shorter values are found everywhere by chance; `postgres` as a user name is no secret. */
const shortestLength = 12

/** Every value of a Secret that is worth being kept. */
export function secretValues(secret: {
  metadata: { name: string; namespace?: string }
  data?: Record<string, string>
}): SecretValue[] {
  const { name, namespace } = secret.metadata
  return Object.entries(secret.data ?? {})
    .filter(([key]) => !isPublic(key))
    .map(([key, data]) => ({ name: `${namespace}/${name}[${key}]`, value: Buffer.from(data, 'base64').toString() }))
    .filter(({ value }) => value.length >= shortestLength)
}

/** Names and addresses, which statuses and logs may well show, and certificates without their keys. */
function isPublic(key: string): boolean {
  return /^(username|user|host|port|dbname|ca\.crt|tls\.crt|namespace)$/.test(key)
}

/** One sentence for each secret that stands in one of the texts: as it is, quoted, encoded, or split over lines. */
export function foundSecrets(secrets: readonly SecretValue[], texts: ReadonlyMap<string, string>): string[] {
  return [...texts].flatMap(([place, text]) =>
    secrets
      .filter(({ value }) => spellings(value).some(spelling => text.includes(spelling)))
      .map(({ name }) => `${name} is in ${place}`),
  )
}

function spellings(value: string): string[] {
  const inner = value.trim().split('\n')
  // Of a key in PEM form: one line of its middle is as good as the whole.
  const line = inner.length > 2 ? [inner[1] ?? ''] : []
  return [value, JSON.stringify(value).slice(1, -1), base64(value), encodeURIComponent(value), ...line].filter(
    spelling => spelling.length >= shortestLength,
  )
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64').replace(/=+$/, '')
}

/** What Helm keeps in the Secret of a revision: a release as JSON. */
export function helmRecordText({ data }: { data?: Record<string, string> }): string {
  const inner = Buffer.from(data?.release ?? '', 'base64').toString()
  return gunzipSync(Buffer.from(inner, 'base64')).toString()
}
