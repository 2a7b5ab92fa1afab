import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPostgres, postgresMissing, type TestPostgres } from '../../test/postgres.ts'
import { type HttpServer, startServer } from '../http/server.ts'
import { createDatabase, type Database } from './database.ts'
import { createFailedLogins } from './failed-logins.ts'
import { readMigrations } from './migrate.ts'
import { apiRoutes } from './routes.ts'

const CONFIG = {
  port: 0,
  databaseUrl: '',
  admin: { username: 'ada@acme.example.com', password: 'correct horse' },
  jwtKey: 'k'.repeat(32),
  publicUrl: 'https://acme.example.com',
  companyName: 'Acme Ltd',
  plan: 'professional',
  limits: { users: 25 },
}
const readiness = { migrated: false }
const logged: unknown[] = []
let now = Date.parse('2026-01-01T00:00:00Z')

const missing = postgresMissing()
let postgres: TestPostgres
let database: Database
let server: HttpServer
beforeAll(async () => {
  if (missing !== undefined) return
  postgres = await createPostgres()
  await postgres.start()
  database = createDatabase({ connectionString: postgres.url }, () => undefined, 500)
  for (const { sql } of await readMigrations()) await database.write(sql)
  const failedLogins = createFailedLogins(() => now)
  const routes = apiRoutes({ config: CONFIG, database, readiness, failedLogins, now: () => now })
  server = await startServer({ port: 0, routes, log: (...line) => logged.push(line) })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  await database?.close()
  await postgres?.remove()
})
beforeEach(({ skip }) => skip(missing !== undefined, missing))

interface Call {
  readonly token?: string
  readonly body?: unknown
  readonly client?: string
}

/** What the tests take out of answers. */
interface Body {
  readonly token: string
  readonly expiresAt: string
  readonly id: number
  readonly error: { readonly code: string; readonly message: string }
}

async function call(method: string, path: string, { token, body, client }: Call = {}) {
  const response = await fetch(`http://localhost:${server.port}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(client === undefined ? {} : { 'x-forwarded-for': client }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
}

async function logIn(): Promise<string> {
  const { body } = await call('POST', '/api/login', { body: CONFIG.admin })
  return body.token
}

test('it is ready only when the schema is up to date', async () => {
  expect((await call('GET', '/api/livez')).status).toBe(200)
  expect((await call('GET', '/api/readyz')).body).toEqual({
    error: { code: 'not_ready', message: 'The schema of the database is not up to date yet.' },
  })
  readiness.migrated = true
  expect((await call('GET', '/api/readyz')).status).toBe(200)
})

test('anybody may know whose environment this is', async () => {
  const { status, body } = await call('GET', '/api/info')
  expect([status, body]).toEqual([200, { companyName: 'Acme Ltd', plan: 'professional', limits: { users: 25 } }])
})

test('a login gives a session for an hour and leaves a row', async () => {
  const login = await call('POST', '/api/login', { body: CONFIG.admin })
  expect([login.status, login.body.expiresAt]).toEqual([200, '2026-01-01T01:00:00.000Z'])
  expect(await database.read('SELECT username FROM logins')).toEqual([{ username: 'ada@acme.example.com' }])

  const me = await call('GET', '/api/me', { token: login.body.token })
  expect(me.body).toEqual({ username: 'ada@acme.example.com', expiresAt: '2026-01-01T01:00:00.000Z' })
  now += 3600_000
  expect((await call('GET', '/api/me', { token: login.body.token })).status).toBe(401)
})

test('a login that fails leaves no row, and says neither what was wrong nor what is right', async () => {
  const before = await database.read('SELECT * FROM logins')
  const answers = [
    await call('POST', '/api/login', { body: { ...CONFIG.admin, password: 'wrong' } }),
    await call('POST', '/api/login', { body: { ...CONFIG.admin, username: 'wrong' } }),
  ]
  const body = { error: { code: 'wrong_credentials', message: 'User name or password is wrong.' } }
  expect(answers.map(({ status, body }) => ({ status, body }))).toEqual([
    { status: 401, body },
    { status: 401, body },
  ])
  expect((await call('POST', '/api/login', { body: { username: 1 } })).status).toBe(400)
  expect((await call('POST', '/api/login', { body: null })).status).toBe(400)
  expect(await database.read('SELECT * FROM logins')).toEqual(before)
})

test('who fails too often waits, even with the right password; others do not', async () => {
  const guess = { body: { ...CONFIG.admin, password: 'guess' }, client: '203.0.113.9' }
  for (let attempt = 0; attempt < 10; attempt += 1) expect((await call('POST', '/api/login', guess)).status).toBe(401)
  const blocked = await call('POST', '/api/login', { body: CONFIG.admin, client: '203.0.113.9' })
  expect([blocked.status, blocked.headers.get('retry-after')]).toEqual([429, '60'])
  expect((await call('POST', '/api/login', { body: CONFIG.admin, client: '203.0.113.10' })).status).toBe(200)
})

test('notes are for those who are logged in', async () => {
  expect((await call('GET', '/api/notes')).headers.get('www-authenticate')).toBe('Bearer')
  expect((await call('POST', '/api/notes', { body: { text: 'hello' } })).status).toBe(401)
  expect((await call('GET', '/api/notes', { token: 'nonsense' })).status).toBe(401)
})

test('a note that was added is there, the newest first', async () => {
  const token = await logIn()
  const first = await call('POST', '/api/notes', { token, body: { text: 'first' } })
  const second = await call('POST', '/api/notes', { token, body: { text: "second'); DROP TABLE notes; --" } })
  expect([first.status, first.body]).toEqual([
    201,
    { id: expect.any(Number), author: CONFIG.admin.username, text: 'first', createdAt: expect.any(String) },
  ])
  expect((await call('GET', '/api/notes', { token })).body).toEqual({ notes: [second.body, first.body] })
  const older = await call('GET', `/api/notes?before=${second.body.id}`, { token })
  expect(older.body).toEqual({ notes: [first.body] })
})

test.each<[string, unknown]>([
  ['only of spaces', { text: ' ' }],
  ['that is no text', { text: 1 }],
  ['that is too long', { text: 'x'.repeat(10_001) }],
  ['with a character that PostgreSQL cannot keep', { text: 'a\0b' }],
  ['that is missing', {}],
  ['of nothing', null],
])('a note %s is refused', async (_, body) => {
  const token = await logIn()
  expect((await call('POST', '/api/notes', { token, body })).status).toBe(400)
})

test('a page before something that is no id is refused', async () => {
  const token = await logIn()
  for (const before of ['x', '-1', '1e99', "1'"]) {
    expect((await call('GET', `/api/notes?before=${before}`, { token })).status).toBe(400)
  }
})

test('without its database it lives, is not ready, and acknowledges nothing', { timeout: 40_000 }, async () => {
  const token = await logIn()
  await postgres.crash()
  expect((await call('GET', '/api/livez')).status).toBe(200)
  expect((await call('GET', '/api/readyz')).body.error.message).toBe('The database does not answer.')
  const note = await call('POST', '/api/notes', { token, body: { text: 'lost' } })
  expect([note.status, note.headers.get('retry-after'), note.body.error.code]).toEqual([
    503,
    '1',
    'database_unavailable',
  ])
})

test('no password and no session is logged', () => {
  const lines = JSON.stringify(logged)
  expect(lines).toContain('/api/login')
  for (const secret of [CONFIG.admin.password, CONFIG.jwtKey, 'eyJ']) expect(lines).not.toContain(secret)
})
