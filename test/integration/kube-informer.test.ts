/** The informer against a real API server that dies, forgets and comes back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Kube } from '../../src/kube/client.ts'
import { createInformer, type InformerOptions } from '../../src/kube/informer.ts'
import type { TransportOptions } from '../../src/kube/transport.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { startRelay } from '../make/relay.ts'
import { type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

let environment: KubeEnvironment
let kube: Kube
const endings: (() => unknown)[] = []
beforeAll(async () => {
  environment = await startKubeEnvironment('kube-informer')
  kube = environment.connect().kube
})
afterAll(async () => {
  for (const end of endings.reverse()) await end()
  await environment?.stop()
})

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }

function makeConfigMap(name: string, namespace: string, data: Record<string, string> = {}): KubeObject {
  return { ...CONFIG_MAP, metadata: { name, namespace, labels: { test: 'informer' } }, data }
}

function refTo(name: string, namespace: string) {
  return { ...CONFIG_MAP, name, namespace }
}

async function givenNamespace(name: string): Promise<string> {
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return name
}

/** An informer on the labelled ConfigMaps of a namespace, with what it was told. */
async function given(
  namespace: string,
  options: Partial<InformerOptions> = {},
  transportOptions: Partial<TransportOptions> = {},
) {
  const verbs: string[] = []
  const { transport, discovery } = environment.connect({
    ...transportOptions,
    onRequest: ({ verb, status }) => verbs.push(`${verb} ${status}`),
  })
  const log: string[] = []
  const informer = createInformer({
    transport,
    discovery,
    kind: CONFIG_MAP,
    namespace,
    labelSelector: 'test=informer',
    retry: { minMs: 50, maxMs: 500 },
    ...options,
  })
  informer.onChange(({ type, object }) => log.push(`${type} ${object.metadata.name}`))
  informer.start()
  endings.push(() => informer.stop())
  await informer.whenSynced()
  return { informer, log, verbs }
}

test('changes are seen, with and without their content', async () => {
  const namespace = await givenNamespace('seen')
  await kube.create(makeConfigMap('before', namespace))
  const whole = await given(namespace)
  const bare = await given(namespace, { metadataOnly: true })
  await kube.create(makeConfigMap('a', namespace, { key: '1' }))
  await kube.apply(makeConfigMap('a', namespace, { key: '2' }), { manager: 'me', force: true })
  await kube.create({ ...makeConfigMap('unlabelled', namespace), metadata: { name: 'unlabelled', namespace } })
  await kube.delete(refTo('before', namespace))
  const expected = ['added before', 'added a', 'updated a', 'deleted before']
  for (const { log } of [whole, bare]) await expect.poll(() => log).toEqual(expected)
  expect(whole.informer.list()).toEqual([await kube.get(refTo('a', namespace))])
  expect(bare.informer.list().map(Object.keys)).toEqual([['kind', 'apiVersion', 'metadata']])
  expect(bare.informer.get('a', namespace)).toMatchObject({ ...CONFIG_MAP, metadata: { name: 'a' } })
})

test('watches that the server ends go on without a gap and without another list', async () => {
  const namespace = await givenNamespace('ended')
  const { log, verbs } = await given(namespace, { watchSeconds: 1 })
  for (const name of ['a', 'b', 'c']) {
    await kube.create(makeConfigMap(name, namespace))
    const before = verbs.length
    await expect.poll(() => verbs.length, { timeout: 10_000 }).toBeGreaterThan(before)
  }
  await expect.poll(() => log).toEqual(['added a', 'added b', 'added c'])
  expect(verbs.filter(verb => verb === 'list 200').length).toBe(1)
})

test('it survives the death of the API server, and nothing is told twice', async () => {
  const namespace = await givenNamespace('death')
  await kube.create(makeConfigMap('a', namespace))
  const errors: unknown[] = []
  const { informer, log } = await given(namespace, { onError: error => errors.push(error) })
  await environment.killApiServer()
  await expect.poll(() => errors.length, { timeout: 10_000 }).toBeGreaterThan(1)
  expect([informer.synced, informer.list().length]).toEqual([true, 1])
  await environment.startApiServer()
  await kube.create(makeConfigMap('b', namespace))
  await expect.poll(() => log, { timeout: 30_000 }).toEqual(['added a', 'added b'])
})

test('after a time that the server has forgotten, a new list tells exactly what has changed', async () => {
  const namespace = await givenNamespace('forgotten')
  for (const name of ['same', 'changed', 'gone', 'replaced']) await kube.create(makeConfigMap(name, namespace))
  const cable = await startRelay(Number(new URL(environment.connection.server).port))
  endings.push(() => cable.stop())
  const connection = { ...environment.connection, server: `https://127.0.0.1:${cable.port}` }
  const { informer, log, verbs } = await given(namespace, {}, { connection })
  expect(log.splice(0).length).toBe(4)

  cable.cut()
  await kube.apply(makeConfigMap('changed', namespace, { key: '2' }), { manager: 'me', force: true })
  await kube.delete(refTo('gone', namespace))
  await kube.delete(refTo('replaced', namespace))
  await kube.create(makeConfigMap('replaced', namespace))
  await kube.create(makeConfigMap('new', namespace))
  // Only what a server has seen since its own start can be watched from.
  await environment.killApiServer()
  await environment.startApiServer()
  cable.heal()

  await expect
    .poll(() => log.toSorted(), { timeout: 30_000 })
    .toEqual(['added new', 'added replaced', 'deleted gone', 'deleted replaced', 'updated changed'])
  expect(verbs.filter(verb => verb === 'list 200').length).toBe(2)
  expect(new Set(informer.list())).toEqual(
    new Set(await kube.list(CONFIG_MAP, { namespace, labelSelector: 'test=informer' })),
  )
})
