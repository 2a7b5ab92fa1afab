/** The ways to a real API server, and who asks: proxies, server names, certificates and plugins of a kubeconfig. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import {
  type Authority,
  type Certificate,
  createAuthority,
  issueCertificate,
} from '../../dev/cluster/control-plane/certificate.ts'
import { parseKubeconfig } from '../../dev/cluster/control-plane/kubeconfig.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createInformer } from '../../src/kube/informer.ts'
import { type ConnectProxy, PROXY_USER, startConnectProxy } from '../make/connect-proxy.ts'
import { type Client, createToken, type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

let environment: KubeEnvironment
let admin: Client
let directory: string
let server: string
let proxy: ConnectProxy
let clients: Authority
beforeAll(async () => {
  environment = await startKubeEnvironment('kube-way')
  admin = environment.connect()
  directory = await mkdtemp(join(tmpdir(), 'kube-way-'))
  server = environment.connection.server
  proxy = await startConnectProxy(Number(new URL(server).port))
  clients = await createAuthority('clients')
  const trusted = join(directory, 'clients.crt')
  const own = await readFile(join(dirname(environment.kubeconfig), 'pki/ca.crt'), 'utf8')
  await writeFile(trusted, `${own}\n${clients.certificate}`)
  await environment.killApiServer()
  await environment.startApiServer(`--client-ca-file=${trusted}`)
})
afterAll(async () => {
  await proxy?.stop()
  await environment?.stop()
  if (directory !== undefined) await rm(directory, { recursive: true, force: true })
})

let count = 0

/** A kubeconfig of the administrator, but for what is given. */
async function connect(
  { cluster = {}, user }: { cluster?: object; user?: object },
  variables: Record<string, string> = {},
): Promise<Client> {
  const { authority, certificate, key } = parseKubeconfig(await readFile(environment.kubeconfig, 'utf8'))
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const name = 'test'
  count += 1
  const kubeconfigPath = join(directory, `kubeconfig-${count}`)
  const own = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
  const document = {
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority), ...cluster } }],
    users: [{ name, user: user ?? own }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  await writeFile(kubeconfigPath, stringify(document))
  return environment.connect({ connection: await loadKubeConfig({ kubeconfigPath, environment: variables }) })
}

async function whoAmI({ kube }: Client): Promise<string> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { name: 'me' } }
  const { status } = await kube.create(review)
  return (status as { userInfo: { username: string } }).userInfo.username
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: Error) => error.message,
  )
}

test('through the proxy of a kubeconfig, requests and watches go over a tunnel to the server', async () => {
  const client = await connect({ cluster: { 'proxy-url': proxy.url } })
  expect(await whoAmI(client)).toBe('admin')
  const informer = createInformer({ ...client, kind: { apiVersion: 'v1', kind: 'Namespace' } })
  informer.start()
  await informer.whenSynced()
  await client.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'through-the-proxy' } })
  await expect.poll(() => informer.get('through-the-proxy')).toBeDefined()
  await informer.stop()
  expect(proxy.asked.splice(0)).toEqual([`${new URL(server).host} 200`])
})

test('the proxy of the environment leads to a server that has a name only there, unless NO_PROXY excepts it', async () => {
  const cluster = { server: 'https://kubernetes.default.svc' }
  const variables = { HTTPS_PROXY: proxy.url }
  expect(await whoAmI(await connect({ cluster }, variables))).toBe('admin')
  expect(proxy.asked.splice(0)).toEqual(['kubernetes.default.svc:443 200'])
  const past = await connect({ cluster }, { ...variables, NO_PROXY: '.svc' })
  expect(await messageOf(whoAmI(past))).toContain('cannot be reached')
  expect(proxy.asked).toEqual([])
})

test('what a proxy refuses is told without the credentials that it was given', async () => {
  const wrong = await connect({ cluster: { 'proxy-url': proxy.url.replace(PROXY_USER.name, 'eve') } })
  const address = `http://127.0.0.1:${proxy.port}`
  const what = 'Cannot read the kinds under /api'
  expect(await messageOf(whoAmI(wrong))).toBe(
    `${what}: the API server at ${server} cannot be reached (the proxy at ${address}: it answers 407)`,
  )
  proxy.asked.splice(0)
  const absent = await connect({ cluster: { 'proxy-url': `http://ada:${PROXY_USER.password}@127.0.0.1:1` } })
  expect(await messageOf(whoAmI(absent))).toBe(
    `${what}: the API server at ${server} cannot be reached (the proxy at http://127.0.0.1:1: ECONNREFUSED)`,
  )
})

test('a server under another name than that of its certificate is reached by tls-server-name', async () => {
  const elsewhere = { server: 'https://elsewhere.example', 'proxy-url': proxy.url }
  expect(await messageOf(whoAmI(await connect({ cluster: elsewhere })))).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
  const named = { ...elsewhere, 'tls-server-name': 'kubernetes.default.svc' }
  expect(await whoAmI(await connect({ cluster: named }))).toBe('admin')
  proxy.asked.splice(0)
})

test('a client certificate that was replaced is used by new connections, while watches under the old one go on', async () => {
  const write = async ({ certificate, key }: Certificate) => {
    await writeFile(join(directory, 'client.crt'), certificate)
    await writeFile(join(directory, 'client.key'), key)
  }
  const issue = (commonName: string) => issueCertificate(clients, { commonName, organizations: ['system:masters'] })
  await write(await issue('first'))
  const client = await connect({ user: { 'client-certificate': 'client.crt', 'client-key': 'client.key' } })
  const informer = createInformer({ ...client, kind: { apiVersion: 'v1', kind: 'Namespace' } })
  informer.start()
  await informer.whenSynced()
  await expect.poll(() => client.transport.connections()).toBe(1)
  expect(await whoAmI(client)).toBe('first')
  await write(await issue('second'))
  // Files are read again every ten seconds.
  await expect.poll(() => whoAmI(client), { timeout: 30_000, interval: 500 }).toBe('second')
  expect(client.transport.connections()).toBe(2)
  await client.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'under-the-first' } })
  await expect.poll(() => informer.get('under-the-first')).toBeDefined()
  await informer.stop()
  await expect.poll(() => client.transport.connections()).toBe(1)
})

/** What it says in its runs, and how many there were. */
async function writePlugin(...said: { token: string; livesMs: number }[]) {
  const folder = await mkdtemp(join(directory, 'plugin-'))
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' }
  const runs = join(folder, 'runs')
  // A token's time counts from when it is given out, however long it takes until somebody asks.
  const script = `#!${process.execPath}
    const { appendFileSync, readFileSync } = require('node:fs')
    appendFileSync('${runs}', '.')
    const { token, livesMs } = ${JSON.stringify(said)}[readFileSync('${runs}').length - 1]
    const expirationTimestamp = new Date(Date.now() + livesMs).toISOString()
    console.log(JSON.stringify({ ...${JSON.stringify(credential)}, status: { token, expirationTimestamp } }))
  `
  const command = join(folder, 'plugin')
  await writeFile(command, script, { mode: 0o755 })
  const exec = { ...credential, command, interactiveMode: 'Never' }
  return { exec, runs: async () => (await readFile(runs, 'utf8')).length }
}

const HOUR_MS = 3_600_000

test('a plugin whose token is refused is asked once more for all who wait, and nobody notices', async () => {
  const token = await createToken(admin)
  const said = [{ token: 'has-run-out', livesMs: HOUR_MS }]
  const { exec, runs } = await writePlugin(...said, { token, livesMs: HOUR_MS })
  const client = await connect({ user: { exec } })
  const names = await Promise.all(Array.from({ length: 50 }, () => whoAmI(client)))
  expect(new Set(names)).toEqual(new Set(['system:serviceaccount:default:default']))
  expect(await runs()).toBe(2)
})

test('a plugin is asked again before its token runs out, though the server would take that one for longer', async () => {
  const token = await createToken(admin)
  const { exec, runs } = await writePlugin({ token, livesMs: 3_000 }, { token, livesMs: HOUR_MS })
  const client = await connect({ user: { exec } })
  const runsNow = async () => {
    await whoAmI(client)
    return runs()
  }
  await expect.poll(runsNow, { timeout: 30_000, interval: 200 }).toBe(2)
  expect([await runsNow(), client.transport.connections()]).toEqual([2, 1])
})

test('a server without HTTP/2 serves requests and watches, through a proxy too', async () => {
  await environment.killApiServer()
  await environment.startApiServer('--disable-http2-serving')
  const tunnelled = await connect({ cluster: { 'proxy-url': proxy.url } })
  for (const client of [await connect({}), tunnelled]) {
    expect(await whoAmI(client)).toBe('admin')
    const name = `in-http1-${client === tunnelled}`
    const informer = createInformer({ ...client, kind: { apiVersion: 'v1', kind: 'Namespace' } })
    informer.start()
    await informer.whenSynced()
    await client.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    await expect.poll(() => informer.get(name)).toBeDefined()
    await informer.stop()
  }
  expect(proxy.asked.length).toBeGreaterThan(1)
})
