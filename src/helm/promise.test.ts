import { expect, test } from 'vitest'
import type { InventoryEntry, TenantReleaseSpec } from '../crds/tenant-release.ts'
import type { RevisionRecord } from './history.ts'
import { settledRecord } from './promise.ts'

const entry = (name: string, more: Partial<InventoryEntry> = {}): InventoryEntry => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name,
  ...more,
})
const same = entry('same', { digest: 'd' })
const changed = entry('changed', { digest: 'd', fields: 'f', change: 'Apply' })
const leaving = entry('leaving', { digest: 'd', change: 'Delete' })

const spec = (...inventory: InventoryEntry[]): TenantReleaseSpec => {
  const release = { release: 'x', chart: 'shop', chartVersion: '1' }
  return { ...release, digest: 'new', revision: 2, inventory }
}
const helms = (revision: number, digest: string, status = 'deployed'): RevisionRecord => ({
  revision,
  status,
  digest,
  modifiedAtMs: 0,
})

function read(inventory: readonly InventoryEntry[], ...history: RevisionRecord[]) {
  const { state, inventory: entries } = settledRecord(spec(...inventory), history)
  return [state, ...entries]
}

test('once Helm’s record says deployed, what was to be applied is applied, and what was to go is gone', () => {
  const done = ['Deployed', same, entry('changed', { digest: 'd', fields: 'f' })]
  expect(read([same, changed, leaving], helms(2, 'new'), helms(1, 'old', 'superseded'))).toEqual(done)
})

test.each([
  ['there is no such record', [helms(1, 'old')]],
  ['its hooks are under way', [helms(2, 'new', 'pending-upgrade'), helms(1, 'old')]],
  ['it is of other values', [helms(2, 'other')]],
  ['somebody else made it', [{ revision: 2, status: 'deployed', modifiedAtMs: 0 }]],
])('as long as %s, both may be there, old or new', (_, history) => {
  expect(read([same, changed, leaving], ...history)).toEqual(['Applying', same, entry('changed'), entry('leaving')])
})

test('a revision is not at its end while an older one counts as deployed too, or an object is not applied in full', () => {
  expect(read([same], helms(2, 'new'), helms(1, 'old'))).toEqual(['Applying', same])
  expect(read([same, entry('unknown')], helms(2, 'new'))[0]).toBe('Applying')
})
