import { expect, test } from 'vitest'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { ExpectedObject } from '../plan/drift.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import { observeDrift } from './drift.ts'

const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'tenant-acme', name: 'api' }
const secretless = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'tenant-acme', name: 'once' }

function service(resourceVersion: string, manager = 'helm', metadata: object = {}): KubeObject {
  const { apiVersion, kind, namespace, name } = ref
  return { apiVersion, kind, metadata: { name, namespace, resourceVersion, managedFields: [{ manager }], ...metadata } }
}

const expected = (of: ObjectRef = ref): ExpectedObject => ({
  ref: of,
  manager: 'helm',
  isIntact: ({ managedFields }) => managedFields?.[0]?.manager === 'helm',
})

async function findings(watched: readonly KubeObject[], live: KubeObject | undefined, of?: ObjectRef) {
  const asked: string[] = []
  const get = async ({ name }: ObjectRef) => {
    asked.push(name)
    return live
  }
  return { ...(await observeDrift({ kube: { get }, cache: makeCache({ services: watched }) }, [expected(of)])), asked }
}

test('nothing is asked of the API server while the watch knows the object as it was applied', async () => {
  expect(await findings([service('1')], undefined)).toEqual({ drifted: [], intact: [], asked: [] })
})

test('an object that the watch has lost is gone once the API server says so', async () => {
  expect(await findings([], undefined)).toEqual({ drifted: [{ ref, what: 'gone' }], intact: [], asked: ['api'] })
})

test('a watch that is behind the last write is no drift', async () => {
  const { drifted, intact } = await findings([service('1', 'rival')], service('2'))
  expect([drifted, intact]).toEqual([[], [service('2')]])
  expect((await findings([], service('2'))).drifted).toEqual([])
})

test('an edit names its editor', async () => {
  const live = service('2', 'rival')
  expect((await findings([live], live)).drifted).toEqual([{ ref, what: 'edited', by: 'rival' }])
})

test('what is still on its way out is neither', async () => {
  const leaving = service('2', 'rival', { deletionTimestamp: '2026-01-01T00:00:00Z' })
  expect(await findings([], leaving)).toMatchObject({ drifted: [], intact: [] })
})

test('an object of a kind that is not watched is not judged', async () => {
  expect(await findings([], undefined, secretless)).toEqual({ drifted: [], intact: [], asked: [] })
})
