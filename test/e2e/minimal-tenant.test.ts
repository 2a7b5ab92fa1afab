import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { logIn, readCredentials } from '../../dev/demo/login.ts'
import { readTenant, type Tenant } from '../../dev/demo/tenants.ts'
import { ABNORMAL_CONDITIONS, POSITIVE_CONDITIONS } from '../../src/crds/condition.ts'
import { queryDatabase } from './database.ts'
import { type Environment, environment, journey } from './environment.ts'
import { conditionOf, hostOf, uniqueName } from './tenant-client.ts'

const example = resolve(import.meta.dirname, '../../examples/tenants/minimal.yaml')
const name = uniqueName('minimal')

journey('a minimal tenant', () => {
  let env: Environment
  /** Every state that a watch has seen, from the first to the one that ended `kubectl wait`. */
  let seen: Tenant[]
  let loginAtOnce: { status: number }

  beforeAll(async () => {
    env = await environment()
    const manifest = parse(await readFile(example, 'utf8')) as Tenant & { apiVersion: string }
    const watch = watchTenant(env, name)
    await env.kubectl.run(['apply', '-f', '-'], stringify({ ...manifest, metadata: { name } }))
    await env.kubectl.run(['wait', '--for=condition=Ready', '--timeout=300s', `tenant/${name}`])
    const tenant = await readTenant(env.kubectl, name)
    const body = await readCredentials(env.kubectl, tenant)
    loginAtOnce = await env.ingress.ask(hostOf(tenant), { path: '/api/login', method: 'POST', body })
    seen = await watch.stop()
  })

  test('the login works at once when `kubectl wait --for=condition=Ready` returns', () => {
    expect(loginAtOnce.status).toBe(200)
  })

  test('Ready was never True before everything else was', () => {
    const early = seen.filter(tenant => !isReady(tenant))
    const ready = seen.filter(isReady)
    expect(early.length).toBeGreaterThan(1)
    expect(ready.length).toBeGreaterThan(0)
    for (const tenant of ready) expect(statusesOf(tenant)).toEqual(goodStatuses)
  })

  test('every condition says so, for the present generation', async () => {
    const tenant = await readTenant(env.kubectl, name)
    expect(statusesOf(tenant)).toEqual(goodStatuses)
    for (const condition of tenant.status?.conditions ?? []) {
      expect(condition).toMatchObject({
        observedGeneration: tenant.metadata.generation,
        reason: expect.stringMatching(/^[A-Z]\w+$/),
      })
    }
  })

  test('the status is complete', async () => {
    const { status, metadata } = await readTenant(env.kubectl, name)
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      namespace: `tenant-${name}`,
      url: `https://${name}.localhost`,
      apiUrl: `https://${name}.localhost/api`,
      credentials: {
        secretName: 'tenantry-admin',
        namespace: `tenant-${name}`,
        usernameKey: 'username',
        passwordKey: 'password',
      },
      release: {
        name: `tenant-${name}`,
        revision: 1,
        chartVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
        digest: expect.any(String),
      },
      database: { instances: 1, readyInstances: 1, primary: 'db-1', phase: 'Cluster in healthy state' },
      provisioning: { startedAt: expect.any(String), readyAt: expect.any(String), durationSeconds: expect.any(Number) },
    })
    expect(status?.log?.length).toBeGreaterThan(1)
  })

  test('what a user writes through the ingress is in PostgreSQL', async () => {
    const tenant = await readTenant(env.kubectl, name)
    const host = hostOf(tenant)
    const credentials = await readCredentials(env.kubectl, tenant)
    const { token, username } = await logIn(env.ingress, host, credentials)
    expect(username).toBe(tenant.spec.owner.email)
    const text = `written by ${name}`
    const written = await env.ingress.ask(host, { path: '/api/notes', method: 'POST', token, body: { text } })
    expect(written.status).toBe(201)
    expect(await queryDatabase(env.kubectl, name, `SELECT author, text FROM notes`)).toEqual([`${username}|${text}`])
    expect(
      await queryDatabase(env.kubectl, name, `SELECT count(*) >= 2 FROM logins WHERE username = '${username}'`),
    ).toEqual(['t'])
  })

  test('a wrong password is refused', async () => {
    const tenant = await readTenant(env.kubectl, name)
    const { username } = await readCredentials(env.kubectl, tenant)
    const body = { username, password: 'not the password' }
    const answer = await env.ingress.ask(hostOf(tenant), { path: '/api/login', method: 'POST', body })
    expect(answer.status).toBe(401)
  })
})

const goodStatuses = Object.fromEntries([
  ...POSITIVE_CONDITIONS.map(type => [type, 'True']),
  ...ABNORMAL_CONDITIONS.map(type => [type, 'False']),
])

/** Absent counts as False, as the API conventions say of abnormal conditions. */
function statusesOf({ status }: Tenant): Record<string, string> {
  const absent = Object.fromEntries(ABNORMAL_CONDITIONS.map(type => [type, 'False']))
  return { ...absent, ...Object.fromEntries((status?.conditions ?? []).map(({ type, status }) => [type, status])) }
}

function isReady(tenant: Tenant | undefined): boolean {
  return tenant !== undefined && conditionOf(tenant, 'Ready')?.status === 'True'
}

/** Collects the states of one tenant as the API server tells them, until it is stopped. */
function watchTenant({ cluster }: Environment, tenant: string): { stop(): Promise<Tenant[]> } {
  const args = ['--kubeconfig', cluster.kubeconfig, 'get', 'tenants', '--watch', '-o', 'jsonpath={}{"\\n"}']
  const states: Tenant[] = []
  const stopped = new AbortController()
  const ended = (async () => {
    const watch = execa(await binary('kubectl'), args, { cancelSignal: stopped.signal, reject: false, buffer: false })
    for await (const line of watch) {
      const state = JSON.parse(String(line)) as Tenant
      if (state.metadata.name === tenant) states.push(state)
    }
  })()
  return {
    async stop() {
      // The last state is on its way to the watch as well.
      await vi.waitFor(() => expect(isReady(states.at(-1))).toBe(true), { timeout: 10_000, interval: 100 })
      stopped.abort()
      await ended.catch(() => undefined)
      return states
    },
  }
}
