import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

const all = ['limit', 'tenantry', 'helm', 'dot-i']

test('without arguments all take part with a hundred tenants and an idle minute', () => {
  expect(parseOptions([])).toEqual({ runs: [{ tenants: 100, only: all }], idleSeconds: 60 })
})

test('several numbers of tenants are several runs, of which the large ones are for this operator alone', () => {
  expect(parseOptions(['--tenants', '100,300,1000', '--markdown', 'x.md'])).toMatchObject({
    runs: [
      { tenants: 100, only: all },
      { tenants: 300, only: all },
      { tenants: 1000, only: ['tenantry'] },
    ],
    markdown: 'x.md',
  })
})

test('the limit comes first whatever the order, for the others are compared with it', () => {
  expect(parseOptions(['--only', 'tenantry,limit', '--tenants', '3,1000', '--json', 'x.json'])).toEqual({
    runs: [
      { tenants: 3, only: ['limit', 'tenantry'] },
      { tenants: 1000, only: ['limit', 'tenantry'] },
    ],
    idleSeconds: 60,
    json: 'x.json',
  })
})

test.each([
  [['--tenants', '0'], '--tenants: numbers from 1 to 9999'],
  [['--tenants', 'many'], '--tenants: numbers from 1 to 9999'],
  [['--tenants', '100,'], '--tenants: numbers from 1 to 9999'],
  [['--idle-seconds', 'x'], '--idle-seconds: a number from 0'],
  [['--only', 'flux'], '--only: flux is none of limit, tenantry, helm, dot-i'],
])('%s is refused', (argv, sentence) => {
  expect(parseOptions(argv)).toBe(sentence)
})
