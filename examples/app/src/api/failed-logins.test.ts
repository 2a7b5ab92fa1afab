import { expect, test } from 'vitest'
import { createFailedLogins } from './failed-logins.ts'

const LIMITS = { attempts: 2, windowMs: 10_000, clients: 2 }

test('a client that fails too often waits until its window ends', () => {
  let now = 0
  const failedLogins = createFailedLogins(() => now, LIMITS)
  failedLogins.add('a')
  expect(failedLogins.blockedFor('a')).toBe(0)
  now = 4_000
  failedLogins.add('a')
  expect([failedLogins.blockedFor('a'), failedLogins.blockedFor('b')]).toEqual([6, 0])
  now = 10_000
  expect(failedLogins.blockedFor('a')).toBe(0)
})

test('only so many clients are remembered', () => {
  const failedLogins = createFailedLogins(() => 0, LIMITS)
  for (const client of ['a', 'a', 'b', 'b', 'c']) failedLogins.add(client)
  expect(['a', 'b', 'c'].map(failedLogins.blockedFor)).toEqual([0, 10, 0])
})
