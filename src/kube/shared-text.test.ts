import { expect, test } from 'vitest'
import { withSharedText } from './shared-text.ts'

/** As it comes from the API server: no two objects have a string in common. */
const parsed = () => JSON.parse(JSON.stringify(object)) as typeof object
const object = {
  metadata: {
    name: 'tenantry-default-deny',
    labels: { 'tenantry.dev/tenant': 'a-tenant-with-a-long-name' },
    annotations: { 'tenantry.dev/applied-digest': 'd'.repeat(64) },
    resourceVersion: '1',
    deletionGracePeriodSeconds: 30,
    finalizers: ['one', 'two'],
  },
  spec: null,
}

test('an object says the same after its text is shared', () => {
  expect(withSharedText(parsed())).toEqual(object)
})

test('the same object is kept, in the shape that it was parsed into', () => {
  const own = parsed()
  expect(withSharedText(own)).toBe(own)
  expect(Object.keys(own.metadata)).toEqual(Object.keys(object.metadata))
})

test('what nobody else has seen may hold a key that would be dangerous to set anew', () => {
  const hostile = JSON.parse('{"__proto__":"text","constructor":{"prototype":"text"}}') as object
  expect(JSON.stringify(withSharedText(hostile))).toBe('{"__proto__":"text","constructor":{"prototype":"text"}}')
  expect(({} as { text?: unknown }).text).toBeUndefined()
})
