import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Request } from '../http/route.ts'
import { siteRoutes } from './site.ts'

const routes = await siteRoutes()

async function get(path: string, headers: Request['headers'] = {}) {
  const route = routes.find(route => route.path === path)
  const request = { query: new URLSearchParams(), headers, client: '', json: () => Promise.reject(new Error('none')) }
  return await route?.answer(request)
}

test('everything the page refers to is served', async () => {
  const files = ['index.html', 'app.js'].map(name => readFile(new URL(`public/${name}`, import.meta.url), 'utf8'))
  const text = (await Promise.all(files)).join()
  const references = [...text.matchAll(/(?:src|href)="([^"]+)"|from '([^']+)'/g)].map(([, a, b]) => a ?? b ?? '')
  expect(references.sort()).toEqual(['/api.js', '/app.js', '/icon.svg', '/style.css'])
  for (const path of references) expect((await get(path))?.status).toBe(200)
})

test('scripts and styles come from this origin alone', async () => {
  const page = await get('/')
  expect(page?.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'"),
    'x-content-type-options': 'nosniff',
  })
  expect(String(page?.body)).not.toMatch(/<script(?! type="module" src=)|style="|\son[a-z]+="/)
})

test('what the browser has already is not sent again', async () => {
  const etag = (await get('/'))?.headers.etag ?? ''
  const again = await get('/', { 'if-none-match': etag })
  expect([again?.status, again?.body]).toEqual([304, ''])
})

test('the probes have paths of their own', async () => {
  expect([(await get('/livez'))?.status, (await get('/readyz'))?.status]).toEqual([200, 200])
})
