import { expect, test } from 'vitest'
import type { z } from 'zod'
import {
  byteQuantity,
  cpuQuantity,
  email,
  hostName,
  imageReference,
  line,
  objectName,
  postgresImage,
  tenantName,
} from './scalar.ts'

// What has to be refused stands in test/make/refused-manifest.ts, where the API server is asked too.
const accepted: readonly [string, z.ZodType, readonly unknown[]][] = [
  ['tenant names', tenantName, ['a', '7', 'acme-2', 'x'.repeat(40)]],
  ['object names', objectName, ['free', 'letsencrypt.prod', 'x'.repeat(253)]],
  ['lines', line, ['A', 'Müller & Söhne GmbH', '株式会社', "O'Neill, Inc."]],
  ['e-mail addresses', email, ['a@b.de', 'ada.lovelace+tenants@mail.example.com', "o'neill@example.com"]],
  ['host names', hostName, ['acme.localhost', 'a.b.c.example.com', 'xn--mnchen-3ya.de', '7.example.com']],
  ['images', imageReference, ['app:1', 'localhost:5000/app:v1', 'r.example.com/a_b/c-d/e:1.0.0-rc.1']],
  ['images by digest', imageReference, [`app@sha256:${'a'.repeat(64)}`, `app:latest@sha256:${'a'.repeat(64)}`]],
  ['images of PostgreSQL', postgresImage, ['postgresql:15', 'r.example.com:5000/pg:17.5-bookworm']],
  ['CPU', cpuQuantity, ['1m', '250m', '0.5', '16', 2]],
  ['bytes', byteQuantity, ['1Mi', '50Gi', '1.5Ti', '10G', 1_048_576]],
]

test.each(accepted)('%s are accepted', (_, schema, values) => {
  expect(values.filter(value => !schema.safeParse(value).success)).toEqual([])
})

test.each(['\u00a0x', 'x\u3000', '\u2003', 'a\u2028b', 'x\u2029', ' x', 'x\n', 'a\u0000b'])(
  '%o is no line of text',
  text => {
    expect(line.safeParse(text).success).toBe(false)
  },
)

test.each(['👩‍👩‍👧‍👦', '\u202eabc', 'مرحبا', '\ufeffx', '{{ x }}', 'a\u00a0b'])('%o is one', text => {
  expect(line.safeParse(text).success).toBe(true)
})

test('characters are counted as the API server counts them', () => {
  expect(line.safeParse('💥'.repeat(120)).success).toBe(true)
  expect(line.safeParse('💥'.repeat(121)).error?.issues[0]?.message).toBe('must be at most 120 characters long')
})
