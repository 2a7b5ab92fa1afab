import * as http2 from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { failure, GET, givenTransport, ok, POST } from '../../test/make/transport.ts'
import type { CredentialSource } from './identity/credentials.ts'

test('a read is sent again when its connection is lost, a write that may have been carried out is not', async () => {
  const seen: string[] = []
  const { transport } = await givenTransport((request, response) => {
    seen.push(request.method)
    if (seen.filter(method => method === request.method).length > 1) response.end('{}')
    else request.stream.session?.destroy()
  })
  expect((await transport.request(GET)).status).toBe(200)
  expect(await failure(transport.request(POST))).toMatchObject({
    reason: 'Unreachable',
    message: expect.stringContaining('Cannot create Pod a/b: the connection was lost before the answer'),
  })
  expect(seen).toEqual(['GET', 'GET', 'POST'])
})

test('a write that the server refused to look at is sent again, but not for ever', async () => {
  let refusals = 3
  const { transport } = await givenTransport((request, response) => {
    if (refusals === 0) return response.end('{}')
    refusals -= 1
    request.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
    return undefined
  })
  expect((await transport.request(POST)).status).toBe(200)
  refusals = 100
  expect(await failure(transport.request(POST))).toMatchObject({ reason: 'Unreachable' })
  expect(refusals).toBe(96)
})

test('after a GOAWAY what is under way ends well, and the rest goes over another connection', async () => {
  const held: http2.Http2ServerResponse[] = []
  const { api, transport } = await givenTransport((request, response) => {
    if (request.url === '/held') held.push(response)
    else response.end('{}')
  })
  const first = transport.request({ ...POST, path: '/held' })
  while (held.length === 0) await sleep(1)
  api.sessions[0]?.goaway(http2.constants.NGHTTP2_NO_ERROR)
  while (transport.connections() < 2) {
    expect((await transport.request(POST)).status).toBe(200)
    await sleep(1)
  }
  held[0]?.end('done')
  expect((await first).body).toBe('done')
  while (transport.connections() > 1) await sleep(1)
  expect(api.sessions.length).toBe(2)
})

test('writes beyond the last stream that a GOAWAY names are sent again', async () => {
  const seen: (string | undefined)[] = []
  const { transport } = await givenTransport((request, response) => {
    seen.push(request.url)
    const [, second] = seen
    if (second === undefined || seen.length > 2) return response.end('{}')
    request.stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR, 1)
    return undefined
  })
  await transport.request({ ...POST, path: '/first' })
  expect((await transport.request({ ...POST, path: '/second' })).status).toBe(200)
  expect(seen).toEqual(['/first', '/second', '/second'])
})

test('a refused token is fetched anew, and the request sent once more', async () => {
  const seen: unknown[] = []
  const { api } = await givenTransport(ok)
  let token = 'old'
  const credentials: CredentialSource = {
    current: async () => ({ headers: { authorization: token }, tls: { ca: api.authority.certificate } }),
    refresh: () => {
      token = 'new'
      return true
    },
  }
  const { transport } = await givenTransport(
    (request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(request.headers.authorization === 'new' ? 200 : 401)
      response.end()
    },
    { credentials },
  )
  expect((await transport.request(POST)).status).toBe(200)
  expect(seen).toEqual(['old', 'new'])
})

test('a read waits as long as a 429 asks for, a write is left to its caller', async () => {
  const seen: string[] = []
  const { transport } = await givenTransport((request, response) => {
    seen.push(request.method)
    const busy = seen.filter(method => method === request.method).length === 1
    response.writeHead(busy ? 429 : 200, busy ? { 'retry-after': '0.02' } : {})
    response.end('{}')
  })
  expect((await transport.request(GET)).status).toBe(200)
  expect(await transport.request(POST)).toMatchObject({ status: 429, headers: { 'retry-after': '0.02' } })
  expect(seen).toEqual(['GET', 'GET', 'POST'])
})
