import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('without arguments all take part with a hundred tenants and an idle minute', () => {
  expect(parseOptions([])).toEqual({ tenants: 100, idleSeconds: 60, only: ['limit', 'tenantry', 'helm', 'dot-i'] })
})

test('the limit comes first whatever the order, for the others are compared with it', () => {
  expect(parseOptions(['--only', 'tenantry,limit', '--tenants', '3', '--json', 'x.json'])).toEqual({
    tenants: 3,
    idleSeconds: 60,
    only: ['limit', 'tenantry'],
    json: 'x.json',
  })
})

test.each([
  [['--tenants', '0'], '--tenants: a number from 1 to 9999'],
  [['--tenants', 'many'], '--tenants: a number from 1 to 9999'],
  [['--idle-seconds', 'x'], '--idle-seconds: a number from 0'],
  [['--only', 'flux'], '--only: flux is none of limit, tenantry, helm, dot-i'],
])('%s is refused', (argv, sentence) => {
  expect(parseOptions(argv)).toBe(sentence)
})
