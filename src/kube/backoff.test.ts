import { expect, test } from 'vitest'
import { createBackoff } from './backoff.ts'

test('pauses double up to the longest, and begin anew after a success', () => {
  const backoff = createBackoff({ minMs: 100, maxMs: 500, random: () => 0 })
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 400, 500])
  backoff.reset()
  expect(backoff.next()).toBe(100)
})

test('the jitter takes away at most half', () => {
  const backoff = createBackoff({ minMs: 100, maxMs: 100, random: () => 1 })
  expect(backoff.next()).toBe(50)
})
