import { expect, test } from 'vitest'
import { makeTenantObject, NOW } from '../../test/make/pass.ts'
import { makeSpec } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { KubeObject } from '../plan/object.ts'
import { claimedHost, hostClaims, hostOf } from './host-claim.ts'

const BASE = 'example.com'
const own = { metadata: { name: 'acme' }, spec: makeSpec() }
const bare = makeTenantObject({ metadata: { name: 'bare' }, spec: null })
const going = makeTenantObject({
  metadata: { name: 'going', deletionTimestamp: NOW },
  spec: makeSpec({ domain: 'a.example' }),
})
const invalid = makeTenantObject({ metadata: { name: 'invalid' }, spec: { plan: 7, domain: 'b.example' } })
const squatter = makeTenantObject({ metadata: { name: 'squatter' }, spec: makeSpec({ domain: 'bare.example.com' }) })
const moved = makeTenantObject({ metadata: { name: 'moved' }, spec: makeSpec({ domain: 'c.example' }) })

function claims(host: string, tenants: readonly KubeObject[] = [bare, going, invalid, squatter, moved]): string[] {
  return hostClaims(host, makeCache({ tenants }).tenants, BASE).map(({ tenant }) => tenant)
}

test('a tenant lives at its domain, or under the base domain by its name', () => {
  expect(hostOf(own, BASE)).toBe('acme.example.com')
  expect(hostOf({ ...own, spec: makeSpec({ domain: 'app.acme.example' }) }, BASE)).toBe('app.acme.example')
})

test('a tenant claims its host until it is gone, even while it is deleted or its spec is invalid', () => {
  expect([claims('a.example'), claims('b.example'), claims('bare.example.com')]).toEqual([
    ['going'],
    ['invalid'],
    ['squatter', 'bare'],
  ])
  expect([claims('moved.example.com'), claims('nobody.example.com'), claims('a.b.example.com')]).toEqual([[], [], []])
})

test('every tenant is among those who claim its host', () => {
  const { tenants } = makeCache({ tenants: [bare, going, invalid, squatter, moved] })
  for (const tenant of tenants.list()) {
    const found = hostClaims(claimedHost(tenant, BASE), tenants, BASE)
    expect(found).toContainEqual(expect.objectContaining({ tenant: tenant.metadata.name, createdAt: NOW }))
  }
})

test('a domain that changes or goes is no longer claimed', () => {
  const cache = makeCache({ tenants: [moved] })
  const at = (host: string) => hostClaims(host, cache.tenants, BASE).length
  cache.tenants.put({ ...moved, metadata: { ...moved.metadata, resourceVersion: '2' }, spec: makeSpec() })
  expect([at('c.example'), at('moved.example.com')]).toEqual([0, 1])
  cache.tenants.remove(moved)
  expect([at('c.example'), at('moved.example.com')]).toEqual([0, 0])
})
