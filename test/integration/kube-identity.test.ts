/** A pod's identity against a real API server: files of a ServiceAccount, and what other programs make of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { binaries } from '../../dev/cluster/binaries/binary.ts'
import { type KubeConnection, loadKubeConfig } from '../../src/kube/config.ts'
import { type Client, createToken, type KubeEnvironment, startKubeEnvironment } from './kube-environment.ts'

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
  await writeFile(join(directory, 'token'), 'a token that has run out')
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

const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { name: 'me' } }

async function whoAmI({ kube }: Client): Promise<string> {
  const { status } = await kube.create(REVIEW)
  return (status as { userInfo: { username: string } }).userInfo.username
}

test("a pod's ServiceAccount is who asks, and a refused token is read again without an error", async () => {
  const client = environment.connect({ connection })
  await connection.credentials.current()
  await writeFile(join(directory, 'token'), `${await createToken(admin)}\n`)
  const names = await Promise.all(Array.from({ length: 5 }, () => whoAmI(client)))
  expect(new Set(names)).toEqual(new Set(['system:serviceaccount:default:default']))
})

test('other programs act as the pod with the kubeconfig made for them, and as others where they say so', async () => {
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'impersonator' } }
  const rule = { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'], resourceNames: ['other'] }
  await admin.kube.create({ ...rbac, kind: 'ClusterRole', rules: [rule] })
  await admin.kube.create({
    ...rbac,
    kind: 'ClusterRoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'impersonator' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  })
  const { kubectl } = await binaries(['kubectl'])
  const kubeconfig = await connection.kubeconfigForExec(directory)
  const whoAmI = async (...args: string[]) => {
    const { stdout } = await execa(kubectl, ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}', ...args], {
      env: { KUBECONFIG: kubeconfig },
      reject: false,
    })
    return stdout
  }
  expect(await whoAmI()).toBe('system:serviceaccount:default:default')
  const other = 'system:serviceaccount:default:other'
  await expect.poll(() => whoAmI('--as', other), { timeout: 10_000 }).toBe(other)
})
