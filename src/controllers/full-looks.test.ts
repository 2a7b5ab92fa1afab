import { expect, test } from 'vitest'
import { createFullLooks } from './full-looks.ts'

test('a full look is due when the last one, or the start, is long enough ago', () => {
  let nowMs = 1000
  const looks = createFullLooks(() => nowMs)
  expect([looks.isDue('acme', 300), looks.isDue('acme', 300)]).toEqual([false, false])
  nowMs = 1299
  expect(looks.isDue('acme', 300)).toBe(false)
  nowMs = 1300
  expect([looks.isDue('acme', 300), looks.isDue('globex', 300)]).toEqual([true, false])
  looks.taken('acme')
  expect(looks.isDue('acme', 300)).toBe(false)
})
