import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeDesired, makeNamespace, TENANT } from '../../test/make/tenant.ts'
import { type HostClaim, hostBlocker, namespaceBlocker } from './blocker.ts'

const own = makeNamespace(makeDesired())

function claim(tenant: string, createdAt = '2026-01-01T00:00:00Z', host = 'app.example.com'): HostClaim {
  return { tenant, host, createdAt }
}

const claims = fc.uniqueArray(
  fc.record({
    tenant: fc.stringMatching(/^[a-z]{1,4}$/),
    host: fc.constantFrom('a.example.com', 'b.example.com'),
    createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-10-01T00:00:00Z'),
  }),
  { selector: ({ tenant }) => tenant, minLength: 1 },
)

test('the oldest tenant holds the host, and the other is told who does', () => {
  const all = [claim('younger', '2026-02-01T00:00:00Z'), claim('older', '2026-01-01T00:00:00Z')]
  expect(all.map(mine => hostBlocker(mine, all))).toEqual([
    { reason: 'HostConflict', message: 'spec.domain: app.example.com belongs to tenant "older".' },
    undefined,
  ])
})

test('of tenants made in the same second the first by name holds the host', () => {
  const all = [claim('b'), claim('a')]
  expect(all.map(mine => hostBlocker(mine, all)?.reason)).toEqual(['HostConflict', undefined])
})

test('each claimed host has exactly one holder, in whatever order the claims are read', () => {
  fc.assert(
    fc.property(claims, all => {
      const holders = (order: readonly HostClaim[]) =>
        order
          .filter(mine => hostBlocker(mine, order) === undefined)
          .map(({ host, tenant }) => `${host} ${tenant}`)
          .sort()
      const hosts = new Set(all.map(({ host }) => host))
      expect(holders(all)).toHaveLength(hosts.size)
      expect(holders(all.toReversed())).toEqual(holders(all))
    }),
  )
})

test('a namespace is no obstacle while it is absent or one’s own', () => {
  expect([namespaceBlocker({ found: 'absent' }, TENANT), namespaceBlocker(own, TENANT)]).toEqual([undefined, undefined])
})

test('a namespace of somebody else is left alone, even while it goes', () => {
  const foreign = { ...own, labels: {} }
  const blocker = {
    reason: 'NamespaceConflict',
    message:
      'Namespace tenant-acme exists and does not belong to this tenant. Delete or rename it, or rename the tenant.',
  }
  expect([foreign, { ...foreign, terminating: true }].map(found => namespaceBlocker(found, TENANT))).toEqual([
    blocker,
    blocker,
  ])
})

test('nothing is put into a namespace that is going', () => {
  expect(namespaceBlocker({ ...own, terminating: true }, TENANT)).toEqual({
    reason: 'NamespaceTerminating',
    message: 'Namespace tenant-acme is being deleted; it is made anew when it is gone.',
  })
})
