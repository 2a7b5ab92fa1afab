import { expect, test } from 'vitest'
import { foreignRevision, isUnderWay } from './helm-status.ts'

test('a status that is no end is under way', () => {
  const words = ['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling', 'unknown']
  const ends = ['deployed', 'superseded', 'failed', 'uninstalled']
  expect(words.map(status => isUnderWay({ status }))).toEqual(words.map(() => true))
  expect(ends.map(status => isUnderWay({ status }))).toEqual(ends.map(() => false))
})

test("somebody's helm is at work on a revision under way that is not ours", () => {
  const theirs = { revision: 4, status: 'pending-upgrade' }
  expect(foreignRevision({ latest: theirs })).toEqual(theirs)
  expect(foreignRevision({ latest: { ...theirs, digest: 'ours' } })).toBeUndefined()
  expect(foreignRevision({ latest: { ...theirs, status: 'deployed' } })).toBeUndefined()
  expect(foreignRevision({})).toBeUndefined()
})

test('`helm uninstall` is at work on our own revision: it makes none', () => {
  const latest = { revision: 4, status: 'uninstalling', digest: 'ours' }
  expect(foreignRevision({ latest })).toEqual(latest)
})
