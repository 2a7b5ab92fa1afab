import { expect, test } from 'vitest'
import type { KubeObject } from '../plan/object.ts'
import { historyOf, surplus } from './history.ts'

function secret(labels: Record<string, string>, creationTimestamp = '2026-11-21T08:00:00Z'): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', labels, creationTimestamp } }
}

const record = (revision: number, status = 'superseded') => ({ revision, status, modifiedAtMs: 0 })

test('revisions come newest first, by number', () => {
  const secrets = ['2', '10', '1'].map(version => secret({ version, status: 'deployed', modifiedAt: '5' }))
  expect(historyOf(secrets).map(({ revision }) => revision)).toEqual([10, 2, 1])
})

test('only a revision that carries our label for itself is ours: helm hands labels on to its own', () => {
  const ours = { 'tenantry.dev/revision': '4', 'tenantry.dev/digest': 'abc', status: 'deployed', modifiedAt: '5' }
  expect(historyOf([secret({ ...ours, version: '4' }), secret({ ...ours, version: '5' })])).toEqual([
    { revision: 5, status: 'deployed', modifiedAtMs: 5000 },
    { revision: 4, status: 'deployed', modifiedAtMs: 5000, digest: 'abc' },
  ])
})

test('a record that helm has only created counts from then', () => {
  const at = (labels: Record<string, string>) => historyOf([secret({ version: '1', status: 'x', ...labels })])[0]
  expect(at({ createdAt: '7' })?.modifiedAtMs).toBe(7000)
  expect(at({})?.modifiedAtMs).toBe(Date.parse('2026-11-21T08:00:00Z'))
})

test('what is no revision is left out', () => {
  expect(historyOf([secret({ version: 'one', status: 'deployed' }), secret({ version: '1' }), secret({})])).toEqual([])
})

test('the oldest revisions beyond the limit are surplus, but never the one that is deployed', () => {
  const history = Array.from({ length: 5 }, (_, index) => record(index + 1))
  const revisions = (records: readonly { revision: number }[]) => records.map(({ revision }) => revision)
  expect(revisions(surplus(history, 3))).toEqual([2, 1])
  const failing = [record(1, 'superseded'), record(2, 'deployed'), ...[3, 4, 5].map(n => record(n, 'failed'))]
  expect(revisions(surplus(failing, 3))).toEqual([1])
})
