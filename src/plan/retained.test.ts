import { expect, test } from 'vitest'
import { TENANT } from '../../test/make/tenant.ts'
import { retainedText } from './retained.ts'

const FIRST = '11111111-0000-4000-8000-000000000001'
const SECOND = '22222222-0000-4000-8000-000000000001'

test('where nothing was kept, nothing is said', () => {
  expect(retainedText(TENANT, [], 'tenantry-system')).toBeUndefined()
})

test('volumes and Secrets of every former tenant are named, each once and in a fixed order', () => {
  const retained = [
    { volume: 'pv-c', formerUid: SECOND },
    { volume: 'pv-b', formerUid: FIRST },
    { volume: 'pv-a', formerUid: SECOND },
  ]
  const text =
    'This tenant starts empty. The data of a former one is in PersistentVolume pv-a, pv-b, pv-c; ' +
    'its credentials are in namespace tenantry-system, Secrets retained-acme-11111111-*, retained-acme-22222222-*.'
  expect(retainedText(TENANT, retained, 'tenantry-system')).toBe(text)
  expect(retainedText(TENANT, retained.toReversed(), 'tenantry-system')).toBe(text)
})
