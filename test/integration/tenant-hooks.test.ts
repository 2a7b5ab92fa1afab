/**
 * A tenant whose chart has hooks, from the edit to the deletion: what its conditions say while a hook runs or has failed,
 * and that it comes back by itself. The operator has one worker. No kubelet runs here: pods end as the test says.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KubeObject } from '../../src/plan/object.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { type PlayedKubelet, playKubelet } from './played-kubelet.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

const TENANT = 'tenants.tenantry.dev'
const NAMESPACE = 'tenant-acme'
const FAILURE =
  'Release tenant-acme: pre-upgrade hook Job migrate failed: BackoffLimitExceeded: Job has reached the specified backoff limit; its last words: relation "users" is locked'

let environment: OperatorEnvironment
let kubelet: PlayedKubelet
beforeAll(async () => {
  environment = await startEnvironment('tenant-hooks')
  kubelet = await playKubelet(environment.kubectl)
  await environment.apply(plan('hooked', { version: '1', node: kubelet.node }), plan('shop', { greeting: 'hi' }))
  await environment.apply(tenantManifest('acme', { plan: 'hooked', deletionPolicy: 'Delete' }))
  await environment.startOperator({ 'charts-dir': join(import.meta.dirname, '../charts'), workers: '1' })
})
afterAll(async () => {
  kubelet?.stop()
  await environment?.stop()
})

/** Of the chart of that name. */
function plan(chart: string, values: Record<string, unknown>): Record<string, unknown> {
  const { spec, ...rest } = planManifest(chart) as { spec: { displayName: string; quota: object } }
  const { displayName, quota } = spec
  return { ...rest, spec: { displayName, quota, chart: { name: chart }, app: { values } } }
}

const upgradeTo = (version: string) => environment.apply(plan('hooked', { version, node: kubelet.node }))
const end = (job: string, phase: 'Succeeded' | 'Failed' | 'Running') => kubelet.endJob(NAMESPACE, job, phase)

async function tenantWhere(condition: string, says: string, name = 'acme'): Promise<KubeObject> {
  const found = await eventually(
    () => environment.get(TENANT, name),
    tenant => conditionsOf(tenant)[condition] === says,
  )
  return found as KubeObject
}

/** Of a condition whose status and reason are these. */
async function message(condition: string, says: string): Promise<string> {
  const { conditions } = (await tenantWhere(condition, says)).status as {
    conditions: { type: string; message: string }[]
  }
  return conditions.find(({ type }) => type === condition)?.message ?? ''
}

async function waitsFor(hook: string): Promise<void> {
  await eventually(
    () => environment.get(TENANT, 'acme'),
    found => JSON.stringify(found?.status ?? {}).includes(`Release tenant-acme waits for ${hook} to end.`),
  )
}

async function version(): Promise<unknown> {
  return ((await environment.get('configmap', 'app', NAMESPACE))?.data as { version?: string } | undefined)?.version
}

test('an installation says which hook it waits for, and goes on by itself when the Job ends', async () => {
  await waitsFor('Job prepare (pre-install hook)')
  expect(await version()).toBeUndefined()
  await end('prepare', 'Succeeded')
  await waitsFor('Job announce (post-install hook)')
  await end('announce', 'Succeeded')
  await tenantWhere('Ready', 'True Converged')
  expect(await version()).toBe('1')
})

test('while a hook runs, another tenant is installed, though there is but one worker', async () => {
  await upgradeTo('2')
  await waitsFor('Job migrate (pre-upgrade hook)')
  await end('migrate', 'Running')
  await environment.apply(tenantManifest('neighbour', { plan: 'shop' }))
  await tenantWhere('ReleaseReady', 'True Deployed', 'neighbour')
  expect(conditionsOf(await environment.get(TENANT, 'acme'))).toMatchObject({ ReleaseReady: 'False Waiting' })
})

test('a hook that fails is told with its last words and what to do, and the old version stays', async () => {
  kubelet.logs.set('migrate', 'relation "users" is locked\n')
  await end('migrate', 'Failed')
  expect(await message('ReleaseReady', 'False HookFailed')).toBe(FAILURE)
  expect(await message('Ready', 'False HookFailed')).toBe(
    `${FAILURE}. Correct its cause: it runs again after five minutes, and at once after an edit.`,
  )
  expect(await version()).toBe('1')
  const history = await environment.helm(['history', 'tenant-acme', '-n', NAMESPACE, '-o', 'json'])
  expect(JSON.parse(history)).toMatchObject([{ status: 'deployed' }, { status: 'failed', description: FAILURE }])
})

test('an edit of the plan heals it', async () => {
  await upgradeTo('3')
  await waitsFor('Job migrate (pre-upgrade hook)')
  await end('migrate', 'Succeeded')
  await waitsFor('Pod check (pre-upgrade hook)')
  await kubelet.endPod(NAMESPACE, 'check', 'Succeeded')
  await waitsFor('Job announce (post-upgrade hook)')
  await end('announce', 'Succeeded')
  await tenantWhere('Ready', 'True Converged')
  expect(await version()).toBe('3')
})

test('a hook before the deletion that fails holds it up and says how to go on without, and so it does', async () => {
  await environment.kubectl(['delete', TENANT, 'acme', '--wait=false'])
  await end('backup', 'Failed')
  const told = await message('Deleting', 'True HookFailed')
  expect(told).toContain('pre-delete hook Job backup failed')
  expect(told).toContain('kubectl annotate tenant acme tenantry.dev/skip-delete-hooks=true')
  expect(await version()).toBe('3')
  await environment.kubectl(['annotate', TENANT, 'acme', 'tenantry.dev/skip-delete-hooks=true'])
  await eventually(
    () => environment.get(TENANT, 'acme'),
    found => found === undefined,
  )
})
