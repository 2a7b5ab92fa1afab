import { expect, test } from 'vitest'
import { makePlanObject, makeTenantObject } from '../../test/make/pass.ts'
import { makePlan } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { ReleaseRecord } from '../plan/observation.ts'
import { releaseRoleOf } from './release-role.ts'

const object = makeTenantObject()
const plan = makePlanObject(makePlan({ chart: { name: 'ledger', crds: 'Skip', clusterRoleName: 'of-plan' } }))
const record = { clusterRole: 'of-record' } as ReleaseRecord

function bindings(...names: string[]) {
  const kind = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' }
  return names.map(name => ({ ...kind, metadata: { name, namespace: 'tenant-acme' } }))
}

test('a release goes with the role that is bound, though its plan has gone or names another one', () => {
  const roleBindings = bindings('tenantry-tenant-secrets', 'tenantry-release:of-binding', 'acme-admin')
  for (const plans of [[], [plan]]) {
    expect(releaseRoleOf({ cache: makeCache({ plans, roleBindings }), object, release: { record } })).toBe('of-binding')
  }
  expect(
    releaseRoleOf({ cache: makeCache({ roleBindings: bindings('tenantry-release') }), object, release: { record } }),
  ).toBe('tenantry-release')
})

test('of several that are bound, the one of the plan counts', () => {
  const roleBindings = bindings('tenantry-release:a', 'tenantry-release:of-plan')
  expect(releaseRoleOf({ cache: makeCache({ plans: [plan], roleBindings }), object, release: {} })).toBe('of-plan')
})

test('where nothing is bound any more, the record says it, and then the plan', () => {
  const cache = makeCache({ plans: [plan] })
  expect(releaseRoleOf({ cache, object, release: { record } })).toBe('of-record')
  expect(releaseRoleOf({ cache, object, release: {} })).toBe('of-plan')
  expect(releaseRoleOf({ cache: makeCache(), object, release: {} })).toBeUndefined()
})

test('a deletion goes on while nothing is known of plans', () => {
  const cache = makeCache({ plans: [plan] })
  cache.plans.lose()
  expect(releaseRoleOf({ cache, object, release: { record } })).toBe('of-record')
  expect(releaseRoleOf({ cache, object, release: {} })).toBeUndefined()
})
