import { expect, test } from 'vitest'
import { fieldsDigest } from './managed-fields.ts'
import type { FieldsEntry, FieldTree, KubeObject } from './object.ts'
import { holdsStill, yielding } from './yielded-fields.ts'

const CLUSTER = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster' }

function cluster(storage: string, walStorage: string): KubeObject {
  return {
    ...CLUSTER,
    metadata: { name: 'db' },
    spec: { instances: 1, storage: { size: storage, storageClass: 'fast' }, walStorage: { size: walStorage } },
  }
}

function claim(storage: string): KubeObject {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'store' }, spec }
}

test('storage that is larger than it should be stays so, and is told', () => {
  expect(yielding(claim('1Gi'), claim('5Gi'))).toEqual({
    object: claim('5Gi'),
    grown: ['PersistentVolumeClaim store keeps its 5Gi of storage, where the chart says 1Gi: storage cannot shrink.'],
  })
  expect(yielding(cluster('1Gi', '2Gi'), cluster('1500Mi', '1Gi'))).toEqual({
    object: cluster('1500Mi', '2Gi'),
    grown: ['Cluster db keeps its 1500Mi of storage, where the chart says 1Gi: storage cannot shrink.'],
  })
})

test('storage that is to grow, and what is called alike and is none, is applied as the chart says', () => {
  expect(yielding(claim('5Gi'), claim('1Gi'))).toEqual({ object: claim('5Gi'), grown: [] })
  expect(yielding(claim('1Gi'), claim('1024Mi'))).toEqual({ object: claim('1Gi'), grown: [] })
  const other = (size: string): KubeObject => ({ ...cluster(size, size), apiVersion: 'example.org/v1' })
  expect(yielding(other('1Gi'), other('5Gi'))).toEqual({ object: other('1Gi'), grown: [] })
  const bare: KubeObject = { ...CLUSTER, metadata: { name: 'db' } }
  expect(yielding(bare, cluster('5Gi', '5Gi'))).toEqual({ object: bare, grown: [] })
  expect(yielding(cluster('1Gi', '1Gi'), bare)).toEqual({ object: cluster('1Gi', '1Gi'), grown: [] })
})

const applied = (fieldsV1: FieldTree): FieldsEntry => ({ manager: 'helm', operation: 'Apply', fieldsV1 })
const edited = (fieldsV1: FieldTree): FieldsEntry => ({ manager: 'kubectl-edit', operation: 'Update', fieldsV1 })
const size = { 'f:size': {} }

test('a database whose storage somebody has set is as it was applied, and one that lost anything else is not', () => {
  const before = fieldsDigest([applied({ 'f:spec': { 'f:instances': {}, 'f:storage': size } })], 'helm')
  const holds = (...entries: readonly FieldsEntry[]) => holdsStill(before, CLUSTER, entries, 'helm')
  const rest = applied({ 'f:spec': { 'f:instances': {} } })
  expect(holds(rest, edited({ 'f:spec': { 'f:storage': size } }))).toBe(true)
  expect(holds(rest, edited({ 'f:spec': { 'f:storage': size, 'f:walStorage': size } }))).toBe(true)
  expect(holds(rest)).toBe(false)
  expect(holds(applied({}), edited({ 'f:spec': { 'f:instances': {}, 'f:storage': size } }))).toBe(false)
  const other = { apiVersion: 'apps/v1', kind: 'Deployment' }
  expect(holdsStill(before, other, [rest, edited({ 'f:spec': { 'f:storage': size } })], 'helm')).toBe(false)
})
