import { expect, test } from 'vitest'
import type { ReleaseRecord } from '../plan/observation.ts'
import { ABANDONED_AFTER_MS, HOOK_RETRY_MS, inventoryHolds, planApproach } from './approach.ts'
import type { RevisionRecord } from './history.ts'
import type { ObservedRelease } from './observe.ts'

const NOW = 1_000_000_000
const desired = { digest: 'new' }

function own(state: ReleaseRecord['state'], revision: number, digest = 'new'): ObservedRelease['record'] {
  const release = { release: 'x', chart: 'shop', chartVersion: '1', inventory: [] }
  return { ...release, state, revision, digest, resourceVersion: '1', uid: 'u' }
}

function helms(revision: number, record: Partial<RevisionRecord> = {}): RevisionRecord {
  return { revision, status: 'deployed', modifiedAtMs: NOW, ...record }
}

const plan = (record: ObservedRelease['record'], latest?: RevisionRecord) =>
  planApproach(desired, { ...(record ? { record } : {}), ...(latest ? { latest } : {}) }, NOW)

test('nothing there: the first revision', () => {
  expect(plan(undefined)).toEqual({ approach: 'render', revision: 1, trusted: false })
})

test('as desired: nothing', () => {
  expect(plan(own('Deployed', 3), helms(3, { digest: 'new' }))).toEqual({ approach: 'none', revision: 3 })
})

test('changed: the next revision, and the inventory holds', () => {
  const next = { approach: 'render', revision: 4, trusted: true }
  expect(plan(own('Deployed', 3, 'old'), helms(3, { digest: 'old' }))).toEqual(next)
})

test('broken off before the record was written: the same revision again', () => {
  expect(plan(own('Applying', 1))).toEqual({ approach: 'render', revision: 1, trusted: false })
  const again = { approach: 'render', revision: 4, trusted: true }
  expect(plan(own('Applying', 4), helms(3, { digest: 'old' }))).toEqual(again)
})

test('broken off after the record was written: finished, with no new revision', () => {
  const finish = { approach: 'finish', revision: 4, trusted: true }
  expect(plan(own('Applying', 4), helms(4, { digest: 'new' }))).toEqual(finish)
})

test('changed back before the change was made: the revision that is there is finished', () => {
  const finish = { approach: 'finish', revision: 3, trusted: true }
  expect(plan(own('Applying', 4, 'other'), helms(3, { digest: 'new' }))).toEqual(finish)
})

test('our own record lost: finished from Helm’s, and nothing is taken for applied', () => {
  const finish = { approach: 'finish', revision: 4, trusted: false }
  expect(plan(undefined, helms(4, { digest: 'new' }))).toEqual(finish)
})

test.each([
  ['upgraded by somebody', own('Deployed', 3), helms(4), 5],
  ['failed to upgrade', own('Deployed', 3), helms(4, { status: 'failed' }), 5],
  ['uninstalled by somebody', own('Deployed', 3), undefined, 1],
  ['uninstalled with its history', own('Deployed', 3), helms(3, { status: 'uninstalled', digest: 'new' }), 4],
  ['lost its newest revision', own('Deployed', 3), helms(2, { status: 'superseded', digest: 'old' }), 3],
  ['uninstalled and installed by somebody', own('Deployed', 1), helms(1), 2],
])('a release that was %s is applied again in full', (_, record, latest, revision) => {
  expect(plan(record, latest)).toEqual({ approach: 'render', revision, trusted: false })
})

test('helm at work is waited for, and unlocked when nobody can be at work any more', () => {
  const pending = (ageMs: number) => helms(4, { status: 'pending-upgrade', modifiedAtMs: NOW - ageMs })
  const found = { revision: 4, status: 'pending-upgrade' }
  expect(plan(own('Deployed', 3), pending(ABANDONED_AFTER_MS - 1))).toEqual({ approach: 'wait', ...found })
  expect(plan(own('Deployed', 3), pending(ABANDONED_AFTER_MS))).toEqual({ approach: 'unlock', ...found })
})

const attempt = (status: string, digest: string, ageMs = 0) => helms(4, { status, digest, modifiedAtMs: NOW - ageMs })

test('a revision of ours whose hooks are under way is gone on with, or given up for a newer one', () => {
  const pending = { revision: 4, status: 'pending-upgrade' }
  expect(plan(own('Deployed', 3, 'old'), attempt('pending-upgrade', 'new', 10 * ABANDONED_AFTER_MS))).toEqual({
    approach: 'resume',
    revision: 4,
  })
  expect(plan(own('Deployed', 3, 'old'), attempt('pending-upgrade', 'other'))).toEqual({
    approach: 'abandon',
    ...pending,
  })
})

test('a revision of ours that has failed is held for a while, unless the next one is another', () => {
  const record = own('Deployed', 3, 'old')
  expect(plan(record, attempt('failed', 'new', HOOK_RETRY_MS - 1))).toEqual({ approach: 'hold', revision: 4 })
  expect(plan(record, attempt('failed', 'new', HOOK_RETRY_MS))).toEqual({ approach: 'resume', revision: 4 })
  expect(plan(record, attempt('failed', 'other'))).toEqual({ approach: 'render', revision: 5, trusted: false })
})

test('the inventory holds through revisions of ours that came to nothing, and through nobody else’s', () => {
  const failed = [helms(5, { status: 'failed', digest: 'x' }), helms(4, { status: 'failed', digest: 'y' })]
  const record = { record: own('Deployed', 3) as NonNullable<ObservedRelease['record']> }
  const holds = (...history: RevisionRecord[]) =>
    inventoryHolds({ ...record, history, ...(history[0] ? { latest: history[0] } : {}) })
  expect(holds(...failed, helms(3, { digest: 'new' }))).toBe(true)
  expect(holds(...failed, helms(3))).toBe(false)
  expect(holds(failed[0] as RevisionRecord, helms(4), helms(3, { digest: 'new', status: 'superseded' }))).toBe(false)
})
