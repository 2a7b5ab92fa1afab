/** The files of the web application, read once and served from memory. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { json, type Reply, type Request, type Route } from '../http/route.ts'

const FOLDER = new URL('public/', import.meta.url)

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/app.js', file: 'app.js', type: 'text/javascript; charset=utf-8' },
  { path: '/api.js', file: 'api.js', type: 'text/javascript; charset=utf-8' },
  { path: '/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
  { path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
] as const

/** Scripts, styles and requests of this origin only; nobody may frame the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export async function siteRoutes(): Promise<Route[]> {
  const files = await Promise.all(
    FILES.map(async ({ path, file, type }): Promise<Route> => {
      const body = await readFile(new URL(file, FOLDER))
      return { method: 'GET', path, answer: fileAnswer(body, type) }
    }),
  )
  return [
    { method: 'GET', path: '/livez', answer: () => json(200, { status: 'alive' }) },
    { method: 'GET', path: '/readyz', answer: () => json(200, { status: 'ready' }) },
    ...files,
  ]
}

function fileAnswer(body: Buffer, type: string): (request: Request) => Reply {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  const headers = {
    'content-type': type,
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // Kept, and asked about each time: a new version is seen at once.
    'cache-control': 'no-cache',
    etag,
  }
  return request =>
    request.headers['if-none-match'] === etag ? { status: 304, headers, body: '' } : { status: 200, headers, body }
}
