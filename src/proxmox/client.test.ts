import { expect, test } from 'vitest'
import { answeringProxmox, fixedToken, givenProxmox, TOKEN } from '../../test/make/answering-proxmox.ts'
import type { RequestReport } from './client.ts'
import { ProxmoxError } from './errors.ts'
import { access } from './routes/access.ts'
import { cluster } from './routes/cluster.ts'
import { qemu } from './routes/qemu.ts'

const version = () => ({ data: { version: '9.2.11', release: '9.2' } })
const start = { node: 'pve1', vmid: 201 }
const UPID = 'UPID:pve1:00001267:00000A2F:691F0B60:qmstart:201:operator@pve!k8s:'

async function errorOf(call: Promise<unknown>): Promise<ProxmoxError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ProxmoxError)
  return error as ProxmoxError
}

test('a question is asked with the token, and its answer read', async () => {
  const server = await answeringProxmox(version)
  expect(await givenProxmox([server]).call(cluster.getVersion, {})).toEqual({ version: '9.2.11', release: '9.2' })
  expect(server.asked).toEqual([
    { call: 'GET /version', params: {}, authorization: `PVEAPIToken=${TOKEN.id}=${TOKEN.secret}` },
  ])
})

test('connections are kept and used again', async () => {
  const server = await answeringProxmox(version)
  const proxmox = givenProxmox([server])
  for (let count = 0; count < 30; count += 1) await proxmox.call(cluster.getVersion, {})
  expect(server.connections()).toBeLessThan(5)
})

test('an endpoint that cannot be reached is passed over, also by a write, and left alone from then on', async () => {
  const gone = await answeringProxmox(version)
  const server = await answeringProxmox(() => ({ data: UPID }))
  await gone.stop()
  const proxmox = givenProxmox([gone, server])
  for (let count = 0; count < 3; count += 1) expect(await proxmox.call(qemu.start, start)).toBe(UPID)
  expect(server.asked.map(({ call }) => call)).toEqual(Array(3).fill('POST /nodes/pve1/qemu/201/status/start'))
})

test('requests that fail at the same time all go to the endpoint that answers', async () => {
  const servers = [await answeringProxmox(() => 'cut'), await answeringProxmox(version)]
  const proxmox = givenProxmox(servers)
  const answers = await Promise.all([1, 2, 3, 4].map(() => proxmox.call(cluster.getVersion, {})))
  expect(answers).toHaveLength(4)
  expect(servers[0]?.asked).toHaveLength(4)
  await proxmox.call(cluster.getVersion, {})
  expect(servers.map(({ asked }) => asked.length)).toEqual([4, 5])
})

test('a write whose answer is lost is sent nowhere again, and said to have perhaps happened', async () => {
  const servers = [await answeringProxmox(() => 'cut'), await answeringProxmox(() => ({ data: UPID }))]
  const proxmox = givenProxmox(servers)
  const error = await errorOf(proxmox.call(qemu.start, start))
  expect(error.kind).toBe('unanswered')
  expect(error.message).toMatch(
    /^Cannot POST \/nodes\/pve1\/qemu\/201\/status\/start: the connection to https:.* was lost/,
  )
  expect(servers.map(({ asked }) => asked.length)).toEqual([1, 0])
})

test('a read whose answer is lost is asked of the next endpoint', async () => {
  const servers = [await answeringProxmox(() => 'cut'), await answeringProxmox(version)]
  expect((await givenProxmox(servers).call(cluster.getVersion, {})).version).toBe('9.2.11')
})

test('a request that waits for a connection is sent when one comes free', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const server = await answeringProxmox(async ({ call }) => {
    if (call !== 'GET /version') return { data: UPID }
    await released
    return version()
  })
  const proxmox = givenProxmox([server])
  const slow = [1, 2, 3, 4].map(() => proxmox.call(cluster.getVersion, {}))
  await expect.poll(() => server.asked.length, { timeout: 20_000 }).toBe(4)
  const waiting = proxmox.call(qemu.start, start)
  release()
  expect(await waiting).toBe(UPID)
  await Promise.all(slow)
  expect(server.connections()).toBe(4)
})

test('a change that no connection came free for was not sent, and that is said', async () => {
  const server = await answeringProxmox(() => 'silence')
  const proxmox = givenProxmox([server], { timeoutMs: 50 })
  const errors = await Promise.all(Array.from({ length: 20 }, () => errorOf(proxmox.call(qemu.start, start))))
  const unsent = errors.filter(({ kind }) => kind === 'unreachable')
  expect(unsent.length).toBeGreaterThan(0)
  expect(server.asked.length).toBeLessThanOrEqual(errors.length - unsent.length)
})

test('an answer that does not come in time is an unanswered request', async () => {
  const server = await answeringProxmox(() => ({ data: UPID }))
  const error = await errorOf(givenProxmox([server], { timeoutMs: 1 }).call(qemu.start, start))
  expect(error).toMatchObject({ kind: 'unanswered', status: 0 })
})

test('when nobody answers, all endpoints are named in the same order each time', async () => {
  const servers = [await answeringProxmox(version), await answeringProxmox(version)]
  for (const server of servers) await server.stop()
  const proxmox = givenProxmox(servers)
  const [first, second] = [
    await errorOf(proxmox.call(qemu.start, start)),
    await errorOf(proxmox.call(qemu.start, start)),
  ]
  const named = servers.map(({ origin }) => `${origin} (ECONNREFUSED)`).sort()
  expect(first.message).toBe(
    `Cannot POST /nodes/pve1/qemu/201/status/start: no endpoint can be reached: ${named.join(', ')}`,
  )
  expect(second.message).toBe(first.message)
  expect(first.kind).toBe('unreachable')
})

test('a certificate is trusted by its authority, or by its fingerprint however written, and else not at all', async () => {
  const server = await answeringProxmox(version)
  const asked = async (trust: Parameters<typeof givenProxmox>[1]) =>
    givenProxmox([server], trust).call(cluster.getVersion, {})
  const bare = server.fingerprint.replaceAll(':', '').toLowerCase()
  for (const fingerprint of [server.fingerprint, bare]) {
    await asked({ trust: { by: 'fingerprint', fingerprints: ['00'.repeat(32), fingerprint] } })
  }
  expect(await errorOf(asked({ trust: { by: 'system' } }))).toMatchObject({ kind: 'untrusted' })
  const wrong = await errorOf(asked({ trust: { by: 'fingerprint', fingerprints: ['00'.repeat(32)] } }))
  expect(wrong).toMatchObject({ kind: 'untrusted' })
  expect(wrong.message).toContain(`its certificate has the fingerprint ${server.fingerprint}, which is not trusted`)
  expect(server.asked).toHaveLength(2)
})

test('a refused token is replaced by the one that the Secret has by now, even for a write', async () => {
  const rotated = { ...TOKEN, secret: '99999999-2222-3333-4444-555555555555' }
  const server = await answeringProxmox(({ authorization }) =>
    authorization.endsWith(rotated.secret) ? { data: UPID } : { status: 401, reason: 'Authentication failed!' },
  )
  const token = { current: async () => TOKEN, replacementOf: async () => rotated }
  expect(await givenProxmox([server], { token }).call(qemu.start, start)).toBe(UPID)
  expect(server.asked).toHaveLength(2)
})

test('a token that is refused and has no successor is an error, after one request', async () => {
  const server = await answeringProxmox(() => ({ status: 401, reason: 'Authentication failed!' }))
  const error = await errorOf(givenProxmox([server]).call(qemu.start, start))
  expect(error).toMatchObject({ kind: 'unauthenticated', message: expect.stringContaining('Authentication failed!') })
  expect(server.asked).toHaveLength(1)
})

test('neither the token nor a password is told, even if the answer quotes it', async () => {
  const server = await answeringProxmox(({ params, authorization }) => ({
    status: 500,
    reason: `cannot use ${params.password} of ${authorization}`,
  }))
  const user = { userid: 'ann@pve', groups: ['tenants'], password: 'ann-secret-1' }
  const error = await errorOf(givenProxmox([server]).call(access.createUser, user))
  expect(error.message).toBe(`Cannot POST /access/users: cannot use … of PVEAPIToken=${TOKEN.id}=…`)
  expect(JSON.stringify(error)).not.toMatch(/ann-secret-1|11111111/)
})

test('a process without its lease sends no write, and may go on reading', async () => {
  const server = await answeringProxmox(version)
  const proxmox = givenProxmox([server], { mayWrite: () => false })
  expect(await errorOf(proxmox.call(qemu.start, start))).toMatchObject({ kind: 'fenced' })
  await proxmox.call(cluster.getVersion, {})
  expect(server.asked.map(({ call }) => call)).toEqual(['GET /version'])
})

test('a client that is closed ends what is under way, and says so', async () => {
  const server = await answeringProxmox(() => 'silence')
  const proxmox = givenProxmox([server])
  const waiting = errorOf(proxmox.call(cluster.getVersion, {}))
  await expect.poll(() => server.asked.length).toBe(1)
  await proxmox.close()
  expect(await waiting).toMatchObject({ kind: 'closed' })
  expect(await errorOf(proxmox.call(cluster.getVersion, {}))).toMatchObject({ kind: 'closed' })
})

test('an endpoint without quorum is not asked next', async () => {
  const cutOff = await answeringProxmox(() => ({ status: 500, reason: 'cluster not ready - no quorum?' }))
  const server = await answeringProxmox(() => ({ data: UPID }))
  const proxmox = givenProxmox([cutOff, server])
  expect(await errorOf(proxmox.call(qemu.start, start))).toMatchObject({ kind: 'noQuorum' })
  expect(await proxmox.call(qemu.start, start)).toBe(UPID)
})

test('an answer that is not what the API promises is told by its fields alone', async () => {
  const server = await answeringProxmox(() => ({ data: [{ vmid: 'x', type: 'qemu', node: 'secret' }] }))
  const error = await errorOf(givenProxmox([server]).call(cluster.listResources, {}))
  expect(error).toMatchObject({
    kind: 'unreadable',
    message: 'Cannot GET /cluster/resources: the answer is not as it should be: 0.vmid',
  })
})

test('each request is reported with its route and what came of it', async () => {
  const server = await answeringProxmox(({ call }) =>
    call === 'GET /version' ? version() : { status: 500, reason: 'x' },
  )
  const reports: RequestReport[] = []
  const proxmox = givenProxmox([server], { token: fixedToken(), onRequest: report => reports.push(report) })
  await proxmox.call(cluster.getVersion, {})
  await errorOf(proxmox.call(qemu.start, start))
  expect(reports).toEqual([
    { route: 'GET /version', result: 'ok' },
    { route: 'POST /nodes/{node}/qemu/{vmid}/status/start', result: 'unknown' },
  ])
})

const nodesOf = (name: string) => [{ node: name, status: 'online', ssl_fingerprint: `AA:${name}` }]
const known = () => ({ name: 'prod', nodes: [{ name: 'pve1', fingerprint: 'AA:pve1' }], tenants: new Set<string>() })

test('an endpoint of another cluster is asked for nothing but its nodes, whoever fails', async () => {
  const prod = await answeringProxmox(({ call }) => (call === 'GET /nodes' ? { data: nodesOf('pve1') } : version()))
  const dr = await answeringProxmox(({ call }) => (call === 'GET /nodes' ? { data: nodesOf('dr1') } : { data: UPID }))
  const proxmox = givenProxmox([prod, dr], { known })
  await proxmox.call(cluster.getVersion, {})
  await proxmox.call(cluster.getVersion, {})
  expect(prod.asked.map(({ call }) => call)).toEqual(['GET /nodes', 'GET /version', 'GET /version'])
  await prod.stop()
  await errorOf(proxmox.call(cluster.getVersion, {}))
  const write = await errorOf(proxmox.call(qemu.start, start))
  expect([write.kind, write.why]).toEqual(['unreachable', expect.stringContaining('another cluster (dr1)')])
  // What is down may be the right one.
  expect(write.why).toContain('Remove it from spec.endpoints.')
  expect(write.why).not.toContain('accept-cluster')
  expect((await errorOf(proxmox.call(cluster.getVersion, {}))).kind).toBe('unreachable')
  const alone = await errorOf(givenProxmox([dr], { known }).call(cluster.getVersion, {}))
  expect([alone.kind, alone.why]).toEqual(['otherCluster', expect.stringContaining('accept-cluster=AA:dr1')])
  expect(alone.why).not.toContain('Remove it')
  expect(new Set(dr.asked.map(({ call }) => call))).toEqual(new Set(['GET /nodes']))
})

test('an address at which another cluster stands after a failure is noticed, and a refused token told as such', async () => {
  let behind = 'pve1'
  let cut = false
  const server = await answeringProxmox(({ call }) => {
    if (call === 'GET /nodes') return { data: nodesOf(behind) }
    if (!cut) return version()
    behind = 'dr1'
    return 'cut'
  })
  const proxmox = givenProxmox([server], { known })
  await proxmox.call(cluster.getVersion, {})
  cut = true
  expect((await errorOf(proxmox.call(cluster.getVersion, {}))).why).toContain('connection')
  expect((await errorOf(proxmox.call(cluster.getVersion, {}))).kind).toBe('otherCluster')
  const refusing = await answeringProxmox(() => ({ status: 401, reason: 'No ticket' }))
  expect((await errorOf(givenProxmox([refusing], { known }).call(cluster.getVersion, {}))).kind).toBe('unauthenticated')
})
