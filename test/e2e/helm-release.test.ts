import { resolve } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { readTenant } from '../../dev/demo/tenants.ts'
import { type Environment, environment, journey } from './environment.ts'
import {
  applyPlan,
  applyTenant,
  deleteTenant,
  namespaceOf,
  smallPlan,
  uniqueName,
  untilConverged,
  untilReady,
} from './tenant-client.ts'

const chart = resolve(import.meta.dirname, '../../charts/tenant')
const plan = uniqueName('helm')
const name = uniqueName('released')
const release = namespaceOf(name)

/** In order: each test finds the release as the one before has left it. */
journey('the release of a tenant in the hands of the real helm', () => {
  let env: Environment
  let helm: (...args: string[]) => Promise<string>

  beforeAll(async () => {
    env = await environment()
    const { kubectl, cluster } = env
    const file = await binary('helm')
    helm = async (...args) => (await execa(file, ['--kubeconfig', cluster.kubeconfig, '-n', release, ...args])).stdout
    await applyPlan(kubectl, plan, smallPlan())
    await applyTenant(kubectl, name, { plan, deletionPolicy: 'Delete' })
    await untilReady(kubectl, name)
  })

  afterAll(() => deleteTenant(env.kubectl, name))

  test('list and history show it deployed', async () => {
    const [listed] = JSON.parse(await helm('list', '-o', 'json')) as object[]
    expect(listed).toMatchObject({ name: release, namespace: release, revision: '1', status: 'deployed' })
    const history = JSON.parse(await helm('history', release, '-o', 'json')) as object[]
    expect(history).toMatchObject([{ revision: 1, status: 'deployed', description: 'Install complete' }])
  })

  test('get values and get manifest tell what was asked for and what was applied', async () => {
    const values = parse(await helm('get', 'values', release)) as { tenant: object; web: object }
    expect(values).toMatchObject({ tenant: { name }, plan, web: { replicas: 1 } })
    const manifest = await helm('get', 'manifest', release)
    expect(manifest).toContain('kind: Cluster')
    expect(manifest).not.toContain('kind: Secret')
  })

  test('upgrade --set of a value that the operator owns works without force, and the operator takes it back', async () => {
    await helm('upgrade', release, chart, '--reuse-values', '--set', 'web.replicas=2')
    await untilBack(3)
    expect(await statuses()).toEqual(['superseded', 'superseded', 'deployed'])
  })

  test('rollback works without force, and the operator brings back what the plan says', async () => {
    await helm('rollback', release, '2')
    await untilBack(5)
    expect(await statuses()).toEqual(['superseded', 'superseded', 'superseded', 'superseded', 'deployed'])
  })

  test('uninstall works, and the operator installs it again', async () => {
    const before = await databaseUid()
    await helm('uninstall', release)
    await expect.poll(databaseUid, { timeout: 120_000, interval: 1000 }).not.toBe(before)
    await untilConverged(env.kubectl, name)
    await expect.poll(statuses, { timeout: 60_000, interval: 1000 }).toEqual(['deployed'])
  })

  async function statuses(): Promise<string[]> {
    const history = JSON.parse(await helm('history', release, '-o', 'json')) as { status: string }[]
    return history.map(({ status }) => status)
  }

  /** The operator's own revision is the newest, and the Deployment has what the plan says. */
  async function untilBack(revision: number): Promise<void> {
    const found = async () => {
      const { status } = await readTenant(env.kubectl, name)
      const web = await env.kubectl.json<{ spec: { replicas: number } }>(['get', 'deployment', '-n', release, 'web'])
      return { revision: status?.release?.revision, replicas: web.spec.replicas }
    }
    await expect.poll(found, { timeout: 120_000, interval: 1000 }).toEqual({ revision, replicas: 1 })
    await untilConverged(env.kubectl, name)
  }

  async function databaseUid(): Promise<string | undefined> {
    const found = await env.kubectl.run([
      ...[
        'get',
        'clusters.postgresql.cnpg.io',
        '-n',
        release,
        'db',
        '--ignore-not-found',
        '-o',
        'jsonpath={.metadata.uid}',
      ],
    ])
    return found === '' ? undefined : found
  }
})
