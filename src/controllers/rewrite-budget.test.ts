import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRewriteBudget, REWRITES, type RewriteBudget, WINDOW_MS } from './rewrite-budget.ts'

function putBack(budget: RewriteBudget, key: string, nowMs: number): boolean {
  const allowed = budget.allows(key, nowMs)
  if (allowed) budget.spend(key, nowMs)
  return allowed
}

test('an object is put back a few times, then not again before the first of them is long ago', () => {
  const budget = createRewriteBudget()
  const asked = Array.from({ length: REWRITES + 1 }, (_, second) => putBack(budget, 'a', second * 1000))
  expect(asked).toEqual([...Array.from({ length: REWRITES }, () => true), false])
  expect(putBack(budget, 'a', WINDOW_MS - 1)).toBe(false)
  expect(putBack(budget, 'a', WINDOW_MS)).toBe(true)
  expect(putBack(budget, 'b', 0)).toBe(true)
})

test('however often it is asked, no window has more than its writes', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: WINDOW_MS }), { maxLength: 60 })
  fc.assert(
    fc.property(pauses, pauses => {
      const budget = createRewriteBudget()
      let nowMs = 0
      const written = pauses.flatMap(pause => {
        nowMs += pause
        return putBack(budget, 'a', nowMs) ? [nowMs] : []
      })
      const inWindow = (from: number) => written.filter(at => at >= from && at < from + WINDOW_MS).length
      expect(Math.max(0, ...written.map(inWindow))).toBeLessThanOrEqual(REWRITES)
    }),
  )
})
