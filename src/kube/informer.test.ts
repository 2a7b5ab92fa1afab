import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { KubeObject } from '../plan/object.ts'
import type { Discovery } from './discovery.ts'
import { KubeError } from './errors.ts'
import { createInformer, type InformerOptions } from './informer.ts'
import type { Transport, TransportRequest } from './transport.ts'

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' }

function makeObject(name: string, resourceVersion: string, data?: object): KubeObject {
  const metadata = { name, namespace: 'acme', uid: `uid-${name}`, resourceVersion }
  return { ...KIND, metadata, ...(data === undefined ? {} : { data }) }
}

/** An API server with one kind. What it lists is `objects` at `version`; a watch is fed, ended and broken by the test. */
function given(options: Partial<InformerOptions> = {}) {
  const server = {
    objects: [] as KubeObject[],
    version: '10',
    failure: undefined as KubeError | undefined,
    served: true,
  }
  const log: string[] = []
  const errors: unknown[] = []
  let watch: { feed(text: string): void; fail(error: Error): void; end(): void } | undefined

  const discovery: Discovery = {
    async find() {
      if (!server.served) throw new KubeError({ status: 404, reason: 'KindNotServed', message: 'not served' })
      return { ...KIND, plural: 'configmaps', namespaced: true, verbs: [], subresources: [] }
    },
    forget: () => undefined,
  }
  const transport: Transport = {
    async request() {
      if (server.failure) throw server.failure
      log.push('list')
      const items = server.objects.map(({ apiVersion: _, kind: __, ...item }) => item)
      return {
        status: 200,
        headers: {},
        body: JSON.stringify({ metadata: { resourceVersion: server.version }, items }),
      }
    },
    async stream({ path, signal }: TransportRequest) {
      if (server.failure) throw server.failure
      log.push(`watch ${new URL(path, 'https://a').searchParams.get('resourceVersion')}`)
      const { body, ...controls } = makePieces()
      watch = controls
      signal?.addEventListener('abort', () => controls.fail(closedBy(signal)))
      return { status: 200, headers: {}, body }
    },
    connections: () => 1,
    close: () => undefined,
  }
  const informer = createInformer({
    transport,
    discovery,
    kind: KIND,
    retry: { minMs: 1, maxMs: 2 },
    onError: error => errors.push(error),
    ...options,
  })
  endings.push(() => informer.stop())
  informer.onChange(({ type, object, previous }) => {
    const { name, resourceVersion } = object.metadata
    log.push(`${type} ${name} ${previous ? `${previous.metadata.resourceVersion}→` : ''}${resourceVersion}`)
  })
  const until = async (line: string, times = 1) => {
    while (log.filter(other => other === line).length < times) await sleep(1)
  }
  return {
    server,
    informer,
    log,
    errors,
    until,
    tell: (type: string, object: object) => watch?.feed(`${JSON.stringify({ type, object })}\n`),
    breakWatch: () => watch?.fail(new KubeError({ status: 0, reason: 'Unreachable', message: 'lost' })),
    endWatch: () => watch?.end(),
  }
}

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const end of endings.splice(0)) await end()
})

function closedBy(signal: AbortSignal): KubeError {
  if (signal.reason instanceof KubeError) return signal.reason
  return new KubeError({ status: 0, reason: 'Closed', message: 'closed' })
}

function makePieces() {
  const waiting: string[] = []
  let outcome: Error | 'end' | undefined
  let wake = () => {}
  const change = (work: () => void) => {
    work()
    wake()
  }
  const body = (async function* () {
    for (;;) {
      for (const piece of waiting.splice(0)) yield piece
      if (outcome === 'end') return
      if (outcome !== undefined) throw outcome
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  })()
  return {
    body,
    feed: (text: string) => change(() => waiting.push(text)),
    fail: (error: Error) =>
      change(() => {
        outcome ??= error
      }),
    end: () =>
      change(() => {
        outcome ??= 'end'
      }),
  }
}

test('the copy follows a list and the events after it', async () => {
  const { server, informer, log, tell, until } = given()
  server.objects = [makeObject('a', '8'), makeObject('b', '9')]
  informer.start()
  await informer.whenSynced()
  await until('watch 10')
  tell('MODIFIED', makeObject('a', '11'))
  tell('ADDED', makeObject('c', '12'))
  tell('DELETED', makeObject('b', '13'))
  await until('deleted b 13')
  expect(log).toEqual(['list', 'added a 8', 'added b 9', 'watch 10', 'updated a 8→11', 'added c 12', 'deleted b 13'])
  expect(informer.list()).toEqual([makeObject('a', '11'), makeObject('c', '12')])
  expect([informer.get('a', 'acme'), informer.get('b', 'acme')]).toEqual([makeObject('a', '11'), undefined])
})

test('before the first list nothing can be asked, for absent would be unknown', async () => {
  const { informer } = given()
  expect(informer.synced).toBe(false)
  for (const ask of [() => informer.get('a'), () => informer.list()]) {
    expect(ask).toThrow('Cannot tell which ConfigMap objects there are: the first list has not come yet')
  }
  informer.start()
  await informer.whenSynced()
  expect([informer.synced, informer.get('a')]).toEqual([true, undefined])
})

test('a watch that is lost, or that the server ends, goes on where it was, without a list', async () => {
  const { informer, log, errors, tell, until, breakWatch, endWatch } = given()
  informer.start()
  await until('watch 10')
  tell('ADDED', makeObject('a', '11'))
  await until('added a 11')
  breakWatch()
  await until('watch 11')
  tell('BOOKMARK', { ...KIND, metadata: { resourceVersion: '20' } })
  endWatch()
  await until('watch 20')
  expect(log).toEqual(['list', 'watch 10', 'added a 11', 'watch 11', 'watch 20'])
  expect(errors).toEqual([expect.objectContaining({ reason: 'Unreachable' })])
})

test('where the server does not know the moment any more, a list tells what has changed meanwhile', async () => {
  const { server, informer, log, errors, tell, until } = given()
  server.objects = [makeObject('a', '8'), makeObject('b', '9')]
  informer.start()
  await until('watch 10')
  Object.assign(server, { objects: [makeObject('b', '30'), makeObject('c', '31')], version: '40' })
  tell('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' })
  await until('watch 40')
  expect(log.slice(4)).toEqual(['list', 'deleted a 8', 'updated b 9→30', 'added c 31', 'watch 40'])
  expect(errors).toEqual([])
})

test('after any other error everything is read again too, and the error is reported', async () => {
  const { informer, log, errors, tell, until } = given()
  informer.start()
  await until('watch 10')
  tell('ERROR', { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd' })
  await until('watch 10', 2)
  expect(log).toEqual(['list', 'watch 10', 'list', 'watch 10'])
  expect(errors).toEqual([expect.objectContaining({ status: 500, message: 'Cannot watch ConfigMap objects: etcd' })])
})

test('a failing server is asked until it answers, and what is known stays known', async () => {
  const { server, informer, errors, until, breakWatch } = given()
  server.objects = [makeObject('a', '8')]
  server.failure = new KubeError({ status: 403, reason: 'Forbidden', message: 'no' })
  informer.start()
  while (errors.length < 3) await sleep(1)
  expect(informer.synced).toBe(false)
  server.failure = undefined
  await until('watch 10')
  server.failure = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  breakWatch()
  while (errors.length < 6) await sleep(1)
  expect([informer.synced, informer.list()]).toEqual([true, [makeObject('a', '8')]])
})

test('while the kind is not served nothing is known, and its return is told as changes', async () => {
  const { server, informer, log, until, tell } = given()
  server.objects = [makeObject('a', '8')]
  informer.start()
  await until('watch 10')
  server.served = false
  tell('ERROR', { kind: 'Status', code: 410 })
  while (informer.synced) await sleep(1)
  expect(() => informer.get('a')).toThrow('Cannot tell')
  Object.assign(server, { served: true, objects: [] })
  await informer.whenSynced()
  expect([log.at(-1), informer.list()]).toEqual(['deleted a 8', []])
})

test('a listener that throws is reported, and keeps nobody else from hearing', async () => {
  const heard: string[] = []
  const { server, informer, errors } = given()
  server.objects = [makeObject('a', '8'), makeObject('b', '9')]
  informer.onChange(() => {
    throw new Error('listener')
  })
  informer.onChange(({ object }) => heard.push(object.metadata.name))
  informer.start()
  await informer.whenSynced()
  expect([heard, errors]).toEqual([
    ['a', 'b'],
    [new Error('listener'), new Error('listener')],
  ])
})

test('a listener that comes later hears of what is there', async () => {
  const { server, informer } = given()
  server.objects = [makeObject('a', '8')]
  informer.start()
  await informer.whenSynced()
  const heard: unknown[] = []
  informer.onChange(change => heard.push(change))
  expect(heard).toEqual([{ type: 'added', object: makeObject('a', '8') }])
})

test('only what is worth keeping is kept', async () => {
  const { server, informer, tell, until } = given({ trim: ({ data: _, ...object }) => object as KubeObject })
  server.objects = [makeObject('a', '8', { big: 'x' })]
  informer.start()
  await until('watch 10')
  tell('ADDED', { ...makeObject('b', '11', { big: 'x' }), kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' })
  await until('added b 11')
  expect(informer.list()).toEqual([makeObject('a', '8'), makeObject('b', '11')])
})

test('a watch that stays silent beyond its end is opened again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { informer, errors, until } = given({ watchSeconds: 100 })
  informer.start()
  await until('watch 10')
  vi.advanceTimersByTime(151_000)
  await until('watch 10', 2)
  expect(errors).toEqual([expect.objectContaining({ reason: 'Unreachable' })])
})

test('it says for how long it has heard nothing', async () => {
  const { informer, until, tell } = given()
  informer.start()
  await until('watch 10')
  await sleep(20)
  expect(informer.silentForMs()).toBeGreaterThan(15)
  tell('BOOKMARK', { ...KIND, metadata: { resourceVersion: '20' } })
  while (informer.silentForMs() > 15) await sleep(1)
})

test('a stopped informer is silent, and nobody waits for it any more', async () => {
  const { informer, log, tell, server } = given()
  server.failure = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  informer.start()
  const waiting = informer.whenSynced()
  await informer.stop()
  await expect(waiting).rejects.toThrow('Cannot watch ConfigMap: stopped')
  tell('ADDED', makeObject('a', '11'))
  expect(log).toEqual([])
})
