import { expect, test } from 'vitest'
import { eventObject } from './event-object.ts'

const SOURCE = { controller: 'tenantry.dev/operator', instance: 'tenantry-0' }
const TENANT = { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant', metadata: { name: 'acme', uid: 'u' } }
const EVENT = { type: 'Normal', reason: 'Ready', note: 'All is well.', action: 'Provision' } as const
const NAME = { suffix: 'abc', at: new Date('2026-11-21T08:00:00.123Z') }

test('an event about a cluster-scoped object is in the namespace default', () => {
  expect(eventObject(SOURCE, TENANT, EVENT, NAME)).toEqual({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'acme.abc', namespace: 'default' },
    eventTime: '2026-11-21T08:00:00.123000Z',
    type: 'Normal',
    reason: 'Ready',
    action: 'Provision',
    note: 'All is well.',
    reportingController: 'tenantry.dev/operator',
    reportingInstance: 'tenantry-0',
    regarding: { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant', name: 'acme', uid: 'u' },
  })
})

test("an event about another object is in that object's namespace", () => {
  const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'tenant-acme', uid: 'u' } }
  const { metadata, regarding } = eventObject(SOURCE, about, EVENT, NAME)
  expect([metadata.namespace, (regarding as { namespace: string }).namespace]).toEqual(['tenant-acme', 'tenant-acme'])
})

test('what is too long is cut where the API server would refuse it, between characters', () => {
  const about = { ...TENANT, metadata: { name: 'a'.repeat(253) } }
  const { metadata, note, reason } = eventObject(
    SOURCE,
    about,
    { ...EVENT, note: `a${'ü'.repeat(600)}`, reason: 'R'.repeat(200) },
    NAME,
  )
  expect([metadata.name.length, String(reason).length]).toEqual([253, 128])
  expect(note).toBe(`a${'ü'.repeat(510)}…`)
})
