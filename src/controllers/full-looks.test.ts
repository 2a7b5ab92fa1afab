import { expect, test } from 'vitest'
import { createFullLooks } from './full-looks.ts'

test('a full look is due when the last one, or the start, is long enough ago', () => {
  let nowMs = 1000
  const looks = createFullLooks(300, () => nowMs)
  expect([looks.isDue('acme'), looks.isDue('acme')]).toEqual([false, false])
  nowMs = 1299
  expect(looks.isDue('acme')).toBe(false)
  nowMs = 1300
  expect([looks.isDue('acme'), looks.isDue('globex')]).toEqual([true, false])
  looks.taken('acme')
  expect(looks.isDue('acme')).toBe(false)
})
