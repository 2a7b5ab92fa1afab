import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { CONFIG_MAP, givenInformer, makeConfigMap } from '../../test/make/informer.ts'
import type { KubeObject } from '../plan/object.ts'
import { KubeError } from './errors.ts'

test('the copy follows a list and the events after it', async () => {
  const { server, informer, log, tell, until } = givenInformer()
  server.objects = [makeConfigMap('a', '8'), makeConfigMap('b', '9')]
  informer.start()
  await informer.whenSynced()
  await until('watch 10')
  tell('MODIFIED', makeConfigMap('a', '11'))
  tell('ADDED', makeConfigMap('c', '12'))
  tell('DELETED', makeConfigMap('b', '13'))
  await until('deleted b 13')
  expect(log).toEqual(['list', 'added a 8', 'added b 9', 'watch 10', 'updated a 8→11', 'added c 12', 'deleted b 13'])
  expect(informer.list()).toEqual([makeConfigMap('a', '11'), makeConfigMap('c', '12')])
  expect([informer.get('a', 'acme'), informer.get('b', 'acme')]).toEqual([makeConfigMap('a', '11'), undefined])
})

test('before the first list nothing can be asked, for absent would be unknown', async () => {
  const { informer } = givenInformer()
  expect(informer.synced).toBe(false)
  for (const ask of [() => informer.get('a'), () => informer.list()]) {
    expect(ask).toThrow('Cannot tell which ConfigMap objects there are: the first list has not come yet')
  }
  informer.start()
  await informer.whenSynced()
  expect([informer.synced, informer.get('a')]).toEqual([true, undefined])
})

test('a watch that is lost, or that the server ends, goes on where it was, without a list', async () => {
  const { informer, log, errors, tell, until, breakWatch, endWatch } = givenInformer()
  informer.start()
  await until('watch 10')
  tell('ADDED', makeConfigMap('a', '11'))
  await until('added a 11')
  breakWatch()
  await until('watch 11')
  tell('BOOKMARK', { ...CONFIG_MAP, metadata: { resourceVersion: '20' } })
  endWatch()
  await until('watch 20')
  expect(log).toEqual(['list', 'watch 10', 'added a 11', 'watch 11', 'watch 20'])
  expect(errors).toEqual([expect.objectContaining({ reason: 'Unreachable' })])
})

test('where the server does not know the moment any more, a list tells what has changed meanwhile', async () => {
  const { server, informer, log, errors, tell, until } = givenInformer()
  server.objects = [makeConfigMap('a', '8'), makeConfigMap('b', '9')]
  informer.start()
  await until('watch 10')
  Object.assign(server, { objects: [makeConfigMap('b', '30'), makeConfigMap('c', '31')], version: '40' })
  tell('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' })
  await until('watch 40')
  expect(log.slice(4)).toEqual(['list', 'deleted a 8', 'updated b 9→30', 'added c 31', 'watch 40'])
  expect(errors).toEqual([])
})

test('after any other error everything is read again too, and the error is reported', async () => {
  const { informer, log, errors, tell, until } = givenInformer()
  informer.start()
  await until('watch 10')
  tell('ERROR', { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd' })
  await until('watch 10', 2)
  expect(log).toEqual(['list', 'watch 10', 'list', 'watch 10'])
  expect(errors).toEqual([expect.objectContaining({ status: 500, message: 'Cannot watch ConfigMap objects: etcd' })])
})

test('a failing server is asked until it answers, and what is known stays known', async () => {
  const { server, informer, errors, until, breakWatch } = givenInformer()
  server.objects = [makeConfigMap('a', '8')]
  server.failure = new KubeError({ status: 403, reason: 'Forbidden', message: 'no' })
  informer.start()
  while (errors.length < 3) await sleep(1)
  expect(informer.synced).toBe(false)
  server.failure = undefined
  await until('watch 10')
  server.failure = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  breakWatch()
  while (errors.length < 6) await sleep(1)
  expect([informer.synced, informer.list()]).toEqual([true, [makeConfigMap('a', '8')]])
})

test('while the kind is not served nothing is known, and its return is told as changes', async () => {
  const { server, informer, log, until, tell } = givenInformer()
  server.objects = [makeConfigMap('a', '8')]
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
  const { server, informer, errors } = givenInformer()
  server.objects = [makeConfigMap('a', '8'), makeConfigMap('b', '9')]
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
  const { server, informer } = givenInformer()
  server.objects = [makeConfigMap('a', '8')]
  informer.start()
  await informer.whenSynced()
  const heard: unknown[] = []
  informer.onChange(change => heard.push(change))
  expect(heard).toEqual([{ type: 'added', object: makeConfigMap('a', '8') }])
})

test('only what is worth keeping is kept', async () => {
  const { server, informer, tell, until } = givenInformer({ trim: ({ data: _, ...object }) => object as KubeObject })
  server.objects = [makeConfigMap('a', '8', { big: 'x' })]
  informer.start()
  await until('watch 10')
  tell('ADDED', {
    ...makeConfigMap('b', '11', { big: 'x' }),
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
  })
  await until('added b 11')
  expect(informer.list()).toEqual([makeConfigMap('a', '8'), makeConfigMap('b', '11')])
})

test('a watch in which not even a bookmark comes is opened again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { informer, errors, until, tell } = givenInformer()
  informer.start()
  await until('watch 10')
  for (const version of ['11', '12', '13']) {
    vi.advanceTimersByTime(100_000)
    tell('ADDED', makeConfigMap('a', version))
    await until(version === '11' ? 'added a 11' : `updated a ${Number(version) - 1}→${version}`)
  }
  vi.advanceTimersByTime(151_000)
  await until('watch 13')
  expect(errors).toEqual([expect.objectContaining({ reason: 'Unreachable' })])
})

test('a server that is away is asked again and again: that is no idleness', async () => {
  const { server, informer, errors } = givenInformer()
  server.failure = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  informer.start()
  while (errors.length < 5) await sleep(1)
  const sinceMs = performance.now()
  while (errors.length < 10) await sleep(1)
  expect(informer.idleForMs()).toBeLessThan(performance.now() - sinceMs)
})

test('who waits for an answer waits while the server is away, and no longer than until it refuses', async () => {
  const { server, informer, errors } = givenInformer()
  server.failure = new KubeError({ status: 503, reason: 'ServiceUnavailable', message: 'etcd' })
  informer.start()
  let answered = false
  const waiting = informer.whenAnswered().then(() => {
    answered = true
  })
  while (errors.length < 5) await sleep(1)
  expect(answered).toBe(false)
  server.failure = new KubeError({ status: 403, reason: 'Forbidden', message: 'no' })
  await waiting
  expect(informer.synced).toBe(false)
})

test('it says for how long it has heard nothing', async () => {
  const { informer, until, tell } = givenInformer()
  informer.start()
  await until('watch 10')
  await sleep(20)
  expect(informer.idleForMs()).toBeGreaterThan(15)
  const toldMs = performance.now()
  tell('BOOKMARK', { ...CONFIG_MAP, metadata: { resourceVersion: '20' } })
  while (informer.idleForMs() > performance.now() - toldMs) await sleep(1)
})

test('a stopped informer is silent, and nobody waits for it any more', async () => {
  const { informer, log, tell, server } = givenInformer()
  server.failure = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  informer.start()
  const waiting = informer.whenSynced()
  await informer.stop()
  await expect(waiting).rejects.toThrow('Cannot watch ConfigMap: stopped')
  tell('ADDED', makeConfigMap('a', '11'))
  expect(log).toEqual([])
})
