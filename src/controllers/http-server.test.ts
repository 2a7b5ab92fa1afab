import { afterEach, expect, test } from 'vitest'
import { type HttpServer, type Page, serveHttp } from './http-server.ts'

const servers: HttpServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function given(
  pages: Readonly<Record<string, Page>>,
): Promise<(path: string, method?: string) => Promise<string>> {
  const server = await serveHttp(0, pages)
  servers.push(server)
  return async (path, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
    return `${response.status} ${response.headers.get('content-type')} ${await response.text()}`
  }
}

const ok: Page = async () => ({ status: 200, contentType: 'text/plain', body: 'ok\n' })

test('a page is served with its status and type, whatever the query', async () => {
  const ask = await given({ '/healthz': ok, '/readyz': async () => ({ ...(await ok()), status: 503, body: 'no\n' }) })
  expect(await Promise.all(['/healthz', '/healthz?verbose', '/readyz'].map(path => ask(path)))).toEqual([
    '200 text/plain ok\n',
    '200 text/plain ok\n',
    '503 text/plain no\n',
  ])
})

test('nothing else is served: no other page, no other method, nothing that every object has', async () => {
  const ask = await given({ '/healthz': ok })
  const asked = [ask('/'), ask('/metrics'), ask('/healthz/'), ask('/constructor'), ask('/healthz', 'POST')]
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['404 text/plain not found\n']))
})

test('a page that fails says so without saying why', async () => {
  const ask = await given({ '/metrics': () => Promise.reject(new Error('planted-secret')) })
  expect(await ask('/metrics')).toBe('500 text/plain error\n')
})

test('a port that is taken is an error, not a server', async () => {
  const server = await serveHttp(0, {})
  servers.push(server)
  await expect(serveHttp(server.port, {})).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('stopping ends connections that are kept alive', async () => {
  const server = await serveHttp(0, { '/healthz': ok })
  await (await fetch(`http://127.0.0.1:${server.port}/healthz`)).text()
  await server.stop()
  await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow()
})
