import { expect, test } from 'vitest'
import { makeTenantObject, NOW } from '../../test/make/pass.ts'
import { makeSpec } from '../../test/make/tenant.ts'
import { hostClaims, hostOf } from './host-claim.ts'

const own = { metadata: { name: 'acme' }, spec: makeSpec() }

test('a tenant lives at its domain, or under the base domain by its name', () => {
  expect(hostOf(own, 'example.com')).toBe('acme.example.com')
  expect(hostOf({ ...own, spec: makeSpec({ domain: 'app.acme.example' }) }, 'example.com')).toBe('app.acme.example')
})

test('a tenant claims its host until it is gone, even while it is deleted or its spec is invalid', () => {
  const tenants = [
    makeTenantObject({ metadata: { name: 'going', deletionTimestamp: NOW }, spec: makeSpec({ domain: 'a.example' }) }),
    makeTenantObject({ metadata: { name: 'invalid' }, spec: { plan: 7, domain: 'b.example' } }),
    makeTenantObject({ metadata: { name: 'bare' }, spec: null }),
  ]
  expect(hostClaims(tenants, 'example.com')).toEqual([
    { tenant: 'going', host: 'a.example', createdAt: NOW },
    { tenant: 'invalid', host: 'b.example', createdAt: NOW },
    { tenant: 'bare', host: 'bare.example.com', createdAt: NOW },
  ])
})
