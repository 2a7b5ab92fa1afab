/** The transport against a real API server that sends clients away, takes few streams, and becomes silent. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInformer, type Informer } from '../../src/kube/informer.ts'
import type { TransportOptions } from '../../src/kube/transport.ts'
import { mapAtMost } from '../../src/proxmox/at-most.ts'
import { startRelay } from '../make/relay.ts'
import { type Client, type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

/** The most that the API server accepts. */
const GOAWAY_CHANCE = 0.02
const MOST_STREAMS = 12
const WATCHES = 40
const OBJECTS = 600

let environment: KubeEnvironment
const endings: (() => unknown)[] = []
beforeAll(async () => {
  environment = await startKubeEnvironment('kube-transport')
  await environment.killApiServer()
  await environment.startApiServer(
    `--goaway-chance=${GOAWAY_CHANCE}`,
    `--http2-max-streams-per-connection=${MOST_STREAMS}`,
  )
})
afterAll(async () => {
  for (const end of endings.reverse()) await end()
  await environment?.stop()
})

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' }
const makeConfigMap = (name: string) => ({ ...CONFIG_MAP, metadata: { name, namespace: 'default' } })

function watch({ transport, discovery }: Client, onError: (error: unknown) => void = () => undefined): Informer {
  const retry = { minMs: 50, maxMs: 500 }
  const informer = createInformer({ transport, discovery, kind: CONFIG_MAP, namespace: 'default', retry, onError })
  endings.push(() => informer.stop())
  informer.start()
  return informer
}

test('sent away again and again (GOAWAY), every write is carried out once, and watches miss nothing', async () => {
  const reports: string[] = []
  const client = environment.connect({ onRequest: ({ verb, status }) => reports.push(`${verb} ${status}`) })
  const errors: unknown[] = []
  const informer = watch(client, error => errors.push(error))
  await informer.whenSynced()
  let most = 0
  await mapAtMost(
    Array.from({ length: OBJECTS }, (_, index) => `map-${index}`),
    32,
    async name => {
      // One that was sent twice would be answered by AlreadyExists.
      await client.kube.create(makeConfigMap(name))
      await client.kube.get({ ...CONFIG_MAP, namespace: 'default', name })
      most = Math.max(most, client.transport.connections())
    },
  )
  const madeOf = () => informer.list().filter(({ metadata }) => metadata.name.startsWith('map-')).length
  await expect.poll(madeOf, { timeout: 20_000 }).toBe(OBJECTS)
  expect(errors).toEqual([])
  expect(reports.filter(report => report === 'create 201').length).toBe(OBJECTS)
  // That it was sent away at all.
  expect(most).toBeGreaterThan(1)
  console.log(`${OBJECTS * 2} requests at a GOAWAY chance of ${GOAWAY_CHANCE}: at most ${most} connections at a time`)
})

test('more watches than a connection has streams get more connections, and requests still find room', async () => {
  const client = environment.connect()
  const informers = Array.from({ length: WATCHES }, () => watch(client))
  await Promise.all(informers.map(informer => informer.whenSynced()))
  await client.kube.create(makeConfigMap('seen-by-all'))
  for (const informer of informers) {
    await expect.poll(() => informer.get('seen-by-all', 'default'), { timeout: 20_000 }).toBeDefined()
  }
  const found = await Promise.all(
    Array.from({ length: 100 }, () => client.kube.get({ ...CONFIG_MAP, namespace: 'default', name: 'seen-by-all' })),
  )
  expect(found.filter(object => object !== undefined).length).toBe(100)
  expect(client.transport.connections()).toBeGreaterThanOrEqual(WATCHES / MOST_STREAMS)
})

test('a connection that dies without a word is noticed by its pulse, and its watches go on over another', async () => {
  const relay = await startRelay(Number(new URL(environment.connection.server).port))
  endings.push(() => relay.stop())
  const connection = { ...environment.connection, server: `https://127.0.0.1:${relay.port}` }
  const pulse: Partial<TransportOptions> = { connection, pingIntervalMs: 400, pingTimeoutMs: 400 }
  const client = environment.connect(pulse)
  const errors: unknown[] = []
  const informer = watch(client, error => errors.push(error))
  await informer.whenSynced()
  // The watch stands once it tells something.
  await environment.connect().kube.create(makeConfigMap('made-before'))
  await expect.poll(() => informer.get('made-before', 'default')).toBeDefined()
  const taken = relay.taken
  relay.mute()
  await environment.connect().kube.create(makeConfigMap('made-in-silence'))
  await expect.poll(() => informer.get('made-in-silence', 'default'), { timeout: 20_000 }).toBeDefined()
  expect(errors).toEqual([expect.objectContaining({ reason: 'Unreachable' })])
  expect(relay.taken).toBeGreaterThan(taken)
  await expect.poll(() => client.transport.connections()).toBe(1)
})
