import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createPostgres, postgresMissing, type TestPostgres } from '../test/postgres.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const SECRETS = { ADMIN_PASSWORD: 'planted-password', JWT_KEY: 'planted-key-'.repeat(4) }

const missing = postgresMissing()
let postgres: TestPostgres
beforeAll(async () => {
  if (missing === undefined) postgres = await createPostgres()
}, 60_000)
afterAll(() => postgres?.remove())

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts one part on a free port; `until` resolves with the first log line of that message. */
function start(part: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, part], {
    env: { ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(JSON.parse(line))
    for (const check of waiting) check()
  })
  const until = (message: string) =>
    new Promise<Record<string, unknown>>(resolve => {
      const check = () => {
        const line = lines.find(line => line.message === message)
        if (line !== undefined) resolve(line)
      }
      waiting.add(check)
      check()
    })
  const stop = async () => {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const [code] = await exited
    return code
  }
  return { lines, until, stop }
}

test('web serves its page and stops on SIGTERM', { timeout: 30_000 }, async () => {
  const web = start('web')
  const { port } = await web.until('web started')
  const page = await fetch(`http://localhost:${port}/`)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<form>')])
  expect(await web.stop()).toBe(0)
})

test('api starts before its database, becomes ready with it, and stops on SIGTERM', { timeout: 60_000 }, async ctx => {
  ctx.skip(missing !== undefined, missing)
  const api = start('api', {
    DATABASE_URL: postgres.url,
    ADMIN_USERNAME: 'ada',
    PUBLIC_URL: 'https://acme.example.com',
    COMPANY_NAME: 'Acme Ltd',
    PLAN: 'free',
    ...SECRETS,
  })
  const { port } = await api.until('api started')
  const statusOf = async (path: string) => (await fetch(`http://localhost:${port}${path}`)).status
  await api.until('database cannot be migrated yet')
  expect([await statusOf('/api/livez'), await statusOf('/api/readyz')]).toEqual([200, 503])

  await postgres.start()
  expect(await api.until('database is up to date')).toMatchObject({ applied: ['0001-logins.sql', '0002-notes.sql'] })
  expect(await statusOf('/api/readyz')).toBe(200)

  expect(await api.stop()).toBe(0)
  const log = JSON.stringify(api.lines)
  for (const secret of Object.values(SECRETS)) expect(log).not.toContain(secret)
})

test('anything else is told what there is', async () => {
  const child = spawn(process.execPath, [MAIN, 'all'], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  expect(code).toBe(2)
})
