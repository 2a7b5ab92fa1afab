import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import type { Tenant } from '../../dev/demo/tenants.ts'
import { type ChartRepository, serveChart } from './chart-repository.ts'
import { type Environment, environment, journey } from './environment.ts'
import { type Edition, gazetteChart, gazettePlan, press } from './gazette.ts'
import {
  applyPlan,
  applyTenant,
  conditionOf,
  deleteTenant,
  hostOf,
  namespaceOf,
  uniqueName,
  untilCondition,
  untilConverged,
  untilReady,
} from './tenant-client.ts'

const plan = uniqueName('gazette')
const name = uniqueName('courier')
const namespace = namespaceOf(name)
const hook = 'gazette-licence'
const refused = '40 readers, but licences for 10 only'

/** In order: each test finds the release as the one before has left it. */
journey('a tenant of a chart that was never written for tenants, from a repository', () => {
  let env: Environment
  let repository: ChartRepository
  let tenant: Tenant

  beforeAll(async () => {
    env = await environment()
    repository = await serveChart(env.kubectl, gazetteChart)
    await publish()
    await applyTenant(env.kubectl, name, { plan, deletionPolicy: 'Delete' })
    tenant = await untilReady(env.kubectl, name)
  })

  afterAll(async () => {
    if (tenant !== undefined) await deleteTenant(env.kubectl, name)
    await repository?.remove()
  })

  test('is Ready, and its database and its host are found, whatever the chart calls them', () => {
    expect(tenant.status).toMatchObject({
      database: { instances: 1, readyInstances: 1, primary: 'gazette-archive-1' },
      release: { revision: 1, chartVersion: '1.0.0' },
    })
    expect(conditionOf(tenant, 'DatabaseReady')).toMatchObject({ status: 'True', reason: 'DatabaseHealthy' })
    expect(conditionOf(tenant, 'Available')).toMatchObject({ status: 'True', reason: 'Serving' })
  })

  test('serves what the plan says of it, in the words of the chart', async () => {
    expect(await page()).toEqual({
      address: hostOf(tenant),
      masthead: `The ${name} Gazette`,
      tier: 'starter',
      readers: 10,
      archive: 'issues',
    })
  })

  test('had its hook run by the kubelet, and ended, before anything of the release was made', async () => {
    const job = await get<{ status: { succeeded: number; completionTime: string } }>('job', hook)
    expect(job.status.succeeded).toBe(1)
    expect(await env.kubectl.run(['logs', '-n', namespace, `job/${hook}`])).toBe('counting licences')
    const made = [await get('deployment', press), await get('cluster.postgresql.cnpg.io', 'gazette-archive')]
    for (const { metadata } of made) {
      expect(Date.parse(metadata.creationTimestamp)).toBeGreaterThanOrEqual(Date.parse(job.status.completionTime))
    }
  })

  test('goes on serving the old version when a hook fails, and kubectl describe tells the last words of that', async () => {
    const { metadata } = await get('deployment', press)
    await publish({ readers: 40 })
    const { message } = await untilCondition(env.kubectl, name, 'ReleaseReady', { reason: 'HookFailed' })
    expect(message).toBe(
      `Release ${namespace}: pre-upgrade hook Job ${hook} failed: BackoffLimitExceeded: Job has reached the specified backoff limit; its last words: counting licences | ${refused}`,
    )
    const description = await env.kubectl.run(['describe', 'tenants.tenantry.dev', name])
    expect(description.replaceAll(/\s+/g, ' ')).toContain(
      `${message}. Correct its cause: it runs again after five minutes, and at once after an edit.`,
    )
    expect(await history()).toEqual(['deployed', 'failed'])
    expect(await page()).toMatchObject({ readers: 10 })
    expect((await get('deployment', press)).metadata).toMatchObject({
      uid: metadata.uid,
      generation: metadata.generation,
    })
    await untilCondition(env.kubectl, name, 'Available', { status: 'True' })
  })

  test('heals when the plan is mended', async () => {
    await publish({ readers: 40, subscription: { tier: 'metropolitan' } })
    const { status } = await untilConverged(env.kubectl, name)
    expect(status?.release?.revision).toBe(3)
    // For a moment the ingress controller may still know the pod of before.
    await expect.poll(page, { timeout: 30_000 }).toMatchObject({ tier: 'metropolitan', readers: 40 })
    expect(await history()).toEqual(['superseded', 'failed', 'deployed'])
  })

  function publish(edition?: Edition): Promise<void> {
    return applyPlan(env.kubectl, plan, gazettePlan(repository.url, edition))
  }

  async function page(): Promise<unknown> {
    const { status, body } = await env.ingress.ask(hostOf(tenant), { path: '/' })
    expect(status).toBe(200)
    return JSON.parse(body)
  }

  function get<T = object>(kind: string, object: string): Promise<T & Listed> {
    return env.kubectl.json(['get', kind, object, '-n', namespace])
  }

  async function history(): Promise<string[]> {
    const args = ['--kubeconfig', env.cluster.kubeconfig, 'history', namespace, '-n', namespace, '-o', 'json']
    const { stdout } = await execa(await binary('helm'), args)
    return (JSON.parse(stdout) as { status: string }[]).map(({ status }) => status)
  }
})

interface Listed {
  metadata: { uid: string; generation: number; creationTimestamp: string }
}
