import { expect, test } from 'vitest'
import { fieldsDigest, holdsAll, isAutoscaled, lastEditor } from './managed-fields.ts'
import type { FieldsEntry, FieldTree, KubeObject } from './object.ts'

const applied = (fieldsV1: FieldTree, manager = 'helm'): FieldsEntry => ({ manager, operation: 'Apply', fieldsV1 })
const written = (manager: string, fieldsV1: FieldTree, rest: Partial<FieldsEntry> = {}): FieldsEntry => ({
  manager,
  operation: 'Update',
  time: '2026-01-01T00:00:00Z',
  fieldsV1,
  ...rest,
})

const own = { 'f:spec': { 'f:replicas': {}, 'f:template': {} } }
const REPLICAS = ['spec', 'replicas']
const scaled = { 'f:spec': { 'f:replicas': {} } }
const rest = { 'f:spec': { 'f:template': {} } }

test('fields that others add change nothing, a field that is taken away does', () => {
  const before = fieldsDigest([applied(own)], 'helm')
  const noted = written('somebody', { 'f:metadata': { 'f:annotations': { 'f:note': {} } } })
  expect(fieldsDigest([applied(own), noted, applied(scaled, 'other')], 'helm')).toBe(before)
  expect(fieldsDigest([applied(rest), written('kubectl-edit', scaled)], 'helm')).not.toBe(before)
  expect(fieldsDigest([], 'helm')).not.toBe(before)
})

test('the digest is the same in whatever order and in however many entries the fields are told', () => {
  const turned = { 'f:spec': { 'f:template': {}, 'f:replicas': {} } }
  const digest = fieldsDigest([applied(own)], 'helm')
  expect(fieldsDigest([applied(turned)], 'helm')).toBe(digest)
  expect(fieldsDigest([applied(scaled), applied(rest)], 'helm')).toBe(digest)
  expect(fieldsDigest([applied(rest)], 'helm', [REPLICAS])).toBe(digest)
})

test('an autoscaler goes through scale; a person with kubectl, and whoever writes the whole object, is none', () => {
  const scale = { subresource: 'scale' }
  expect(isAutoscaled([written('kube-controller-manager', scaled, scale)], REPLICAS)).toBe(true)
  expect(isAutoscaled([written('keda', scaled, scale)], REPLICAS)).toBe(true)
  expect(isAutoscaled([written('kubectl', scaled, scale)], REPLICAS)).toBe(false)
  expect(isAutoscaled([written('kubectl-edit', scaled)], REPLICAS)).toBe(false)
  expect(isAutoscaled([written('keda', {}, scale), applied(own)], REPLICAS)).toBe(false)
})

test('the editor is who wrote last, neither the applier nor a reporter of status nor an autoscaler', () => {
  const at = (second: string) => ({ time: `2026-01-01T00:00:0${second}Z` })
  const others = [
    written('early', rest, at('1')),
    written('late', rest, at('2')),
    written('kubelet', rest, { subresource: 'status', ...at('3') }),
    written('keda', scaled, { subresource: 'scale', ...at('4') }),
    written('helm', rest, at('5')),
  ]
  expect(lastEditor([applied(own), ...others], 'helm')).toBe('late')
  expect(lastEditor([...others, written('as-late', rest, at('2'))], 'helm')).toBe('as-late or late')
  expect(lastEditor([applied(own)], 'helm')).toBeUndefined()
})

const quota: KubeObject = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'tenantry', namespace: 'tenant-acme', labels: { a: 'b' } },
  spec: {
    hard: { pods: '20' },
    scopes: ['x', 'y'],
    items: [{ name: 'one' }, { name: 'two' }],
    podSelector: { a: 'b' },
  },
}
const labels = { 'f:metadata': { 'f:labels': { 'f:a': {} } } }
const items = { 'k:{"name":"one"}': { '.': {} }, 'k:{"name":"two"}': { '.': {} } }
const spec = { 'f:hard': { 'f:pods': {} }, 'f:scopes': {}, 'f:items': items, 'f:podSelector': {} }
const held = { ...labels, 'f:spec': spec }

test('an object is held when every field, and every item of a list, is; lists and maps may be held as a whole', () => {
  expect(holdsAll([applied(held)], 'helm', quota)).toBe(true)
})

test.each([
  ['label', { 'f:spec': spec }],
  ['value in a map', { ...labels, 'f:spec': { ...spec, 'f:hard': { '.': {} } } }],
  ['whole list', { ...labels, 'f:spec': { ...spec, 'f:scopes': undefined } }],
  ['item of a list', { ...labels, 'f:spec': { ...spec, 'f:items': { 'k:{"name":"one"}': { '.': {} } } } }],
])('a %s that was taken away shows', (_, fieldsV1) => {
  const clean = JSON.parse(JSON.stringify(fieldsV1)) as FieldTree
  expect(holdsAll([applied(clean), written('kubectl-edit', held)], 'helm', quota)).toBe(false)
})

test('what an admission mutator changed in the very request that applied it counts as held', () => {
  const mutated = written('helm', { 'f:spec': { 'f:hard': { 'f:pods': {} } } })
  const { 'f:hard': _, ...left } = spec
  expect(holdsAll([applied({ ...labels, 'f:spec': left }), mutated], 'helm', quota)).toBe(true)
})
