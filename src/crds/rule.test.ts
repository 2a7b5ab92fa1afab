import { expect, test } from 'vitest'
import { z } from 'zod'
import { openApiOf } from './open-api.ts'
import { text, withRules, withTransitions } from './rule.ts'

const even = { cel: 'self % 2 == 0', message: 'must be even', holds: (value: number) => value % 2 === 0 }
const small = { cel: 'self < 10', message: 'must be below ten', holds: (value: number) => value < 10 }

test('a rule is checked here and told to the API server', () => {
  const schema = withRules(z.int().min(0), even, small)
  expect(schema.safeParse(13).error?.issues.map(({ message }) => message)).toEqual([
    'must be even',
    'must be below ten',
  ])
  expect(openApiOf(schema)).toEqual({
    type: 'integer',
    format: 'int64',
    minimum: 0,
    'x-kubernetes-validations': [
      { rule: 'self % 2 == 0', message: 'must be even' },
      { rule: 'self < 10', message: 'must be below ten' },
    ],
  })
})

test('a rule over an object names the field at fault', () => {
  const pair = z.object({ least: z.int(), most: z.int() })
  const schema = withRules(pair, {
    cel: 'self.least <= self.most',
    message: 'must not be below least',
    holds: ({ least, most }) => least <= most,
    field: 'most',
  })
  expect(schema.safeParse({ least: 2, most: 1 }).error?.issues).toMatchObject([{ path: ['most'] }])
  expect(openApiOf(schema)['x-kubernetes-validations']).toEqual([
    { rule: 'self.least <= self.most', message: 'must not be below least', fieldPath: '.most' },
  ])
})

test('a rule over an update is for the API server alone', () => {
  const schema = withTransitions(z.int(), { cel: 'self >= oldSelf', message: 'must not shrink' })
  expect(schema.safeParse(-5).success).toBe(true)
  expect(openApiOf(schema)['x-kubernetes-validations']).toEqual([
    { rule: 'self >= oldSelf', message: 'must not shrink' },
  ])
})

test('a pattern becomes CEL, whose literal keeps what JavaScript would escape', () => {
  const schema = text(/^"?\S\.$/, 'must be odd', 9)
  expect(schema.safeParse('"x.').success).toBe(true)
  expect(openApiOf(schema)).toEqual({
    type: 'string',
    maxLength: 9,
    'x-kubernetes-validations': [{ rule: 'self.matches("^\\"?\\\\S\\\\.$")', message: 'must be odd' }],
  })
})

test('what is described and made optional afterwards keeps its rules', () => {
  const schema = z.object({ size: withRules(z.int(), even).optional().describe('How many.') })
  expect(openApiOf(schema).properties?.size).toEqual({
    description: 'How many.',
    type: 'integer',
    format: 'int64',
    'x-kubernetes-validations': [{ rule: 'self % 2 == 0', message: 'must be even' }],
  })
})
