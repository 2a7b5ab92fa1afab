import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { foundSecrets, helmRecordText, secretValues } from './secret-search.ts'

const value = 'correct-horse-battery'
const secret = {
  metadata: { name: 'tenantry-admin', namespace: 'tenant-acme' },
  data: { username: encoded('ada@acme.example.com'), password: encoded(value), short: encoded('abc') },
}
const secrets = secretValues(secret)

test('a search knows the values that matter, and finds them in their own Secret', () => {
  expect(secrets).toEqual([{ name: 'tenant-acme/tenantry-admin[password]', value }])
  expect(foundSecrets(secrets, new Map([['its own Secret', JSON.stringify(secret)]]))).toEqual([
    'tenant-acme/tenantry-admin[password] is in its own Secret',
  ])
})

test.each([
  ['as it is', `password=${value} `],
  ['in a URL', `postgresql://app:${encodeURIComponent(value)}@db`],
  ['in base 64', JSON.stringify({ data: encoded(value) })],
])('a secret is found %s', (_, text) => {
  expect(foundSecrets(secrets, new Map([['a log', text]]))).toHaveLength(1)
})

test("a secret is found in Helm's record", () => {
  const inner = gzipSync(JSON.stringify({ config: { password: value } })).toString('base64')
  const record = { data: { release: encoded(inner) } }
  expect(foundSecrets(secrets, new Map([['a record', helmRecordText(record)]]))).toHaveLength(1)
})

function encoded(text: string): string {
  return Buffer.from(text).toString('base64')
}
