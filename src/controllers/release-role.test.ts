import { expect, test } from 'vitest'
import { makePlanObject, makeTenantObject } from '../../test/make/pass.ts'
import { makePlan } from '../../test/make/tenant.ts'
import { makeInformer } from '../../test/make/tenant-cache.ts'
import { type ObjectRef, refKey } from '../plan/object.ts'
import type { ReleaseRecord } from '../plan/observation.ts'
import { releaseRoleOf } from './release-role.ts'

const object = makeTenantObject()
const plan = makePlanObject(makePlan({ chart: { name: 'ledger', crds: 'Skip', clusterRoleName: 'of-plan' } }))
const release = { record: { clusterRole: 'of-record' } as ReleaseRecord }

function bound(...names: string[]) {
  const kind = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' }
  const refs = names.map((name): ObjectRef => ({ ...kind, name, namespace: 'tenant-acme' }))
  return new Map(refs.map(ref => [refKey(ref), { ref, uid: 'u' }]))
}

test('a release goes with the role that is bound, though its plan has gone or names another one', () => {
  const objects = bound('tenantry-tenant-secrets', 'tenantry-release:of-binding', 'acme-admin')
  for (const plans of [makeInformer(), makeInformer([plan])]) {
    expect(releaseRoleOf({ plans, object, observed: { objects, release } })).toBe('of-binding')
  }
  const own = bound('tenantry-release')
  expect(releaseRoleOf({ plans: makeInformer(), object, observed: { objects: own, release } })).toBe('tenantry-release')
})

test('of several that are bound, the one of the plan counts', () => {
  const objects = bound('tenantry-release:a', 'tenantry-release:of-plan')
  expect(releaseRoleOf({ plans: makeInformer([plan]), object, observed: { objects, release: {} } })).toBe('of-plan')
})

test('where nothing is bound any more, the plan says it, and without one the record', () => {
  const plans = makeInformer([plan])
  const objects = bound('tenantry-tenant-secrets')
  expect(releaseRoleOf({ plans, object, observed: { objects, release } })).toBe('of-plan')
  expect(releaseRoleOf({ plans: makeInformer(), object, observed: { objects, release } })).toBe('of-record')
  expect(releaseRoleOf({ plans: makeInformer(), object, observed: { objects, release: {} } })).toBeUndefined()
})

test('a deletion goes on while nothing is known of plans', () => {
  const plans = makeInformer([plan])
  plans.lose()
  const objects = bound()
  expect(releaseRoleOf({ plans, object, observed: { objects, release } })).toBe('of-record')
  expect(releaseRoleOf({ plans, object, observed: { objects, release: {} } })).toBeUndefined()
})
