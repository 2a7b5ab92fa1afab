import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as names from './names.ts'

const tenantName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/)
const longest = 'x'.repeat(40)

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/

test('the namespace of any tenant is a DNS label', () => {
  fc.assert(fc.property(tenantName, name => LABEL.test(names.namespaceName(name))))
})

test("the release of any tenant is a DNS label within Helm's 53 characters", () => {
  fc.assert(
    fc.property(tenantName, name => {
      const release = names.releaseName(name)
      return LABEL.test(release) && release.length <= 53
    }),
  )
  expect(names.releaseName(longest)).toHaveLength(47)
})

test('the copy of any Secret of any tenant has a name that Kubernetes takes', () => {
  fc.assert(
    fc.property(tenantName, fc.uuid(), tenantName, (name, uid, secret) => {
      const copy = names.retainedSecretName({ name, uid }, secret)
      return SUBDOMAIN.test(copy) && copy.startsWith(names.retainedSecretPrefix({ name, uid }))
    }),
  )
})

test('two tenants share no name of anything', () => {
  fc.assert(
    fc.property(tenantName, tenantName, fc.uuid(), (one, other, uid) => {
      fc.pre(one !== other)
      const namesOf = (name: string) => [
        names.namespaceName(name),
        names.releaseUser(names.namespaceName(name)),
        names.retainedSecretName({ name, uid }, names.ADMIN_SECRET),
      ]
      return namesOf(one).every(name => !namesOf(other).includes(name))
    }),
  )
})

test('names are the same each time they are asked for', () => {
  const tenant = { name: 'acme', uid: '0b4f6c1e-0000-4000-8000-000000000001' }
  expect([
    names.namespaceName('acme'),
    names.releaseName('acme'),
    names.releaseUser('tenant-acme'),
    names.retainedSecretName(tenant, names.DATABASE_SECRET),
  ]).toEqual([
    'tenant-acme',
    'tenant-acme',
    'system:serviceaccount:tenant-acme:tenantry-release',
    'retained-acme-0b4f6c1e-db-app',
  ])
})

test('a tenant and a later one of its name keep their copies apart', () => {
  const copyOf = (uid: string) => names.retainedSecretName({ name: 'acme', uid }, names.ADMIN_SECRET)
  expect(copyOf('0b4f6c1e-0000-4000-8000-000000000001')).not.toBe(copyOf('1c5a7d2f-0000-4000-8000-000000000001'))
})
