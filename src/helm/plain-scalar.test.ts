import { expect, test } from 'vitest'
import { plainScalar } from './plain-scalar.ts'

test.each([
  ['yes', true],
  ['On', true],
  ['n', false],
  ['FALSE', false],
  ['', null],
  ['~', null],
  ['0', 0],
  ['-0', 0],
  ['80', 80],
  ['+7', 7],
  ['-12', -12],
  ['1_000', 1000],
  ['0644', 420],
  ['0o17', 15],
  ['0x1F', 31],
  ['0b101', 5],
  ['08', 8],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1e3', 1000],
  ['-2.5E-1', -0.25],
])('%s is a value of its own', (text, value) => {
  expect(plainScalar(text)).toBe(value)
})

test.each([
  'yEs',
  'nil',
  '1.2.3',
  '2026-11-21',
  '2026-11-21T10:00:00Z',
  '12:30',
  '10Gi',
  '100m',
  '-',
  '.',
  '1e',
  '0x',
  'db',
])('%s stays text', text => {
  expect(plainScalar(text)).toBe(text)
})
