import { expect, test } from 'vitest'
import { makeReleaseObject } from '../../test/make/release.ts'
import type { RevisionBefore } from './port.ts'
import { revisionBefore } from './revision-before.ts'

/** Statuses, oldest first. Every revision was first deployed at the minute of its number. */
function before(...statuses: string[]): Promise<RevisionBefore | undefined> {
  const history = statuses.map((status, index) => ({ revision: index + 1, status, modifiedAtMs: 0 })).reverse()
  const read = async (revision: number) =>
    revision === 9
      ? undefined
      : makeReleaseObject({ info: { status: 'x', first_deployed: `08:0${revision}` }, apply_method: 'ssa' })
  return revisionBefore({ read }, history)
}

test('nothing comes before an installation, and nothing that counts after an end that left its history', async () => {
  expect([await before(), await before('superseded', 'uninstalled')]).toEqual([undefined, undefined])
})

test('the newest revision is counted on from, and the one that is deployed says what goes on', async () => {
  const goesOn = { revision: 3, firstDeployed: '08:03', applyMethod: 'ssa' }
  expect(await before('superseded', 'superseded', 'deployed')).toEqual(goesOn)
  expect(await before('superseded', 'deployed', 'failed')).toEqual({ ...goesOn, firstDeployed: '08:02' })
  expect(await before('superseded', 'superseded', 'failed')).toEqual(goesOn)
})

test('a record that nobody can read says nothing', async () => {
  const statuses = [...Array.from({ length: 8 }, () => 'superseded'), 'deployed']
  expect(await before(...statuses)).toEqual({ revision: 9, firstDeployed: '', applyMethod: '' })
})
