import * as http2 from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { failure, GET, givenTransport, ok, POST, readAll, WATCH } from '../../test/make/transport.ts'

test('a body that breaks off is an error, not a shorter body', async () => {
  const { transport } = await givenTransport((request, response) => {
    response.write('{"items": []')
    setTimeout(() => request.stream.close(http2.constants.NGHTTP2_CANCEL), 5)
  })
  expect(await failure(transport.request(POST))).toMatchObject({ reason: 'Unreachable' })
})

test('no answer in time is an error that names the time', async () => {
  const { transport } = await givenTransport(() => undefined, { timeoutMs: 50 })
  expect(await failure(transport.request(GET))).toEqual({
    status: 0,
    reason: 'NoAnswerInTime',
    message: 'Cannot get Pod a/b: the API server did not answer within 0.05 s',
  })
})

test('those who wait for a stream have a deadline too', async () => {
  const { transport } = await givenTransport(() => undefined, { maxStreams: 1 })
  const signal = new AbortController()
  const first = transport.request({ ...GET, signal: signal.signal }).catch(() => undefined)
  await sleep(20)
  expect(await failure(transport.request({ ...GET, timeoutMs: 30 }))).toMatchObject({ reason: 'NoAnswerInTime' })
  signal.abort()
  await first
})

test('a connection that went dead without a word is given up', async () => {
  // A busy machine needs its time for the answer to a ping.
  const { api, transport } = await givenTransport(ok, { pingIntervalMs: 20, pingTimeoutMs: 1_000 })
  await transport.request(GET)
  api.mute()
  expect(await failure(transport.request({ ...POST, timeoutMs: 20_000 }))).toMatchObject({ reason: 'Unreachable' })
  while (transport.connections() > 0) await sleep(5)
})

test('a process that may not write sends no write', async () => {
  const seen: string[] = []
  const { transport } = await givenTransport(
    (request, response) => {
      seen.push(request.method)
      response.end('{}')
    },
    { mayWrite: () => false },
  )
  expect(await failure(transport.request(POST))).toEqual({
    status: 0,
    reason: 'WriteFenced',
    message: 'Cannot create Pod a/b: this process does not hold the lease now',
  })
  expect((await transport.request(GET)).status).toBe(200)
  expect(seen).toEqual(['GET'])
})

test('whether a write may be sent is asked when its turn has come, not when it was asked for', async () => {
  let may = true
  let release: (() => void) | undefined
  const { transport } = await givenTransport(
    (_, response) => {
      release = () => response.end('{}')
    },
    { maxStreams: 1, mayWrite: () => may },
  )
  const first = transport.request(POST)
  const second = failure(transport.request(POST))
  while (release === undefined) await sleep(1)
  may = false
  release()
  expect((await first).status).toBe(200)
  expect(await second).toMatchObject({ reason: 'WriteFenced' })
})

test('closing ends what is under way and refuses what comes later', async () => {
  const { transport } = await givenTransport((_, response) => response.write('x'))
  const first = failure(transport.request(GET))
  const watch = await transport.stream(WATCH)
  transport.close()
  expect(await first).toMatchObject({ reason: 'Closed' })
  expect(await failure(readAll(watch.body))).toMatchObject({ reason: 'Closed' })
  expect(await failure(transport.request(GET))).toMatchObject({ reason: 'Closed' })
  while (transport.connections() > 0) await sleep(1)
})

test('a caller ends its own request', async () => {
  const { transport } = await givenTransport(() => undefined)
  const controller = new AbortController()
  const asked = failure(transport.request({ ...GET, signal: controller.signal }))
  controller.abort()
  expect(await asked).toEqual({
    status: 0,
    reason: 'Closed',
    message: 'Cannot get Pod a/b: nobody waits for it any more',
  })
})

test('a stream comes in pieces and has no deadline once it has begun', async () => {
  const { transport } = await givenTransport(
    async (_, response) => {
      for (const piece of ['a', 'b', 'c']) {
        response.write(piece)
        await sleep(400)
      }
      response.end()
    },
    // A busy machine needs its time until the first piece.
    { timeoutMs: 1000 },
  )
  expect(await readAll((await transport.stream(WATCH)).body)).toBe('abc')
})

test('a stream that breaks off is an error', async () => {
  const { transport } = await givenTransport((request, response) => {
    response.write('a')
    setTimeout(() => request.stream.session?.destroy(), 10)
  })
  const { body } = await transport.stream(WATCH)
  expect(await failure(readAll(body))).toMatchObject({ reason: 'Unreachable' })
})
