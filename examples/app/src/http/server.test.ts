import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_BODY_BYTES } from './request.ts'
import { json, type Route } from './route.ts'
import { type HttpServer, startServer } from './server.ts'

const logged: unknown[] = []
const started = Promise.withResolvers<void>()
const released = Promise.withResolvers<void>()
const routes: Route[] = [
  { method: 'POST', path: '/echo', answer: async request => json(200, await request.json()) },
  { method: 'GET', path: '/fails', answer: () => Promise.reject(new Error('with a detail')) },
  { method: 'GET', path: '/readyz', answer: () => json(200, {}) },
  {
    method: 'GET',
    path: '/slow',
    async answer() {
      started.resolve()
      await released.promise
      return json(200, 'finished')
    },
  },
]

let server: HttpServer
let url: string
beforeAll(async () => {
  server = await startServer({ port: 0, routes, log: (...line) => logged.push(line) })
  url = `http://localhost:${server.port}`
})
afterAll(() => server.stop())

function post(body: string, type = 'application/json') {
  return fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': type } })
}

async function statusAndCode(response: Response) {
  const { error } = (await response.json()) as { error: { code: string } }
  return [response.status, error.code]
}

test('a JSON body reaches the route', async () => {
  const response = await post('{"a":[1]}')
  expect([response.status, await response.json()]).toEqual([200, { a: [1] }])
})

test('what the client did wrong is said in JSON', async () => {
  expect(await statusAndCode(await fetch(`${url}/nowhere`))).toEqual([404, 'not_found'])
  expect(await statusAndCode(await post('{'))).toEqual([400, 'bad_request'])
  expect(await statusAndCode(await post('a=1', 'application/x-www-form-urlencoded'))).toEqual([
    415,
    'unsupported_media_type',
  ])
  expect(await statusAndCode(await post(JSON.stringify('x'.repeat(MAX_BODY_BYTES))))).toEqual([413, 'too_large'])
})

test('a wrong method is told the right one', async () => {
  const response = await fetch(`${url}/echo`)
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
})

test('HEAD is answered as GET without a body', async () => {
  const response = await fetch(`${url}/readyz`, { method: 'HEAD' })
  expect([response.status, await response.text()]).toEqual([200, ''])
})

test('a failure of ours tells the client nothing and the log everything', async () => {
  const response = await fetch(`${url}/fails`)
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('with a detail')
  expect(JSON.stringify(logged)).toContain('with a detail')
})

test('probes that succeed are not logged', async () => {
  await fetch(`${url}/readyz`)
  expect(JSON.stringify(logged)).not.toContain('/readyz')
})

test('a running request ends before the server does', async () => {
  const request = fetch(`${url}/slow`)
  await started.promise
  const stopped = server.stop()
  released.resolve()
  const response = await request
  expect([await response.json(), response.headers.get('connection')]).toEqual(['finished', 'close'])
  await stopped
  await expect(fetch(`${url}/readyz`)).rejects.toThrow()
})
