import { expect, test } from 'vitest'
import { withoutValues } from './redaction.ts'

test('values are taken out as they are, quoted, in base 64, and line by line', () => {
  const values = { admin: { password: 'geheim"99' }, keys: ['first line\nsecond line'], port: 15432 }
  const text = `x geheim"99 "geheim\\"99" ${btoa('geheim"99')} 'second line' 15432 y`
  expect(withoutValues(text, values)).toBe(`x [value] "[value]" [value] '[value]' [value] y`)
})

test('a value within another goes with it', () => {
  expect(withoutValues('secretsecret1 secret', { a: 'secret', b: 'secretsecret1' })).toBe('[value] [value]')
})

test('short values, switches and names that everybody sees stay', () => {
  const values = { plan: 'pro', on: true, none: null, tenant: 'acme' }
  expect(withoutValues('pro true null acme', values, ['tenant-acme'])).toBe('pro true null acme')
})
