import * as http2 from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'
import { type ApiServerOptions, type Handler, startApiServer } from '../../test/make/api-server.ts'
import type { KubeConnection } from './config.ts'
import { KubeError } from './errors.ts'
import type { CredentialSource } from './identity/credentials.ts'
import { createTransport, type RequestReport, type TransportOptions, type TransportRequest } from './transport.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

interface Given extends Omit<ApiServerOptions, 'handler'>, Partial<Omit<TransportOptions, 'connection'>> {
  readonly credentials?: CredentialSource
}

async function given(handler: Handler, { credentials, protocol, maxStreams, authority, ...options }: Given = {}) {
  const api = await startApiServer({
    handler,
    ...(protocol && { protocol }),
    ...(maxStreams && { maxStreams }),
    ...(authority && { authority }),
  })
  endings.push(() => api.stop())
  const source = credentials ?? fixed({ headers: {}, tls: { ca: api.authority.certificate } })
  const transport = createTransport({ ...options, connection: connectionTo(api.server, source) })
  endings.push(() => transport.close())
  return { api, transport }
}

function fixed(credentials: Awaited<ReturnType<CredentialSource['current']>>): CredentialSource {
  return { current: async () => credentials, refresh: () => false }
}

function connectionTo(server: string, credentials: CredentialSource): KubeConnection {
  return { server, credentials, kubeconfigForExec: () => Promise.reject(new Error('not used')) }
}

const GET: TransportRequest = { method: 'GET', path: '/a?b=c', verb: 'get', resource: 'pods', what: 'get Pod a/b' }
const POST: TransportRequest = { ...GET, method: 'POST', verb: 'create', what: 'create Pod a/b', body: '{"a":1}' }
const WATCH: TransportRequest = { ...GET, verb: 'watch', what: 'watch Pod objects' }

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof KubeError)) throw new Error(`not a KubeError: ${error}`)
  return { status: error.status, reason: error.reason, message: error.message }
}

const ok: Handler = (_, response) => response.end('{}')

test('a request carries method, path, headers and body, and the answer comes back whole', async () => {
  const seen: unknown[] = []
  const { transport } = await given((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => {
      body += piece
    })
    request.on('end', () => {
      seen.push({ method: request.method, path: request.url, accept: request.headers.accept, body })
      response.writeHead(201, { 'x-a': 'b' })
      response.end('ü'.repeat(100_000))
    })
  })
  const response = await transport.request({ ...POST, headers: { accept: 'application/json' } })
  expect(seen).toEqual([{ method: 'POST', path: '/a?b=c', accept: 'application/json', body: '{"a":1}' }])
  expect([response.status, response.headers['x-a'], response.body.length]).toEqual([201, 'b', 100_000])
})

test('many requests at a time share one connection and its limit of streams', async () => {
  let now = 0
  let most = 0
  const { api, transport } = await given(
    (_, response) => {
      now += 1
      most = Math.max(most, now)
      setTimeout(() => {
        now -= 1
        response.end('{}')
      }, 2)
    },
    { maxStreams: 7 },
  )
  const responses = await Promise.all(Array.from({ length: 60 }, () => transport.request(GET)))
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 200))
  expect({ most, connections: api.sessions.length }).toEqual({ most: 7, connections: 1 })
})

test('watches leave half of the streams to requests and open a further connection for more', async () => {
  const { api, transport } = await given(
    (request, response) => (request.url === '/watch' ? response.write('x\n') : response.end('{}')),
    { maxStreams: 4 },
  )
  for (let count = 0; count < 3; count += 1) await transport.stream({ ...WATCH, path: '/watch' })
  expect((await transport.request(GET)).status).toBe(200)
  expect(api.sessions.length).toBe(2)
})

test('a server without HTTP/2 is spoken to in HTTP/1.1 over kept connections', async () => {
  const ports = new Set<number | undefined>()
  const { transport } = await given(
    (request, response) => {
      ports.add(request.socket.remotePort)
      response.end(request.httpVersion)
    },
    { protocol: 'http/1.1' },
  )
  for (let count = 0; count < 5; count += 1) expect((await transport.request(POST)).body).toBe('1.1')
  expect(ports.size).toBe(1)
  expect(transport.connections()).toBe(1)
})

test('a server with a certificate of another authority gets nothing', async () => {
  let requests = 0
  const { api, transport } = await given(
    (_, response) => {
      requests += 1
      response.end()
    },
    { credentials: fixed({ headers: {}, tls: { ca: (await createAuthority('other')).certificate } }) },
  )
  expect(await failure(transport.request(GET))).toMatchObject({
    reason: 'Unreachable',
    message: expect.stringMatching(
      `^Cannot get Pod a/b: the API server at ${api.server} cannot be reached \\((SELF_SIGNED|UNABLE_TO_|CERT_)[A-Z_]+\\)$`,
    ),
  })
  expect(requests).toBe(0)
})

test('a server that does not accept the client certificate is an error, not a wait', async () => {
  const authority = await createAuthority('clients')
  for (const protocol of ['h2', 'http/1.1'] as const) {
    const { transport } = await given(ok, { authority, protocol })
    expect(await failure(transport.request(GET))).toMatchObject({
      reason: 'Unreachable',
      message: expect.stringContaining('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    })
  }
})

test('where nobody listens, the error says so', async () => {
  const { api, transport } = await given(ok)
  await api.stop()
  expect(await failure(transport.request(GET))).toEqual({
    status: 0,
    reason: 'Unreachable',
    message: `Cannot get Pod a/b: the API server at ${api.server} cannot be reached (ECONNREFUSED)`,
  })
})

test('a read is sent again when its connection is lost, a write that may have been carried out is not', async () => {
  const seen: string[] = []
  const { transport } = await given((request, response) => {
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

test('a write that the server refused to look at is sent again', async () => {
  let refused = 0
  const { transport } = await given((request, response) => {
    if (refused > 0) return response.end('{}')
    refused += 1
    request.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
    return undefined
  })
  expect((await transport.request(POST)).status).toBe(200)
})

test('after a GOAWAY what is under way ends well, and the rest goes over another connection', async () => {
  const held: http2.Http2ServerResponse[] = []
  const { api, transport } = await given((request, response) => {
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
  const { transport } = await given((request, response) => {
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

test('a body that breaks off is an error, not a shorter body', async () => {
  const { transport } = await given((request, response) => {
    response.write('{"items": []')
    setTimeout(() => request.stream.close(http2.constants.NGHTTP2_CANCEL), 5)
  })
  expect(await failure(transport.request(POST))).toMatchObject({ reason: 'Unreachable' })
})

test('no answer in time is an error that names the time', async () => {
  const { transport } = await given(() => undefined, { timeoutMs: 50 })
  expect(await failure(transport.request(GET))).toEqual({
    status: 0,
    reason: 'NoAnswerInTime',
    message: 'Cannot get Pod a/b: the API server did not answer within 0.05 s',
  })
})

test('those who wait for a stream have a deadline too', async () => {
  const { transport } = await given(() => undefined, { maxStreams: 1 })
  const signal = new AbortController()
  const first = transport.request({ ...GET, signal: signal.signal }).catch(() => undefined)
  await sleep(20)
  expect(await failure(transport.request({ ...GET, timeoutMs: 30 }))).toMatchObject({ reason: 'NoAnswerInTime' })
  signal.abort()
  await first
})

test('a connection that went dead without a word is given up', async () => {
  const { api, transport } = await given(ok, { pingIntervalMs: 20, pingTimeoutMs: 30 })
  await transport.request(GET)
  api.freeze()
  expect(await failure(transport.request({ ...POST, timeoutMs: 5_000 }))).toMatchObject({ reason: 'Unreachable' })
  while (transport.connections() > 0) await sleep(5)
})

test('a refused token is fetched anew, and the request sent once more', async () => {
  const seen: unknown[] = []
  const { api } = await given(ok)
  let token = 'old'
  const credentials: CredentialSource = {
    current: async () => ({ headers: { authorization: token }, tls: { ca: api.authority.certificate } }),
    refresh: () => {
      token = 'new'
      return true
    },
  }
  const { transport } = await given(
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
  const { transport } = await given((request, response) => {
    seen.push(request.method)
    const busy = seen.filter(method => method === request.method).length === 1
    response.writeHead(busy ? 429 : 200, busy ? { 'retry-after': '0.02' } : {})
    response.end('{}')
  })
  expect((await transport.request(GET)).status).toBe(200)
  expect(await transport.request(POST)).toMatchObject({ status: 429, headers: { 'retry-after': '0.02' } })
  expect(seen).toEqual(['GET', 'GET', 'POST'])
})

test('a process that may not write sends no write', async () => {
  const seen: string[] = []
  const { transport } = await given(
    (request, response) => {
      seen.push(request.method)
      response.end('{}')
    },
    { mayWrite: () => false },
  )
  expect(await failure(transport.request(POST))).toEqual({
    status: 0,
    reason: 'WriteFenced',
    message: 'Cannot create Pod a/b: this process does not hold the lease any more',
  })
  expect((await transport.request(GET)).status).toBe(200)
  expect(seen).toEqual(['GET'])
})

test('whether a write may be sent is asked when its turn has come, not when it was asked for', async () => {
  let may = true
  let release: (() => void) | undefined
  const { transport } = await given(
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
  const { transport } = await given((_, response) => response.write('x'))
  const first = failure(transport.request(GET))
  const watch = await transport.stream(WATCH)
  transport.close()
  expect(await first).toMatchObject({ reason: 'Closed' })
  expect(await failure(readAll(watch.body))).toMatchObject({ reason: 'Closed' })
  expect(await failure(transport.request(GET))).toMatchObject({ reason: 'Closed' })
  while (transport.connections() > 0) await sleep(1)
})

test('a caller ends its own request', async () => {
  const { transport } = await given(() => undefined)
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
  const { transport } = await given(
    async (_, response) => {
      for (const piece of ['a', 'b', 'c']) {
        response.write(piece)
        await sleep(30)
      }
      response.end()
    },
    { timeoutMs: 60 },
  )
  expect(await readAll((await transport.stream(WATCH)).body)).toBe('abc')
})

test('a stream that breaks off is an error', async () => {
  const { transport } = await given((request, response) => {
    response.write('a')
    setTimeout(() => request.stream.session?.destroy(), 10)
  })
  const { body } = await transport.stream(WATCH)
  expect(await failure(readAll(body))).toMatchObject({ reason: 'Unreachable' })
})

test('a new certificate means new connections, and the old ones run dry', async () => {
  const authority = await createAuthority('clients')
  const identity = async (commonName: string) => {
    const { certificate: cert, key } = await issueCertificate(authority, { commonName })
    return { cert, key, ca: authority.certificate }
  }
  let tls = await identity('first')
  const credentials = { current: async () => ({ headers: {}, tls }), refresh: () => false }
  const { api, transport } = await given(
    (request, response) => {
      const socket = request.stream.session?.socket as unknown as import('node:tls').TLSSocket
      response.end(socket.getPeerCertificate().subject.CN as string)
    },
    { credentials, authority },
  )
  expect((await transport.request(GET)).body).toBe('first')
  tls = await identity('second')
  expect((await transport.request(GET)).body).toBe('second')
  expect(api.sessions.length).toBe(2)
  while (transport.connections() > 1) await sleep(1)
})

test('each request is reported with its outcome', async () => {
  const reports: RequestReport[] = []
  const { api, transport } = await given(ok, { onRequest: report => reports.push(report) })
  await transport.request(GET)
  await api.stop()
  await failure(transport.request(POST))
  expect(reports.map(({ verb, resource, status }) => ({ verb, resource, status }))).toEqual([
    { verb: 'get', resource: 'pods', status: 200 },
    { verb: 'create', resource: 'pods', status: 0 },
  ])
})

async function readAll(body: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of body) text += piece
  return text
}
