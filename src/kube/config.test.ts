import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type KubeConfigOptions, loadKubeConfig } from './config.ts'
import { KubeError } from './errors.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-config-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function writeKubeconfig(user: object, cluster: object = {}): Promise<string> {
  const path = join(directory, 'kubeconfig')
  const document = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: 'https://a:6443', ...cluster } }],
    users: [{ name: 'a', user }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a', namespace: 'acme' } }],
  }
  await writeFile(path, stringify(document))
  return path
}

async function messageOf(options: KubeConfigOptions): Promise<string> {
  try {
    await (await loadKubeConfig(options)).credentials.current()
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'CredentialsUnusable') return error.message
  }
  throw new Error('not refused')
}

test('client certificates and authority come from files beside the kubeconfig or from itself', async () => {
  await writeFile(join(directory, 'ca.crt'), 'CA')
  await writeFile(join(directory, 'key.pem'), 'KEY')
  const kubeconfigPath = await writeKubeconfig(
    { 'client-certificate-data': Buffer.from('CERT').toString('base64'), 'client-key': 'key.pem' },
    { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes' },
  )
  const { server, namespace, credentials, kubeconfigForExec } = await loadKubeConfig({ kubeconfigPath })
  const { headers, tls } = await credentials.current()
  expect({ server, namespace, headers }).toEqual({ server: 'https://a:6443', namespace: 'acme', headers: {} })
  expect(Object.fromEntries(Object.entries(tls).map(([name, value]) => [name, `${value}`]))).toEqual({
    ca: 'CA',
    cert: 'CERT',
    key: 'KEY',
    servername: 'kubernetes',
  })
  expect(await kubeconfigForExec('/nowhere')).toBe(kubeconfigPath)
})

test('a token file is read again after a refusal', async () => {
  await writeFile(join(directory, 'token'), 'old\n')
  const { credentials } = await loadKubeConfig({ kubeconfigPath: await writeKubeconfig({ tokenFile: 'token' }) })
  const before = await credentials.current()
  expect(before.headers).toEqual({ authorization: 'Bearer old' })
  await writeFile(join(directory, 'token'), 'new\n')
  credentials.refresh(before)
  expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer new' })
})

test('a credential plugin is told what it is asked for, and asked again after a refusal', async () => {
  const script = join(directory, 'plugin.cjs')
  await writeFile(
    script,
    `const { appendFileSync, readFileSync } = require('node:fs')
    appendFileSync(${JSON.stringify(join(directory, 'runs'))}, 'x')
    const { apiVersion, kind } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
    const token = process.env.PREFIX + readFileSync(${JSON.stringify(join(directory, 'runs'))}).length
    console.log(JSON.stringify({ apiVersion, kind, status: { token } }))`,
  )
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [script],
    env: [{ name: 'PREFIX', value: 'run-' }],
  }
  const { credentials } = await loadKubeConfig({ kubeconfigPath: await writeKubeconfig({ exec }) })
  const before = await credentials.current()
  expect([before.headers, (await credentials.current()).headers]).toEqual([
    { authorization: 'Bearer run-1' },
    { authorization: 'Bearer run-1' },
  ])
  credentials.refresh(before)
  expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer run-2' })
})

test('a plugin that fails is named, with what it says is wrong', async () => {
  const args = ['-e', 'console.error("log in\\nfirst"); process.exit(1)']
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args }
  expect(await messageOf({ kubeconfigPath: await writeKubeconfig({ exec }) })).toBe(
    `Cannot use the kubeconfig: its credential plugin ${process.execPath} failed (1): log in first`,
  )
})

test('a proxy comes from the kubeconfig, else from the environment', async () => {
  const environment = { HTTPS_PROXY: 'http://ada:s3cret@environment:3128', NO_PROXY: 'other' }
  const proxyOf = async (cluster: object) =>
    (await loadKubeConfig({ kubeconfigPath: await writeKubeconfig({}, cluster), environment })).proxy
  const authorization = `Basic ${Buffer.from('ada:s3cret').toString('base64')}`
  expect([
    await proxyOf({ 'proxy-url': 'http://own:3128' }),
    await proxyOf({}),
    await proxyOf({ server: 'https://other' }),
  ]).toEqual([{ address: 'http://own:3128' }, { address: 'http://environment:3128', authorization }, undefined])
})

test('what cannot be used is refused with the reason', async () => {
  const refusals = []
  for (const cluster of [
    { 'insecure-skip-tls-verify': true },
    { server: 'http://a:8080' },
    { 'proxy-url': 'socks5://ada:s3cret@proxy' },
  ]) {
    refusals.push(await messageOf({ kubeconfigPath: await writeKubeconfig({}, cluster) }))
  }
  await writeFile(join(directory, 'broken'), 'token: "s3cret')
  refusals.push(await messageOf({ kubeconfigPath: join(directory, 'broken') }))
  refusals.push(await messageOf({ kubeconfigPath: join(directory, 'absent') }))
  refusals.push(await messageOf({ kubeconfigPath: await writeKubeconfig({ 'client-key': 'absent.pem' }) }))
  expect(refusals).toEqual([
    'Cannot use the kubeconfig: insecure-skip-tls-verify is set, and credentials go to verified servers only',
    'Cannot use the kubeconfig: http://a:8080 is not an https address',
    'Cannot use the proxy to https://a:6443: it is not an http or https address',
    `Cannot use the kubeconfig: ${directory}/broken is not a kubeconfig`,
    `Cannot use the kubeconfig: ${directory}/absent does not exist`,
    `Cannot use the kubeconfig: ${directory}/absent.pem cannot be read (ENOENT)`,
  ])
})

test("a pod uses its ServiceAccount's files, and reads them again when the kubelet has replaced them", async () => {
  await Promise.all(
    Object.entries({ token: 'old', 'ca.crt': 'CA', namespace: 'tenantry' }).map(([name, text]) =>
      writeFile(join(directory, name), text),
    ),
  )
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443', HOME: directory }
  const connection = await loadKubeConfig({ environment, serviceAccountDirectory: directory })
  const before = await connection.credentials.current()
  expect([connection.server, connection.namespace, before]).toEqual([
    'https://[fd00::1]:443',
    'tenantry',
    { headers: { authorization: 'Bearer old' }, tls: { ca: 'CA' } },
  ])
  await writeFile(join(directory, 'token.new'), 'new')
  await rename(join(directory, 'token.new'), join(directory, 'token'))
  connection.credentials.refresh(before)
  expect((await connection.credentials.current()).headers).toEqual({ authorization: 'Bearer new' })
})

test("the kubeconfig for other programs points to the pod's token and holds none", async () => {
  await Promise.all(['token', 'ca.crt', 'namespace'].map(name => writeFile(join(directory, name), `the ${name}`)))
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', HOME: directory }
  const connection = await loadKubeConfig({ environment, serviceAccountDirectory: directory })
  const path = await connection.kubeconfigForExec(directory)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'in-cluster',
        cluster: { server: 'https://10.96.0.1:443', 'certificate-authority': join(directory, 'ca.crt') },
      },
    ],
    users: [{ name: 'in-cluster', user: { tokenFile: join(directory, 'token') } }],
    contexts: [
      {
        name: 'in-cluster',
        context: { cluster: 'in-cluster', user: 'in-cluster', namespace: 'the namespace' },
      },
    ],
    'current-context': 'in-cluster',
  })
})

test('KUBECONFIG comes before the pod, and the file in the home folder last', async () => {
  await mkdir(join(directory, '.kube'))
  const kubeconfigPath = await writeKubeconfig({})
  await writeFile(join(directory, '.kube', 'config'), (await readFile(kubeconfigPath, 'utf8')).replace('//a', '//home'))
  const serverOf = async (environment: Record<string, string>) =>
    (await loadKubeConfig({ environment, serviceAccountDirectory: directory })).server
  expect([
    await serverOf({ KUBECONFIG: `/absent:${kubeconfigPath}`, HOME: directory }),
    await serverOf({ HOME: directory }),
  ]).toEqual(['https://a:6443', 'https://home:6443'])
  expect(await messageOf({ environment: { HOME: '/absent' }, serviceAccountDirectory: '/absent' })).toBe(
    'Cannot find a Kubernetes cluster: there is neither a kubeconfig (KUBECONFIG, ~/.kube/config) nor the ServiceAccount of a pod',
  )
})
