import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeInputs, makePlan, makeSpec, TENANT } from '../../test/make/tenant.ts'
import { desiredRelease, type ReleaseInputs } from './release.ts'

function release(inputs: Partial<ReleaseInputs> = {}) {
  return desiredRelease({ ...makeInputs(), ...inputs })
}

const { digest } = release()

test('the chart gets the facts of the tenant, the sizes of its plan and the names of its Secrets', () => {
  const plan = makePlan()
  expect(release().values).toEqual({
    tenant: { ...TENANT, companyName: 'Acme GmbH', owner: { email: 'ada@acme.example' } },
    plan: 'professional',
    host: 'acme.example.com',
    limits: {},
    admin: { secretName: 'tenantry-admin', usernameKey: 'username', passwordKey: 'password' },
    jwt: { secretName: 'tenantry-jwt', key: 'key' },
    api: { image: 'registry.example/api:1.0.0', replicas: 2, resources: plan.app.apiResources },
    web: { image: 'registry.example/web:1.0.0', replicas: 2, resources: plan.app.webResources },
    database: {
      image: 'registry.example/postgresql:17.5',
      instances: 1,
      storage: '50Gi',
      resources: plan.database.resources,
    },
    exposure: {},
  })
})

test('what the tenant overrides wins over its plan, one field at a time', () => {
  const { app } = makePlan()
  const overrides = { app: { apiReplicas: 5, limits: { users: 100 } }, database: { storage: '80Gi' } }
  const { values } = release({
    spec: makeSpec({ overrides }),
    plan: makePlan({ app: { ...app, limits: { users: 10, projects: 3 } } }),
  })
  expect(values).toMatchObject({
    limits: { users: 100, projects: 3 },
    api: { replicas: 5 },
    web: { replicas: 2 },
    database: { instances: 1, storage: '80Gi' },
  })
})

test('a storage class is said only where the plan names one', () => {
  const database = { ...makePlan().database, storageClassName: 'fast' }
  expect(release().values.database).not.toHaveProperty('storageClassName')
  expect(release({ plan: makePlan({ database }) }).values.database).toHaveProperty('storageClassName', 'fast')
})

test('equal inputs are one release, in whatever order their fields came', () => {
  const { companyName, ...rest } = makeSpec()
  expect(release({ spec: { ...rest, companyName } }).digest).toBe(digest)
})

test('each thing that changes a render makes it another release', () => {
  const changed = [
    release({ host: 'other.example.com' }),
    release({ spec: makeSpec({ companyName: 'Other' }) }),
    release({ chart: { name: 'tenant', version: '0.1.0', digest: 'beef' } }),
    release({ plan: makePlan({ exposure: { ingressClassName: 'nginx' } }) }),
    release({ tenant: { ...TENANT, uid: 'another' } }),
  ].map(other => other.digest)
  expect(new Set([digest, ...changed]).size).toBe(changed.length + 1)
})

test('what does not reach the chart is no other release', () => {
  const quota = { cpu: '64', memory: '64Gi', storage: '640Gi', pods: 100 }
  expect(release({ spec: makeSpec({ deletionPolicy: 'Delete', deletionProtection: true }) }).digest).toBe(digest)
  expect(release({ plan: makePlan({ quota, displayName: 'Pro' }) }).digest).toBe(digest)
})

test('the digest is the same each time and has no room for anything but itself', () => {
  fc.assert(
    fc.property(fc.string(), fc.domain(), (companyName, host) => {
      const inputs = { spec: makeSpec({ companyName }), host }
      expect(release(inputs).digest).toMatch(/^[0-9a-f]{64}$/)
      expect(release(inputs)).toEqual(release(inputs))
    }),
  )
})
