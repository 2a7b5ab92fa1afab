import { expect, test } from 'vitest'
import { convergedWorld, makeDesired, makePlan } from '../../test/make/tenant.ts'
import type { TenantStatus } from '../crds/tenant.ts'
import { driftTexts, expectedObjects, missingSecrets } from './drift.ts'
import { fieldsDigest } from './managed-fields.ts'
import type { FieldTree, KubeObject } from './object.ts'

const desired = makeDesired()
const installed = convergedWorld(desired)
const { record } = installed.release
if (record === undefined) throw new Error('a converged world has a record')
const status = {
  observedGeneration: 1,
  release: { name: 'x', revision: 1, chartVersion: '1', digest: 'd' },
} as TenantStatus

const fields = (fieldsV1: FieldTree, manager: string) => [{ manager, operation: 'Apply', fieldsV1 }]
const treeOf = (value: unknown): FieldTree =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? {}
    : Object.fromEntries(Object.entries(value).map(([key, below]) => [`f:${key}`, treeOf(below)]))

function expectedQuota(wanted = desired) {
  const found = expectedObjects(wanted, convergedWorld(wanted), status).find(({ ref }) => ref.kind === 'ResourceQuota')
  if (found === undefined) throw new Error('a quota is expected')
  return found
}

function appliedQuota(): { metadata: KubeObject['metadata']; tree: FieldTree } {
  const quota = desired.policies.find(({ kind }) => kind === 'ResourceQuota')
  if (quota === undefined) throw new Error('a quota is desired')
  const { labels, annotations } = quota.metadata
  return { metadata: quota.metadata, tree: treeOf({ metadata: { labels, annotations }, spec: quota.spec }) }
}

test('of a tenant that is still being set up, or whose namespace is gone, nothing is expected', () => {
  expect(expectedObjects(desired, installed, undefined)).toEqual([])
  expect(expectedObjects(desired, { ...installed, namespace: { found: 'absent' } }, status)).toEqual([])
})

test('what the operator applied itself, and what the inventory holds, is expected', () => {
  const kinds = expectedObjects(desired, installed, status).map(({ ref }) => `${ref.kind} ${ref.name}`)
  expect(kinds).toContain('Namespace tenant-acme')
  expect(kinds).toContain('NetworkPolicy tenantry-dns')
  expect(kinds).toContain('Deployment api')
})

test('while a release is upgraded, or was by a person, its objects are not judged', () => {
  const upgraded = { ...installed, release: { record, latest: { revision: 2, status: 'deployed' } } }
  const kinds = expectedObjects(desired, upgraded, status).map(({ ref }) => ref.kind)
  expect(kinds).not.toContain('Deployment')
})

test('a field of the operator that somebody took shows, one of an older plan does not', () => {
  const { metadata, tree } = appliedQuota()
  const taken = { ...tree, 'f:spec': { 'f:hard': treeOf({ pods: '20' }) } }
  const { 'f:spec': _, ...unspecified } = tree
  const { isIntact } = expectedQuota()
  expect(isIntact({ ...metadata, managedFields: fields(tree, 'tenantry') })).toBe(true)
  expect(isIntact({ ...metadata, managedFields: fields(taken, 'tenantry') })).toBe(false)
  expect(isIntact({ ...metadata, managedFields: fields(unspecified, 'tenantry') })).toBe(false)
  const bigger = expectedQuota(makeDesired({ plan: makePlan({ quota: { ...makePlan().quota, cpu: '8' } }) }))
  expect(bigger.isIntact({ ...metadata, managedFields: fields(unspecified, 'tenantry') })).toBe(true)
  expect(bigger.isIntact({ ...metadata, managedFields: fields({}, 'tenantry') })).toBe(false)
})

test('an object of a release is as it was applied while the fields of its record are held', () => {
  const tree = { 'f:spec': { 'f:replicas': {}, 'f:template': {} } }
  const left = { 'f:spec': { 'f:template': {} } }
  const digest = fieldsDigest(fields(tree, 'helm'), 'helm')
  const entry = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'tenant-acme', name: 'api', digest: 'd' }
  const intact = (kept: { fields?: string }, managedFields: KubeObject['metadata']['managedFields']) => {
    const release = { ...installed.release, record: { ...record, inventory: [{ ...entry, ...kept }] } }
    const found = expectedObjects(desired, { ...installed, release }, status).at(-1)
    return found?.isIntact({ name: 'api', ...(managedFields === undefined ? {} : { managedFields }) })
  }
  const scale = (manager: string) => ({
    ...{ manager, operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
  })
  expect(intact({ fields: digest }, fields(tree, 'helm'))).toBe(true)
  expect(intact({ fields: digest }, fields(left, 'helm'))).toBe(false)
  expect(intact({ fields: digest }, [...fields(left, 'helm'), scale('keda')])).toBe(true)
  expect(intact({ fields: digest }, [...fields({}, 'helm'), scale('keda')])).toBe(false)
  expect(intact({ fields: digest }, [...fields(left, 'helm'), scale('kubectl')])).toBe(false)
  expect(intact({}, fields({}, 'helm'))).toBe(true)
})

test('what a chart only seeds, a Secret or a claim, is intact whatever others made of it', () => {
  const isIntact = (apiVersion: string, kind: string) => {
    const entry = { apiVersion, kind, namespace: 'tenant-acme', name: 'x', digest: 'd', fields: 'held' }
    const release = { ...installed.release, record: { ...record, inventory: [entry] } }
    const found = expectedObjects(desired, { ...installed, release }, status).at(-1)
    expect(found?.ref.kind).toBe(kind)
    return found?.isIntact({ name: 'x', managedFields: fields({}, 'helm') })
  }
  expect([isIntact('v1', 'Secret'), isIntact('v1', 'PersistentVolumeClaim')]).toEqual([true, true])
  expect([isIntact('batch/v1', 'CronJob'), isIntact('example.org/v1', 'Secret')]).toEqual([false, false])
})

test('a Secret is gone where it could be looked for, and not where the right to read it is what is gone', () => {
  const before = { ...status, credentials: {} } as TenantStatus
  const lost = { ...installed, secretKeys: new Map() }
  const names = missingSecrets(desired, lost, before).map(({ ref }) => ref.name)
  expect(names).toEqual(['tenantry-admin', 'tenantry-jwt'])
  expect(missingSecrets(desired, { ...lost, isReadable: false }, before)).toEqual([])
  expect(missingSecrets(desired, lost, status)).toEqual([])
  expect(missingSecrets(desired, installed, before)).toEqual([])
})

test('the text is the same in whatever order things were found', () => {
  const ref = (kind: string) => ({ apiVersion: 'v1', kind, namespace: 'tenant-acme', name: 'api' })
  const gone = { ref: ref('Service'), what: 'gone' } as const
  const edited = { ref: ref('ConfigMap'), what: 'edited' } as const
  expect(driftTexts([gone, edited])).toBe('ConfigMap api was edited by somebody; Service api is gone')
  expect(driftTexts([edited, gone])).toBe(driftTexts([gone, edited]))
})
