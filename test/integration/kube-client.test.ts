/** The client against a real API server: what each verb does, and how each refusal looks. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Kube } from '../../src/kube/client.ts'
import * as errors from '../../src/kube/errors.ts'
import { createEventRecorder } from '../../src/kube/event-recorder.ts'
import { type KubeObject, refOf } from '../../src/plan/object.ts'
import { type Client, connectionsTo, type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

let environment: KubeEnvironment
let client: Client
let kube: Kube
beforeAll(async () => {
  environment = await startKubeEnvironment('kube-client')
  client = environment.connect()
  kube = client.kube
})
afterAll(() => environment?.stop())

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }

function makeConfigMap(name: string, data: Record<string, string> = {}, namespace = 'default'): KubeObject {
  return { ...CONFIG_MAP, metadata: { name, namespace }, data }
}

async function failure(work: Promise<unknown>): Promise<errors.KubeError> {
  const error = await work.catch((error: unknown) => error)
  if (error instanceof errors.KubeError) return error
  throw new Error('not refused')
}

test('an object is created, read, patched, applied and deleted', async () => {
  const created = await kube.create(makeConfigMap('life', { a: '1' }), { manager: 'first' })
  const ref = refOf(created)
  expect(await kube.get(ref)).toEqual(created)
  const { resourceVersion } = created.metadata
  const patched = await kube.patch(ref, { metadata: { resourceVersion }, data: { b: '2' } }, { manager: 'first' })
  expect(patched.data).toEqual({ a: '1', b: '2' })
  const applied = await kube.apply(makeConfigMap('life', { a: '3' }), { manager: 'second', force: true })
  expect(applied.data).toEqual({ a: '3', b: '2' })
  expect(await kube.delete(ref, { uid: created.metadata.uid ?? '' })).toBe('deleted')
  expect([await kube.get(ref), await kube.delete(ref)]).toEqual([undefined, 'absent'])
})

test("a delete by uid leaves another object of that name alone, and finalizers hold what is 'deleted'", async () => {
  const object = makeConfigMap('held')
  const created = await kube.create({ ...object, metadata: { ...object.metadata, finalizers: ['tenantry.dev/test'] } })
  const ref = refOf(created)
  expect(await kube.delete(ref, { uid: '00000000-0000-4000-8000-000000000000' })).toBe('absent')
  expect((await kube.get(ref))?.metadata.deletionTimestamp).toBeUndefined()
  expect(await kube.delete(ref, { propagation: 'Background' })).toBe('deleted')
  expect((await kube.get(ref))?.metadata.deletionTimestamp).toBeDefined()
  expect(await kube.delete(ref)).toBe('deleted')
  await kube.patch(ref, { metadata: { finalizers: null } })
  expect(await kube.get(ref)).toBeUndefined()
})

test('a namespace that is already going counts as deleted', async () => {
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: 'going' }
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going' } })
  await kube.create({
    ...makeConfigMap('held', {}, 'going'),
    metadata: { name: 'held', namespace: 'going', finalizers: ['tenantry.dev/test'] },
  })
  expect([await kube.delete(ref), await kube.delete(ref)]).toEqual(['deleted', 'deleted'])
  await kube.patch({ ...CONFIG_MAP, namespace: 'going', name: 'held' }, { metadata: { finalizers: null } })
})

test('the status of an object is applied apart from its spec', async () => {
  const object = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'claim', namespace: 'default' } }
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await kube.apply({ ...object, spec }, { manager: 'me' })
  const applied = await kube.apply({ ...object, status: { phase: 'Lost' } }, { manager: 'me', subresource: 'status' })
  expect(applied.status).toEqual({ phase: 'Lost' })
})

test('a list goes through its pages, each item with its kind', async () => {
  const pages: string[] = []
  const { kube } = environment.connect({ onRequest: ({ verb }) => pages.push(verb) })
  const namespace = 'many'
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const names = Array.from({ length: 1200 }, (_, number) => `map-${String(number).padStart(4, '0')}`)
  const waiting = [...names]
  const write = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      await kube.create({
        ...makeConfigMap(name, { key: name }, namespace),
        metadata: { name, namespace, labels: { test: 'paging' } },
      })
    }
  }
  await Promise.all(Array.from({ length: 16 }, write))
  pages.length = 0
  const found = await kube.list(CONFIG_MAP, { namespace, labelSelector: 'test=paging' })
  expect(found.map(({ metadata }) => metadata.name)).toEqual(names)
  expect(found.every(({ apiVersion, kind, data }) => apiVersion === 'v1' && kind === 'ConfigMap' && data)).toBe(true)
  expect(pages).toEqual(['list', 'list', 'list'])
  const bare = await kube.list(CONFIG_MAP, { namespace, labelSelector: 'test=paging', metadataOnly: true })
  expect([bare.length, Object.keys(bare[0] ?? {}).sort()]).toEqual([1200, ['apiVersion', 'kind', 'metadata']])
})

test('200 requests at a time go over one connection', async () => {
  const { kube, transport } = environment.connect()
  const before = connectionsTo(environment.connection.server)
  const ref = { ...CONFIG_MAP, namespace: 'default', name: 'kube-root-ca.crt' }
  const found = await Promise.all(Array.from({ length: 200 }, () => kube.get(ref)))
  expect(found.filter(object => object?.metadata.name === ref.name).length).toBe(200)
  expect([transport.connections(), connectionsTo(environment.connection.server) - before]).toEqual([1, 1])
})

test('a conflict of field managers names the field and the other manager', async () => {
  await kube.apply(makeConfigMap('owned', { a: '1' }), { manager: 'first' })
  const error = await failure(kube.apply(makeConfigMap('owned', { a: '2' }), { manager: 'second' }))
  expect([errors.isConflict(error), error.message]).toEqual([
    true,
    'Cannot apply ConfigMap default/owned: Apply failed with 1 conflict: conflict with "first": .data.a',
  ])
})

test('an outdated resourceVersion, an existing object and another uid are told apart', async () => {
  await kube.create(makeConfigMap('there'))
  const ref = { ...CONFIG_MAP, namespace: 'default', name: 'there' }
  const outdated = await failure(kube.patch(ref, { metadata: { resourceVersion: '1' }, data: { a: 'b' } }))
  const existing = await failure(kube.create(makeConfigMap('there')))
  const absent = makeConfigMap('absent')
  const other = await failure(
    kube.apply({ ...absent, metadata: { ...absent.metadata, uid: 'other' } }, { manager: 'me', force: true }),
  )
  expect([outdated, existing, other].map(errors.isConflict)).toEqual([true, false, true])
  expect([outdated, existing, other].map(errors.isAlreadyExists)).toEqual([false, true, false])
})

test('what the API server finds invalid is typed, with the field in its message', async () => {
  const error = await failure(kube.create(makeConfigMap('Not Valid')))
  expect([errors.isInvalid(error), error.status, error.details?.causes?.[0]?.field]).toEqual([
    true,
    422,
    'metadata.name',
  ])
})

test("a missing namespace is 'not found', a missing kind is not", async () => {
  const [namespace, kind] = await Promise.all([
    failure(kube.create(makeConfigMap('a', {}, 'absent'))),
    failure(kube.get({ apiVersion: 'nothing.example/v1', kind: 'Nothing', name: 'a' })),
  ])
  expect([namespace, kind].map(errors.isNotFound)).toEqual([true, false])
  expect([namespace, kind].map(errors.isKindNotServed)).toEqual([false, true])
})

test('a kind is known as soon as its definition is there, and unknown again when it is gone', async () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'sprockets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'sprockets', singular: 'sprocket', kind: 'Sprocket' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  }
  const ref = { apiVersion: 'example.com/v1', kind: 'Sprocket', name: 'a' }
  expect(errors.isKindNotServed(await failure(kube.get(ref)))).toBe(true)
  const created = await kube.create(definition)
  const known = () => kube.get(ref).catch((error: unknown) => error)
  await expect.poll(known, { timeout: 20_000 }).toBeUndefined()
  await kube.delete(refOf(created))
  await expect.poll(async () => errors.isKindNotServed(await known()), { timeout: 20_000 }).toBe(true)
})

test('another user is impersonated and has only its own rights', async () => {
  const user = kube.as('system:serviceaccount:default:nobody')
  const error = await failure(user.list(CONFIG_MAP, { namespace: 'default' }))
  expect([errors.isForbidden(error), error.message]).toEqual([
    true,
    'Cannot list ConfigMap objects of namespace default: configmaps is forbidden: User "system:serviceaccount:default:nobody" cannot list resource "configmaps" in API group "" in the namespace "default"',
  ])
})

test('who may not impersonate cannot act as another', async () => {
  const tokenRequest = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token'
  const what = 'create a token'
  const response = await client.transport.request({
    method: 'POST',
    path,
    verb: 'create',
    resource: 'serviceaccounts/token',
    what,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(tokenRequest),
  })
  const { status } = JSON.parse(response.body) as { status: { token: string } }
  const { tls } = await environment.connection.credentials.current()
  const credentials = {
    current: async () => ({
      headers: { authorization: `Bearer ${status.token}` },
      tls: tls.ca === undefined ? {} : { ca: tls.ca },
    }),
    refresh: () => false,
  }
  const weak = environment.connect({ connection: { ...environment.connection, credentials } })
  const error = await failure(weak.kube.as('system:admin').list(CONFIG_MAP, { namespace: 'default' }))
  expect([errors.isForbidden(error), error.message]).toEqual([
    true,
    expect.stringContaining('User "system:serviceaccount:default:default" cannot impersonate'),
  ])
})

test('events are accepted, and the same again is a series of the first', async () => {
  const about = await kube.create(makeConfigMap('eventful'))
  const failures: unknown[] = []
  const recorder = createEventRecorder({
    kube,
    controller: 'tenantry.dev/operator',
    instance: 'test',
    onError: error => failures.push(error),
  })
  const event = { type: 'Normal', reason: 'Ready', note: 'All is well.', action: 'Provision' } as const
  recorder.record(about, event)
  await recorder.flush()
  for (let count = 0; count < 3; count += 1) recorder.record(about, event)
  recorder.record({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', uid: 'n' } }, event)
  await recorder.flush()
  const found = await kube.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event' }, { namespace: 'default' })
  const ours = found.filter(({ reportingController }) => reportingController === 'tenantry.dev/operator')
  expect(failures).toEqual([])
  expect(
    ours.map(({ regarding, note, series }) => ({
      about: (regarding as { name: string }).name,
      note,
      count: (series as { count?: number } | undefined)?.count,
    })),
  ).toEqual([
    { about: 'default', note: 'All is well.', count: undefined },
    { about: 'eventful', note: 'All is well.', count: 4 },
  ])
})

test('the version of the server is known', async () => {
  const { major, minor, gitVersion } = await kube.serverVersion()
  expect([major, gitVersion]).toEqual([1, expect.stringContaining(`v1.${minor}.`)])
})
