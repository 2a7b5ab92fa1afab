import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KubeObject } from '../plan/object.ts'
import { nameOf, pack, unpack } from './packed-object.ts'

const uid = '0b4f6c1e-0000-4000-8000-000000000001'
const object = {
  apiVersion: 'tenantry.dev/v1alpha1',
  kind: 'Tenant',
  metadata: {
    name: 'acme',
    uid,
    resourceVersion: '12345678',
    creationTimestamp: '2026-11-21T09:08:07Z',
    annotations: { 'tenantry.dev/applied-digest': 'ab'.repeat(32) },
    finalizers: ['one', 'two'],
  },
  spec: { machines: [], nested: {}, is: true, none: null, count: 1.5 },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Stalled', status: 'False' },
    ],
    unlike: [{ a: 1 }, { b: 2 }, 'text', [1, [2]], {}, []],
    empty: [{}, {}],
  },
}

test('what is packed says the same when it is unpacked, in the same order', () => {
  const kept = pack(object)
  expect(Array.isArray(kept)).toBe(true)
  expect(JSON.stringify(unpack(kept))).toBe(JSON.stringify(object))
  expect(nameOf(kept)).toBe('acme')
})

test('each look has an object of its own', () => {
  const kept = pack(object)
  expect(unpack(kept)).not.toBe(unpack(kept))
})

test('objects of one kind may have fields of any sort, one after the other', () => {
  const word = fc.constantFrom(
    'uid',
    'digest',
    'resourceVersion',
    'creationTimestamp',
    'kind',
    'metadata',
    '1',
    '"',
    'é',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      uid,
      uid.toUpperCase(),
      'ab'.repeat(32),
      'a'.repeat(33),
      '0',
      '01',
      '7',
      '9'.repeat(15),
      '9'.repeat(16),
    ),
    fc.constantFrom('2026-11-21T09:08:07Z', '2026-02-30T09:08:07Z', '2026-11-21T09:08:60Z', '2026-11-21T24:00:00Z'),
  )
  const value = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(text, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(word, fc.string()), tie('value'), { maxKeys: 3 }),
    ),
  })).value
  fc.assert(
    fc.property(value, value, value, (apiVersion, uid, spec) => {
      const made = { apiVersion, kind: 'Any', metadata: { uid, name: 'one' }, spec } as unknown as KubeObject
      // As it comes from the API server.
      const parsed = JSON.parse(JSON.stringify(made)) as KubeObject
      expect(unpack(pack(parsed))).toEqual(parsed)
      expect(nameOf(pack(parsed))).toBe('one')
    }),
    { numRuns: 50 },
  )
})

test('a key that would be dangerous to set is kept with the object as it is', () => {
  const hostile = JSON.parse('{"apiVersion":"v1","kind":"Any","metadata":{"name":"a","labels":{"__proto__":"x"}}}')
  expect(pack(hostile)).toBe(hostile)
  const inArray = JSON.parse('{"apiVersion":"v1","kind":"Any","metadata":{"name":"a"},"spec":[{"__proto__":{"x":1}}]}')
  expect(JSON.stringify(unpack(pack(inArray)))).toBe(JSON.stringify(inArray))
  expect(({} as { x?: unknown }).x).toBeUndefined()
})

test('who holds which fields is kept by all objects as one', () => {
  const managedFields = [{ manager: 'helm' }]
  const { metadata } = unpack(pack({ ...object, metadata: { ...object.metadata, managedFields } }))
  expect(metadata.managedFields).toBe(managedFields)
})
