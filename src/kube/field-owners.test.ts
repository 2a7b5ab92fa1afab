import { expect, test } from 'vitest'
import type { FieldsEntry, KubeObject } from '../plan/object.ts'
import { marksOnly, sharedOwners } from './field-owners.ts'

const entry = (time: string, more: Partial<FieldsEntry> = {}): FieldsEntry => ({
  manager: 'helm',
  operation: 'Apply',
  time,
  fieldsV1: { 'f:data': {} },
  ...more,
})

test('objects of which the same managers hold the same fields share one copy, whenever it was written', () => {
  const first = sharedOwners([entry('1'), entry('2', { manager: 'kubelet', subresource: 'status' })])
  expect(sharedOwners([entry('3')])).toBe(first)
  expect(sharedOwners([entry('3', { manager: 'other' })])).not.toBe(first)
  expect(first).toEqual([{ manager: 'helm', operation: 'Apply', fieldsV1: { 'f:data': {} } }])
})

test('of an object that is known by its marks nothing else is kept', () => {
  const metadata = {
    name: 'api',
    namespace: 'tenant-acme',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { 'tenantry.dev/tenant': 'acme', 'tenantry.dev/tenant-uid': 't', other: 'x' },
    annotations: { 'tenantry.dev/applied-digest': 'd', 'meta.helm.sh/release-name': 'x' },
  }
  const object: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata, status: {} }
  expect(marksOnly(object)).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'api',
      namespace: 'tenant-acme',
      uid: 'u',
      resourceVersion: '1',
      labels: { 'tenantry.dev/tenant': 'acme', 'tenantry.dev/tenant-uid': 't' },
      annotations: { 'tenantry.dev/applied-digest': 'd' },
    },
  })
})
