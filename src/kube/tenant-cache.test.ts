import { expect, test } from 'vitest'
import { makeDesired } from '../../test/make/tenant.ts'
import { isOptional, MARKED, WATCHED, type WatchedKind, type WatchedName } from './tenant-cache.ts'

const watches = Object.entries(WATCHED) as [WatchedName, WatchedKind][]

test('no Secret is watched', () => {
  expect(watches.filter(([, { kind }]) => kind === 'Secret')).toEqual([])
})

test('of all kinds but our own, only objects with the mark of a tenant are kept', () => {
  const everything = watches.filter(([, { labelSelector }]) => labelSelector !== 'tenantry.dev/tenant')
  expect(everything.map(([name]) => name)).toEqual(['tenants', 'plans', 'proxmoxClusters', 'networkLeases', 'machines'])
})

test('everything that a plan applies is watched, by its marks alone', () => {
  const { access, policies } = makeDesired()
  const applied = new Set([...access, ...policies].map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))
  const marked = MARKED.map(name => WATCHED[name])
  expect(new Set(marked.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))).toEqual(applied)
  expect(marked.filter(({ metadataOnly }) => !metadataOnly)).toEqual([])
})

test('the operator starts without kinds whose absence each tenant tells, and only without those', () => {
  expect(watches.map(([name]) => name).filter(isOptional)).toEqual(['releases', 'databases'])
})

test('of a Deployment neither its template nor its environment is kept', () => {
  const metadata = { name: 'api', namespace: 'tenant-acme', uid: 'u', resourceVersion: '1' }
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, status: { replicas: 2 } }
  const template = { spec: { containers: [{ name: 'api', env: [{ name: 'A', value: 'planted' }] }] } }
  expect(WATCHED.deployments.trim({ ...deployment, spec: { replicas: 2, template } })).toEqual({
    ...deployment,
    metadata: { ...metadata, labels: {} },
    spec: { replicas: 2 },
  })
})
