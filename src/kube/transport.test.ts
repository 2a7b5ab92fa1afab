import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'
import { failure, fixed, GET, givenTransport, ok, POST, WATCH } from '../../test/make/transport.ts'
import type { RequestReport } from './transport.ts'

test('a request carries method, path, headers and body, and the answer comes back whole', async () => {
  const seen: unknown[] = []
  const { transport } = await givenTransport((request, response) => {
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
  const { api, transport } = await givenTransport(
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
  const { api, transport } = await givenTransport(
    (request, response) => (request.url === '/watch' ? response.write('x\n') : response.end('{}')),
    { maxStreams: 4 },
  )
  for (let count = 0; count < 3; count += 1) await transport.stream({ ...WATCH, path: '/watch' })
  expect((await transport.request(GET)).status).toBe(200)
  expect(api.sessions.length).toBe(2)
})

test('a server without HTTP/2 is spoken to in HTTP/1.1 over kept connections', async () => {
  const ports = new Set<number | undefined>()
  const { transport } = await givenTransport(
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
  const { api, transport } = await givenTransport(
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
    const { transport } = await givenTransport(ok, { authority, protocol })
    expect(await failure(transport.request(GET))).toMatchObject({
      reason: 'Unreachable',
      message: expect.stringContaining('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
    })
  }
})

test('where nobody listens, the error says so', async () => {
  const { api, transport } = await givenTransport(ok)
  await api.stop()
  expect(await failure(transport.request(GET))).toEqual({
    status: 0,
    reason: 'Unreachable',
    message: `Cannot get Pod a/b: the API server at ${api.server} cannot be reached (ECONNREFUSED)`,
  })
})

test('a new certificate means new connections, and the old ones run dry', async () => {
  const authority = await createAuthority('clients')
  const identity = async (commonName: string) => {
    const { certificate: cert, key } = await issueCertificate(authority, { commonName })
    return { cert, key, ca: authority.certificate }
  }
  let tls = await identity('first')
  const credentials = { current: async () => ({ headers: {}, tls }), refresh: () => false }
  const { api, transport } = await givenTransport(
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
  const { api, transport } = await givenTransport(ok, { onRequest: report => reports.push(report) })
  await transport.request(GET)
  await api.stop()
  await failure(transport.request(POST))
  expect(reports.map(({ verb, resource, status }) => ({ verb, resource, status }))).toEqual([
    { verb: 'get', resource: 'pods', status: 200 },
    { verb: 'create', resource: 'pods', status: 0 },
  ])
})
