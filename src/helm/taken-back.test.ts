import { expect, test } from 'vitest'
import { makeConfigMap, RELEASE } from '../../test/make/release.ts'
import { releaseWorld } from '../../test/make/release-world.ts'
import { type KubeObject, refKey } from '../plan/object.ts'
import type { RevisionRecord } from './history.ts'
import { takenBack } from './taken-back.ts'

const theirs = (revision: number, status = 'deployed'): RevisionRecord => ({ revision, status, modifiedAtMs: 0 })
const ours = (revision: number, status = 'deployed'): RevisionRecord => ({ ...theirs(revision, status), digest: 'd' })

test('a revision of somebody else is named with the one that replaces it, also where it has failed', () => {
  const told = "Revision 4, which somebody's helm made, is replaced by 5, as the Tenant and its plan say."
  expect(takenBack([theirs(4), ours(3, 'superseded')], 5)).toBe(told)
  expect(takenBack([theirs(4, 'failed'), ours(3)], 5)).toBe(told)
})

test('so it is when tries of ours lie between', () => {
  const history = [ours(6, 'pending-upgrade'), ours(5, 'failed'), theirs(4), ours(3, 'superseded')]
  expect(takenBack(history, 6)).toContain('Revision 4, ')
})

test('what somebody has uninstalled is brought back', () => {
  const told = "Revision 3, which somebody's helm has uninstalled, is brought back as 4."
  expect(takenBack([ours(3, 'uninstalled')], 4)).toBe(told)
})

test('of what this operator did itself, nothing is told', () => {
  expect(takenBack([], 1)).toBeUndefined()
  expect(takenBack([ours(3), theirs(2, 'superseded')], 4)).toBeUndefined()
})

test('storage that somebody’s upgrade made larger stays so and is told, and the rest is taken back', async () => {
  const world = releaseWorld()
  const claim = (storage: string): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'store' } },
    spec: { resources: { requests: { storage } } },
  })
  const objects = (v: string, storage: string) => [claim(storage), makeConfigMap('a', { v })]
  await world.apply(objects('ours', '1Gi'))
  world.upgradeByHand(objects('theirs', '5Gi'))
  const grown = 'PersistentVolumeClaim store keeps its 5Gi of storage, where the chart says 1Gi: storage cannot shrink.'
  expect(await world.apply(objects('ours', '1Gi'))).toMatchObject({ outcome: 'done', revision: 3, grown: [grown] })
  const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: RELEASE.namespace, name: 'store' }
  expect([world.kube.objects.get(refKey(ref))?.spec, world.content()]).toEqual([
    claim('5Gi').spec,
    { a: { v: 'ours' } },
  ])
  expect(await world.apply(objects('ours', '1Gi'))).toMatchObject({ outcome: 'done', revision: 3, grown: [] })
})
