import { expect, test } from 'vitest'
import { endpointsOnly, keeping } from './kept-fields.ts'

const marks = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'api',
    namespace: 'tenant-acme',
    uid: 'u',
    resourceVersion: '1',
    labels: { 'tenantry.dev/tenant': 'acme' },
  },
}

test('fields that are looked at are kept, and of the conditions those of the types that are', () => {
  const trim = keeping({ spec: ['replicas', 'paused'], status: ['available'], conditions: ['ReplicaFailure'] })
  const refused = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }
  const object = {
    ...marks,
    metadata: { ...marks.metadata, generation: 3, labels: { ...marks.metadata.labels, app: 'x' } },
    spec: { replicas: 2, template: {} },
    status: { available: 0, unavailable: 2, conditions: [{ type: 'Progressing', message: 'long' }, refused] },
  }
  expect(trim(object)).toEqual({
    ...marks,
    metadata: { ...marks.metadata, generation: 3 },
    spec: { replicas: 2 },
    status: { available: 0, conditions: [refused] },
  })
  expect(trim(marks)).toEqual({ ...marks, spec: {}, status: {} })
})

test('of an EndpointSlice it is kept of which Service it is, and whether anything is ready there', () => {
  const labels = { ...marks.metadata.labels, 'kubernetes.io/service-name': 'api' }
  const slice = { ...marks, metadata: { ...marks.metadata, labels: { ...labels, other: 'x' } } }
  const endpoints = (...ready: (boolean | undefined)[]) =>
    ready.map(one => ({ addresses: ['192.0.2.1'], conditions: one === undefined ? {} : { ready: one } }))
  const kept = (of: unknown) => endpointsOnly({ ...slice, endpoints: of }).endpoints
  expect(endpointsOnly(slice)).toEqual({ ...slice, metadata: { ...slice.metadata, labels }, endpoints: [] })
  expect([kept(endpoints(false, true)), kept(endpoints(undefined)), kept(endpoints(false)), kept(null)]).toEqual([
    [{}],
    [{}],
    [],
    [],
  ])
})
