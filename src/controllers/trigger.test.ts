import { expect, test } from 'vitest'
import { makePlanObject, makeTenantObject } from '../../test/make/pass.ts'
import { makeLease, makeMachine, reported } from '../../test/make/slice.ts'
import { makeSpec } from '../../test/make/tenant.ts'
import { makeCache, makeInformer } from '../../test/make/tenant-cache.ts'
import { desiredMachines } from '../plan/machine-objects.ts'
import type { KubeObject } from '../plan/object.ts'
import { addTenantOf, addTenantsOf, connectTriggers } from './trigger.ts'

let version = 1

function changed(object: KubeObject, metadata: Partial<KubeObject['metadata']> = {}, rest: object = {}): KubeObject {
  version += 1
  return { ...object, ...rest, metadata: { ...object.metadata, resourceVersion: `${version}`, ...metadata } }
}

function tenant(name: string, domain?: string): KubeObject {
  const spec = domain === undefined ? makeSpec() : makeSpec({ domain })
  return changed(makeTenantObject({ metadata: { name, uid: `uid-${name}` }, spec }))
}

const acme = tenant('acme')
const globex = tenant('globex')
const plan = makePlanObject()
const slice: KubeObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'kubernetes', namespace: 'default', resourceVersion: '1' },
  endpoints: [{ addresses: ['10.0.0.1'] }],
}

function given(tenants: readonly KubeObject[] = [acme, globex]) {
  const cache = makeCache({ tenants, plans: [plan] })
  const apiServer = makeInformer([slice])
  const ownNamespace = makeInformer()
  const told: string[] = []
  connectTriggers({
    cache,
    apiServer,
    ownNamespace,
    loop: { add: (key, urgency) => told.push(`${key} ${urgency}`), forget: key => told.push(`${key} forgotten`) },
    baseDomain: 'example.com',
  })
  told.length = 0
  return { cache, apiServer, ownNamespace, told }
}

test('an edit is urgent; the operator’s own status is no edit', () => {
  const { cache, told } = given()
  cache.tenants.put(changed(acme, {}, { status: { observedGeneration: 1 } }))
  expect(told).toEqual([])
  cache.tenants.put(changed(acme, { generation: 2 }))
  cache.tenants.put(changed(acme, { deletionTimestamp: '2026-01-02T00:00:00Z' }))
  expect(told).toEqual(['acme urgent', 'acme urgent'])
})

test('what became of the chart of a plan brings its tenants back, where it comes from a repository', () => {
  const { cache, told } = given()
  const resolved = { status: { chart: { version: '1.0.0', digest: 'd' } } }
  cache.plans.put(changed(plan, {}, resolved))
  expect(told).toEqual([])
  const spec = { ...(plan.spec as object), chart: { name: 'shop', repository: 'oci://r.example', version: '1.x' } }
  cache.plans.put(changed(plan, { generation: 2 }, { spec }))
  told.length = 0
  cache.plans.put(changed(plan, { generation: 2 }, { spec, ...resolved }))
  cache.plans.put(changed(plan, { generation: 2 }, { spec, ...resolved }))
  expect(told).toEqual(['acme routine', 'globex routine'])
})

test('an archive that has come brings back the tenants whose plan has this chart', () => {
  const { cache, told } = given()
  cache.plans.put(changed(plan, {}, { status: { chart: { digest: 'd' } } }))
  const loop = { add: (key: string, urgency: string) => told.push(`${key} ${urgency}`) }
  addTenantsOf('other', cache, loop)
  expect(told).toEqual([])
  addTenantsOf('d', cache, loop)
  expect(told).toEqual(['acme routine', 'globex routine'])
})

test('an archive that comes while a kind is gone for a moment brings nobody back', () => {
  const cache = makeCache({ tenants: [acme], plans: [plan] })
  cache.plans.lose()
  const told: string[] = []
  addTenantsOf('d', cache, { add: key => told.push(key) })
  expect(told).toEqual([])
})

test('a new tenant is urgent, and one that is gone is forgotten', () => {
  const { cache, told } = given()
  cache.tenants.put(tenant('initech'))
  cache.tenants.remove(globex)
  expect(told).toEqual(['initech urgent', 'globex forgotten'])
})

test('a tenant whose status tells of its last edit is looked at after those of which none does', () => {
  const { cache, told } = given([])
  cache.tenants.put(changed(tenant('known'), { generation: 3 }, { status: { observedGeneration: 3 } }))
  cache.tenants.put(changed(tenant('edited'), { generation: 3 }, { status: { observedGeneration: 2 } }))
  expect(told).toEqual(['known routine', 'edited urgent'])
})

test('a word about halted deletions brings back those that are halted', () => {
  const halted = { conditions: [{ type: 'Deleting', status: 'True', reason: 'DeletionsHalted' }] }
  const { ownNamespace, told } = given([acme, changed(tenant('halted'), {}, { status: halted })])
  ownNamespace.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tenantry-system' } })
  expect(told).toEqual(['halted urgent'])
})

test('a tenant that took the name of another is begun anew', () => {
  const { cache, told } = given()
  cache.tenants.put(changed(acme, { uid: 'another' }))
  expect(told).toEqual(['acme forgotten', 'acme urgent'])
})

test('a host that comes free brings back those who ask for it, and nobody else', () => {
  const holder = tenant('holder', 'app.example.org')
  const waiting = tenant('waiting', 'app.example.org')
  const deleted = given([holder, waiting, acme])
  deleted.cache.tenants.remove(holder)
  expect(deleted.told).toEqual(['holder forgotten', 'waiting routine'])
  const edited = given([holder, waiting, acme])
  edited.cache.tenants.put(changed(holder, { generation: 2 }, { spec: makeSpec() }))
  expect(edited.told).toEqual(['holder urgent', 'waiting routine'])
})

test('a plan brings back its tenants when it comes, changes or goes, not when only its bookkeeping does', () => {
  const { cache, told } = given([acme, tenant('other'), tenant('free')])
  cache.tenants.put(changed(tenant('free'), { generation: 2 }, { spec: makeSpec({ plan: 'free' }) }))
  told.length = 0
  cache.plans.put(changed(plan, { annotations: { note: 'x' } }))
  expect(told).toEqual([])
  cache.plans.put(changed(plan, { generation: 2 }))
  cache.plans.remove(plan)
  cache.plans.put(changed(plan))
  const both = ['acme routine', 'other routine']
  expect(told).toEqual([...both, ...both, ...both])
})

test('what belongs to a tenant brings it back, whatever happened to it; strangers bring nobody', () => {
  const { cache, told } = given()
  const owned = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'tenantry', namespace: `tenant-${name}`, labels: { 'tenantry.dev/tenant': name } },
  })
  cache.quotas.put(changed(owned('acme')))
  const edited = { managedFields: [{ manager: 'kubectl-edit', operation: 'Update' }] }
  cache.quotas.put(changed(owned('acme'), edited))
  cache.quotas.remove(owned('acme'))
  cache.quotas.put(changed(owned('nobody')))
  cache.databases.put(changed({ ...owned('acme'), metadata: { name: 'db', namespace: 'x' } }))
  expect(told).toEqual(['acme routine', 'acme routine', 'acme routine'])
})

test('a lease brings back the tenant that has it, and a machine that of its namespace, when it says something new', () => {
  const { cache, told } = given()
  const labels = { 'tenantry.dev/tenant': 'acme' }
  cache.namespaces.put(changed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tenant-acme', labels } }))
  told.length = 0
  cache.networkLeases.put(changed(makeLease({ metadata: { labels: {} } })))
  const [web] = desiredMachines({ name: 'acme', uid: '' }, { machines: [makeMachine('web')] })
  if (web === undefined) throw new Error('one machine')
  const theirs = { ...web, metadata: { name: 'web', namespace: 'tenant-acme', uid: 'web' } }
  cache.machines.put(changed(theirs))
  cache.machines.put(changed(theirs, {}, { status: { vmid: 10_000 } }))
  expect(told).toEqual(['acme routine', 'acme routine'])
  cache.machines.put(changed(reported(theirs, 'True', 'Running')))
  cache.machines.remove(theirs)
  expect(told).toHaveLength(4)
})

test('a quota whose status is reported brings nobody back', () => {
  const { cache, told } = given()
  const metadata = { name: 'tenantry', namespace: 'tenant-acme', labels: { 'tenantry.dev/tenant': 'acme' } }
  const quota: KubeObject = { apiVersion: 'v1', kind: 'ResourceQuota', metadata }
  cache.quotas.put(changed(quota))
  cache.quotas.put(changed(quota))
  expect(told).toEqual(['acme routine'])
})

test('another address of the API server concerns every tenant, the same one again nobody', () => {
  const { apiServer, told } = given()
  apiServer.put(changed(slice, { annotations: { renewed: 'now' } }))
  expect(told).toEqual([])
  apiServer.put(changed(slice, {}, { endpoints: [{ addresses: ['10.0.0.2'] }] }))
  expect(told).toEqual(['acme routine', 'globex routine'])
})

test('a render that ends after its tenant has gone brings nobody back', () => {
  const cache = makeCache({ tenants: [acme] })
  const told: string[] = []
  const loop = { add: (key: string) => void told.push(key) }
  for (const tenant of [acme, globex]) addTenantOf({ tenant: { name: tenant.metadata.name, uid: '' } }, cache, loop)
  cache.tenants.lose()
  addTenantOf({ tenant: { name: 'acme', uid: '' } }, cache, loop)
  expect(told).toEqual(['acme'])
})
