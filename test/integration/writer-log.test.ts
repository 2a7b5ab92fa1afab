import { expect, test } from 'vitest'
import { overlaps, readWriterLog, type TenantWrite, unauthorised, writersOf } from './writer-log.ts'

const write = (replica: string, beganMs: number, endedMs = beganMs + 1): TenantWrite => ({
  replica,
  beganMs,
  endedMs,
  tenant: 'acme',
  what: 'patch tenants /acme',
})
const lease = (replica: string, beganMs: number, holder = replica) => ({
  replica,
  beganMs,
  endedMs: beganMs + 1,
  shard: 0,
  count: 1,
  holder,
})

test('a writer that begins before the former has ended is found', () => {
  expect(overlaps([write('a', 1), write('b', 5), write('a', 9)])).toEqual([])
  expect(overlaps([write('a', 1, 6), write('b', 5)])).toEqual(['b during a: patch tenants /acme'])
  expect(writersOf([write('a', 1), write('a', 3), write('b', 5)])).toEqual({ acme: ['a', 'b'] })
})

test('a write without the lease is found: too early, after its release, and after somebody else took it', () => {
  const leases = [lease('a', 1), lease('a', 10, ''), lease('b', 20), lease('a', 30)]
  const early = write('a', 0)
  const [within, released, taken, again] = [write('a', 5), write('a', 15), write('a', 25), write('a', 35)]
  expect(unauthorised({ writes: [within, again, write('b', 22)], leases })).toEqual([])
  expect(unauthorised({ writes: [early, released, taken], leases })).toHaveLength(3)
})

test('the audit log tells writes for tenants from those to leases, and says what it cannot place', () => {
  const line = (verb: string, objectRef: object, more: object = {}) =>
    JSON.stringify({
      verb,
      userAgent: 'tenantry (a)',
      requestReceivedTimestamp: '2026-01-01T00:00:00.000001Z',
      stageTimestamp: '2026-01-01T00:00:00.500000Z',
      responseStatus: { code: 200 },
      objectRef,
      ...more,
    })
  const name = 'tenantry-shard-1-of-2'
  const log = [
    line('get', { resource: 'tenants', name: 'acme' }),
    line('patch', { resource: 'tenants', name: 'acme' }),
    line('patch', { resource: 'resourcequotas', namespace: 'tenant-acme', name: 'tenantry' }),
    line('patch', { resource: 'leases', name }, { requestObject: { spec: { holderIdentity: 'a_1' } } }),
    line('patch', { resource: 'leases', name }, { requestObject: { metadata: {} } }),
    line('delete', { resource: 'nodes', name: 'n' }),
    line('patch', { resource: 'tenants', name: 'acme' }).replace('tenantry (a)', 'kubectl'),
  ]
  const { writes, leases, unknown } = readWriterLog(log.join('\n'))
  expect(writes.map(({ what }) => what)).toEqual(['patch tenants /acme', 'patch resourcequotas tenant-acme/tenantry'])
  expect(leases).toMatchObject([{ replica: 'a', shard: 1, count: 2, holder: 'a_1' }])
  expect(unknown).toEqual(['delete nodes /n'])
})
