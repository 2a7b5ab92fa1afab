import { expect, test } from 'vitest'
import { type Credentials, createCredentialSource } from './credentials.ts'

function given(answers: Credentials[]) {
  const clock = { ms: 0 }
  const loads: boolean[] = []
  const source = createCredentialSource({
    load: async anew => {
      loads.push(anew)
      return answers[Math.min(loads.length, answers.length) - 1] as Credentials
    },
    maxAgeMs: 10_000,
    minRefreshMs: 5_000,
    now: () => clock.ms,
  })
  return { source, clock, loads }
}

const withToken = (token: string, ca = 'ca'): Credentials => ({ headers: { authorization: token }, tls: { ca } })

test('credentials are loaded once for many requests, and again after a while', async () => {
  const { source, clock, loads } = given([withToken('a'), withToken('b')])
  const both = await Promise.all([source.current(), source.current()])
  clock.ms = 9_999
  expect([...both, await source.current()].map(({ headers }) => headers.authorization)).toEqual(['a', 'a', 'a'])
  clock.ms = 10_000
  expect((await source.current()).headers.authorization).toBe('b')
  expect(loads).toEqual([false, false])
})

test('the TLS identity stays the same object for as long as it is the same', async () => {
  const { source, clock } = given([withToken('a'), withToken('b'), withToken('c', 'other')])
  const { tls } = await source.current()
  clock.ms = 10_000
  expect((await source.current()).tls).toBe(tls)
  clock.ms = 20_000
  expect((await source.current()).tls).toEqual({ ca: 'other' })
})

test('refused credentials are loaded anew, once for all who were refused', async () => {
  const { source, loads } = given([withToken('a'), withToken('b')])
  const refused = await source.current()
  expect([source.refresh(refused), source.refresh(refused)]).toEqual([true, true])
  expect((await source.current()).headers.authorization).toBe('b')
  expect(source.refresh(refused)).toBe(true)
  expect((await source.current()).headers.authorization).toBe('b')
  expect(loads).toEqual([false, true])
})

test('where the new ones are refused too, it is not tried again at once', async () => {
  const { source, clock } = given([withToken('a')])
  source.refresh(await source.current())
  const again = await source.current()
  expect(source.refresh(again)).toBe(false)
  clock.ms = 5_000
  expect(source.refresh(again)).toBe(true)
})

test('what could not be loaded is an error now and tried again by the next', async () => {
  let fails = true
  const source = createCredentialSource({
    load: async () => {
      if (fails) throw new Error('no')
      return withToken('a')
    },
  })
  await expect(source.current()).rejects.toThrow('no')
  fails = false
  expect((await source.current()).headers.authorization).toBe('a')
})
