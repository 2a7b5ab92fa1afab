import { expect, test } from 'vitest'
import { makeCache } from '../../test/make/tenant-cache.ts'
import type { ExpectedObject } from '../plan/drift.ts'
import * as names from '../plan/names.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import type { ListOptions } from './client.ts'
import { observeDrift } from './drift.ts'
import { KubeError } from './errors.ts'

const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'tenant-acme', name: 'api' }
const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'tenant-acme', name: 'once' }

function service(resourceVersion: string, manager = 'helm', metadata: object = {}): KubeObject {
  const { apiVersion, kind, namespace, name } = ref
  return { apiVersion, kind, metadata: { name, namespace, resourceVersion, managedFields: [{ manager }], ...metadata } }
}

const expected = (of: ObjectRef = ref): ExpectedObject => ({
  ref: of,
  manager: of.kind === 'RoleBinding' ? names.FIELD_MANAGER : 'helm',
  isIntact: ({ managedFields }) => managedFields?.[0]?.manager === 'helm',
})

const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'tenant-acme', name: 'smtp' }

async function findings(watched: readonly KubeObject[], live: KubeObject | undefined, of?: ObjectRef) {
  const asked: string[] = []
  const get = async ({ name }: ObjectRef) => {
    asked.push(name)
    return live
  }
  return { ...(await observeDrift({ kube: { get }, cache: makeCache({ services: watched }) }, [expected(of)])), asked }
}

test('nothing is asked of the API server while the watch knows the object as it was applied', async () => {
  expect(await findings([service('1')], undefined)).toEqual({ drifted: [], intact: [], unjudged: [], asked: [] })
})

test('an object that the watch has lost is gone once the API server says so', async () => {
  expect(await findings([], undefined)).toEqual({
    drifted: [{ ref, what: 'gone' }],
    intact: [],
    unjudged: [],
    asked: ['api'],
  })
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
  expect(await findings([], undefined, secret)).toEqual({ drifted: [], intact: [], unjudged: [], asked: [] })
})

type Held = readonly KubeObject[] | Error

/** What lists give; where they differ, by kind. */
async function inFull(found: Held | Readonly<Record<string, Held>>, ...refs: readonly ObjectRef[]) {
  const asked: string[] = []
  const get = async ({ kind }: ObjectRef) => void asked.push(`get ${kind}`)
  const heldOf = (kind: string): Held => {
    if (Array.isArray(found) || found instanceof Error) return found
    return (found as Readonly<Record<string, Held>>)[kind] ?? []
  }
  const release = {
    list: async ({ kind }: { kind: string }, { namespace, metadataOnly }: ListOptions = {}) => {
      asked.push(`${kind} ${namespace} ${metadataOnly}`)
      const held = heldOf(kind)
      if (held instanceof Error) throw held
      return held.filter(object => object.kind === kind)
    },
  }
  return { ...(await observeDrift({ kube: { get }, cache: makeCache(), release }, refs.map(expected))), asked }
}

const held = (ref: ObjectRef, manager = 'helm', metadata: object = {}): KubeObject => {
  const { apiVersion, kind, namespace = '', name } = ref
  return { apiVersion, kind, metadata: { name, namespace, managedFields: [{ manager }], ...metadata } }
}

test('at a full look it is, by one list of metadata for each kind, as the account of the release', async () => {
  const other = { ...secret, name: 'other' }
  const third = { ...secret, name: 'third' }
  const { drifted, asked } = await inFull([held(secret), held(other, 'rival')], secret, other, third)
  expect(drifted).toEqual([
    { ref: other, what: 'edited', by: 'rival' },
    { ref: third, what: 'gone' },
  ])
  expect(asked).toEqual(['Secret tenant-acme true'])
})

test('what ends by itself may be gone at any time, and what is on its way out is looked at again', async () => {
  const pod = { ...job, apiVersion: 'v1', kind: 'Pod' }
  expect(await inFull([], job, pod)).toEqual({ drifted: [], intact: [], unjudged: [], asked: [] })
  const leaving = held(secret, 'rival', { deletionTimestamp: '2026-01-01T00:00:00Z' })
  expect((await inFull([leaving], secret)).drifted).toEqual([])
})

test('objects of a kind that the cluster no longer has are gone', async () => {
  const notServed = new KubeError({ status: 404, reason: 'KindNotServed', message: 'no such kind' })
  expect((await inFull(notServed, secret)).drifted).toEqual([{ ref: secret, what: 'gone' }])
})

test.each([
  ['may not be listed', 403, 'Forbidden'],
  ['nobody converts', 500, 'InternalError'],
  ['nobody serves now', 503, 'KindUnknown'],
])('objects of a kind that %s are not judged, all others are', async (_, status, reason) => {
  const error = new KubeError({ status, reason, message: `Cannot list secrets: ${reason}` })
  const cronJob = { ...secret, apiVersion: 'batch/v1', kind: 'CronJob' }
  const { drifted, unjudged } = await inFull({ Secret: error }, secret, cronJob)
  expect(drifted.map(({ ref: { kind }, what }) => [kind, what])).toEqual([['CronJob', 'gone']])
  expect(unjudged).toEqual([error])
})

test.each([
  ['unreachable', 0, 'Unreachable'],
  ['overloaded', 429, 'TooManyRequests'],
  ['spoken for by somebody else', 502, 'UnreadableAnswer'],
])('an API server that is %s says nothing about any of them', async (_, status, reason) => {
  const error = new KubeError({ status, reason, message: 'no' })
  await expect(inFull(error, secret)).rejects.toThrow(error)
})

test('while an object of the operator is to be put back, kinds that are not watched are not looked at: it may be the right to', async () => {
  const binding = { ...secret, apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' }
  const { drifted, asked } = await inFull([], secret, binding)
  expect([drifted.map(({ ref: { kind } }) => kind), asked]).toEqual([['RoleBinding'], ['get RoleBinding']])
})
