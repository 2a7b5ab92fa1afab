import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { signSession, verifySession } from './session-token.ts'

const KEY = 'k'.repeat(32)
const SESSION = { sub: 'ada', iss: 'https://acme.example.com', exp: 2000 }
const CHECK = { key: KEY, issuer: SESSION.iss, nowSeconds: 1999 }

function encode(value: unknown) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

test('a token says who it was made for', () => {
  expect(verifySession(signSession(SESSION, KEY), CHECK)).toEqual(SESSION)
})

test('the signature is that of RFC 7515', () => {
  const [header = '', payload = '', signature] = signSession(SESSION, KEY).split('.')
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(signature).toBe(createHmac('sha256', KEY).update(`${header}.${payload}`).digest('base64url'))
})

const TOKEN = signSession(SESSION, KEY)
const [HEADER, PAYLOAD, SIGNATURE] = TOKEN.split('.')

test.each([
  ['expired', TOKEN, { ...CHECK, nowSeconds: 2000 }],
  ['signed with another key', signSession(SESSION, 'x'.repeat(32)), CHECK],
  ['of another environment', TOKEN, { ...CHECK, issuer: 'https://other.example.com' }],
  ['changed', `${HEADER}.${encode({ ...SESSION, sub: 'eve' })}.${SIGNATURE}`, CHECK],
  ['without a signature', `${encode({ alg: 'none', typ: 'JWT' })}.${PAYLOAD}.`, CHECK],
  ['of more parts', `${TOKEN}.x`, CHECK],
  ['empty', '', CHECK],
])('a token that is %s is refused', (_, token, check) => {
  expect(verifySession(token, check)).toBeUndefined()
})
