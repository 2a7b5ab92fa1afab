import { expect, test } from 'vitest'
import { withoutValues } from './redaction.ts'

test('values are taken out as they are, quoted, in base 64, and line by line', () => {
  const values = { admin: { password: 'geheim"99' }, keys: ['first line\nsecond line'], number: 15432000 }
  const text = `x geheim"99 "geheim\\"99" ${btoa('geheim"99')} 'second line' 15432000 y`
  expect(withoutValues(text, values)).toBe(`x [value] "[value]" [value] '[value]' [value] y`)
})

test('a value within another goes with it', () => {
  expect(withoutValues('secret-secret-1 secret-secret', { a: 'secret-secret', b: 'secret-secret-1' })).toBe(
    '[value] [value]',
  )
})

test('short values, switches and names that everybody sees stay', () => {
  const values = { plan: 'free', on: true, none: null, tenant: 'acme-corp' }
  const text = 'free true null acme-corp'
  expect(withoutValues(text, values, ['tenant-acme-corp'])).toBe(text)
})

test('a password within a document is taken out by itself', () => {
  const login = { username: 'operator', password: 'geheim-99', email: 'me@x' }
  const token = btoa('robot:sesam-oeffne-dich')
  const auths = { 'one.example.com': login, 'two.example.com': { auth: token } }
  const values = { secrets: [JSON.stringify({ auths }, null, 2), '{ "broken": '] }
  const text = `one.example.com refuses operator with geheim-99; two refuses robot with sesam-oeffne-dich, ${token}`
  expect(withoutValues(text, values)).toBe(
    'one.example.com refuses [value] with [value]; two refuses robot with [value], [value]',
  )
})
