/** A pod's identity against a real API server: files of a ServiceAccount, and what other programs make of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { binaries } from '../../dev/cluster/binaries/binary.ts'
import { type KubeConnection, loadKubeConfig } from '../../src/kube/config.ts'
import { type Client, type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

let environment: KubeEnvironment
let admin: Client
let directory: string
let connection: KubeConnection
beforeAll(async () => {
  environment = await startKubeEnvironment('kube-identity')
  admin = environment.connect()
  directory = await mkdtemp(join(tmpdir(), 'kube-identity-'))
  const { tls } = await environment.connection.credentials.current()
  await writeFile(join(directory, 'ca.crt'), tls.ca ?? '')
  await writeFile(join(directory, 'namespace'), 'default')
  await writeFile(join(directory, 'token'), await tokenBoundTo('first'))
  const { hostname, port } = new URL(environment.connection.server)
  connection = await loadKubeConfig({
    environment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    serviceAccountDirectory: directory,
  })
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
  await environment?.stop()
})

const SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: 'default' }

/** The token is good for as long as the Secret exists. */
async function tokenBoundTo(secret: string): Promise<string> {
  const { metadata } = await admin.kube.create({ ...SECRET, metadata: { name: secret, namespace: 'default' } })
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: secret, uid: metadata.uid }
  const response = await admin.transport.request({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/default/token',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } }),
    verb: 'create',
    resource: 'serviceaccounts/token',
    what: 'create a token',
  })
  return (JSON.parse(response.body) as { status: { token: string } }).status.token
}

const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { name: 'me' } }

async function whoAmI({ kube }: Client): Promise<string> {
  const { status } = await kube.create(REVIEW)
  return (status as { userInfo: { username: string } }).userInfo.username
}

test("a pod's ServiceAccount is who asks, and a token that has run out is replaced without an error", async () => {
  const client = environment.connect({ connection })
  expect(await whoAmI(client)).toBe('system:serviceaccount:default:default')
  await writeFile(join(directory, 'token'), await tokenBoundTo('second'))
  await admin.kube.delete({ ...SECRET, name: 'first' })
  const names = await Promise.all(Array.from({ length: 5 }, () => whoAmI(client)))
  expect(new Set(names)).toEqual(new Set(['system:serviceaccount:default:default']))
})

test('other programs act as the pod with the kubeconfig made for them, and as others where they say so', async () => {
  const { kubectl } = await binaries(['kubectl'])
  const kubeconfig = await connection.kubeconfigForExec(directory)
  const run = (...args: string[]) => execa(kubectl, args, { env: { KUBECONFIG: kubeconfig }, reject: false })
  const { stdout } = await run('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
  expect(stdout).toBe('system:serviceaccount:default:default')
  const { stderr } = await run('get', 'configmaps', '--as', 'system:serviceaccount:default:other')
  expect(stderr).toContain('User "system:serviceaccount:default:default" cannot impersonate')
})
