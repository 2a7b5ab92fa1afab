import { expect, test } from 'vitest'
import { quantityValue } from './quantity.ts'

test.each([
  ['2', 2],
  ['500m', 0.5],
  ['0.1', 0.1],
  ['1k', 1000],
  ['512Mi', 536_870_912],
  ['1.5Gi', 1_610_612_736],
  ['10G', 10_000_000_000],
])('%s is %d', (quantity, value) => {
  expect(quantityValue(quantity)).toBe(value)
})

test.each(['', 'Gi', '-1Gi', '1 Gi', '1gi', '1e3', '.5', '1.'])('"%s" is no quantity', quantity => {
  expect(quantityValue(quantity)).toBeNaN()
})
