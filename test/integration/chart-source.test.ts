/** Charts from a registry and from a repository, both real, and what becomes of tenants when these answer otherwise, or not. */
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Operator } from '../../src/controllers/operator.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { foundSecrets } from '../e2e/secret-search.ts'
import { type ChartRegistry, credentialsSecret, PASSWORD, startChartRegistry } from './chart-registry.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { tenantManifest } from './tenant-manifest.ts'

const CHART = join(import.meta.dirname, '../charts/ledger')
const CACHE = join(tmpdir(), `tenantry-chart-cache-${process.pid}`)
const TENANT = 'tenants.tenantry.dev'
const PLAN = 'tenantplans.tenantry.dev'

let environment: OperatorEnvironment
let registry: ChartRegistry
let operator: Operator
beforeAll(async () => {
  registry = await startChartRegistry()
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) await registry.publish(CHART, version, version)
  environment = await startEnvironment('chart-source')
  await environment.kubectl(['apply', '-f', 'examples/foreign-chart/rights.yaml'])
  await environment.apply(
    credentialsSecret('registry', registry.oci.replace(/[/]charts$/, ''), registry),
    credentialsSecret('web', registry.https, registry),
    credentialsSecret('wrong', registry.oci, registry, { password: 'not-the-password' }),
    credentialsSecret('elsewhere', 'https://charts.example.com', registry),
  )
  operator = await start()
})
afterAll(async () => {
  await environment?.stop()
  await registry?.stop()
  await rm(CACHE, { recursive: true, force: true })
})

async function start(): Promise<Operator> {
  return environment.startOperator({ kubeconfig: await environment.operatorKubeconfig(), 'chart-cache-dir': CACHE })
}

function plan(name: string, chart: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'TenantPlan',
    metadata: { name },
    spec: {
      displayName: name,
      chart: { name: 'ledger', clusterRoleName: 'ledger-release', ...chart },
      app: { values: { publicAddress: '${host}' } },
      quota: { cpu: '4', memory: '8Gi', storage: '20Gi', pods: 20 },
    },
  }
}

const fromRegistry = (more: Record<string, unknown> = {}) => ({
  repository: registry.oci,
  version: '1.x',
  credentialsSecretName: 'registry',
  ...more,
})

interface Resolved {
  readonly version: string
  readonly digest: string
}

function chartOf(found: KubeObject | undefined): Resolved | undefined {
  return (found?.status as { chart?: Resolved } | undefined)?.chart
}

async function where(
  kind: string,
  name: string,
  holds: (conditions: Record<string, string>, found: KubeObject) => boolean,
) {
  const found = await eventually(
    () => environment.get(kind, name),
    object => object !== undefined && holds(conditionsOf(object), object),
    90_000,
  )
  return found as KubeObject
}

const deployed = ({ ReleaseReady }: Record<string, string>) => ReleaseReady === 'True Deployed'
const planReady = ({ Ready }: Record<string, string>) => Ready === 'True Resolved'

function messageOf(found: KubeObject): string {
  const { conditions } = found.status as { conditions: { type: string; message: string }[] }
  return conditions.find(({ type }) => type === 'Ready')?.message ?? ''
}

async function versionOf(tenant: string): Promise<string | undefined> {
  const found = await environment.get(TENANT, tenant)
  return (found?.status as { release?: { chartVersion: string } } | undefined)?.release?.chartVersion
}

test('the newest version of a range is taken from a registry, and stays when a newer one comes', async () => {
  await environment.apply(plan('oci', fromRegistry()), tenantManifest('first', { plan: 'oci' }))
  await where(TENANT, 'first', deployed)
  expect(await versionOf('first')).toBe('1.1.0')
  await registry.publish(CHART, '1.2.0', 'newer')
  await environment.apply(tenantManifest('second', { plan: 'oci' }))
  await where(TENANT, 'second', deployed)
  expect(await versionOf('second')).toBe('1.1.0')
  expect(await environment.kubectl(['get', 'tplan', 'oci', '--no-headers'])).toMatch(
    /oci +ledger +1\.1\.0 +True +Resolved/,
  )
})

test('the same from a repository behind a password, with a certificate that only its Secret trusts', async () => {
  const chart = { repository: registry.https, version: '>=1.0 <1.1', credentialsSecretName: 'web' }
  await environment.apply(plan('web', chart), tenantManifest('third', { plan: 'web' }))
  await where(TENANT, 'third', deployed)
  expect(await versionOf('third')).toBe('1.0.0')
})

test('somebody who wants the newer version asks for it, and every tenant of the plan gets it', async () => {
  await environment.kubectl(['annotate', 'tplan', 'oci', 'tenantry.dev/reconcile-requested-at=now'])
  await eventually(
    async () => [await versionOf('first'), await versionOf('second')],
    versions => versions.every(version => version === '1.2.0'),
    90_000,
  )
})

test.each([
  ['without credentials', { credentialsSecretName: undefined }, 'ChartUnavailable', 'certificate'],
  ['with a wrong password', { credentialsSecretName: 'wrong' }, 'ChartUnavailable', '401'],
  ['with a Secret for somewhere else', { credentialsSecretName: 'elsewhere' }, 'CredentialsRefused', 'is not for'],
  ['with a Secret that is not there', { credentialsSecretName: 'none' }, 'CredentialsRefused', 'there is no Secret'],
  ['for a version that there is not', { version: '7.x' }, 'ChartUnavailable', '7.x'],
  ['for a digest that it has not', { digest: `sha256:${'0'.repeat(64)}` }, 'ChartDigestMismatch', 'is asked for'],
  ['for a chart that it has not', { name: 'nothing' }, 'ChartUnavailable', 'not known'],
])('a plan %s says why, and so do its tenants', async (how, chart, reason, says) => {
  const name = how.replaceAll(/[^a-z]/g, '').slice(0, 30)
  await environment.apply(plan(name, fromRegistry(chart)), tenantManifest(name, { plan: name }))
  const told = await where(
    PLAN,
    name,
    ({ Ready, Reconciling }) => Ready === `False ${reason}` && Reconciling === `True ${reason}`,
  )
  expect(messageOf(told)).toContain(says)
  const tenant = await where(TENANT, name, ({ Ready }) => Ready === `False ${reason}`)
  expect(messageOf(tenant)).toContain(`TenantPlan "${name}"`)
  await environment.kubectl(['delete', TENANT, name, '--wait=false'])
  await environment.kubectl(['delete', PLAN, name])
})

test('a digest that is right is taken: that of the archive, and that of the manifest', async () => {
  const { digest = '' } = chartOf(await environment.get(PLAN, 'web')) ?? {}
  const chart = { ...fromRegistry({ version: '1.0.0', digest: `sha256:${digest}` }) }
  const manifest = await registry.publish(CHART, '1.0.5', 'pinned')
  await environment.apply(plan('pinned', chart), plan('manifest', fromRegistry({ version: '1.0.5', digest: manifest })))
  expect(chartOf(await where(PLAN, 'pinned', planReady))?.digest).toBe(digest)
  expect(chartOf(await where(PLAN, 'manifest', planReady))?.version).toBe('1.0.5')
})

test('while the registry is down tenants stay as they are, new ones say so, and all recover by themselves', async () => {
  const before = await environment.get(TENANT, 'first')
  await operator.stop()
  await rm(CACHE, { recursive: true, force: true })
  await registry.stopServers()
  operator = await start()
  await environment.apply(
    tenantManifest('late', { plan: 'oci' }),
    plan('later', fromRegistry({ version: '2.x' })),
    tenantManifest('later', { plan: 'later' }),
  )
  const late = await where(TENANT, 'late', ({ ReleaseReady }) => ReleaseReady === 'False ChartUnavailable')
  expect(messageOf(late)).toContain(`Cannot get chart ledger 1.2.0 from ${registry.oci}`)
  const later = await where(TENANT, 'later', ({ Ready }) => Ready === 'False ChartUnavailable')
  expect(messageOf(later)).toContain('connection refused')
  const after = await environment.get(TENANT, 'first')
  expect(after?.status).toEqual(before?.status)
  expect(planReady(conditionsOf(await environment.get(PLAN, 'oci')))).toBe(true)
  await registry.startServers()
  await where(TENANT, 'late', deployed)
  await where(TENANT, 'later', deployed)
  expect([await versionOf('late'), await versionOf('later')]).toEqual(['1.2.0', '2.0.0'])
})

test('an archive that was changed under its version is refused to whoever comes later, until somebody wants it', async () => {
  await operator.stop()
  await rm(CACHE, { recursive: true, force: true })
  await registry.publish(CHART, '1.2.0', 'changed without a word')
  operator = await start()
  await environment.apply(tenantManifest('deceived', { plan: 'oci' }))
  const found = await where(TENANT, 'deceived', ({ ReleaseReady }) => ReleaseReady === 'False ChartDigestMismatch')
  expect(messageOf(found)).toContain('it was changed under the same version')
  await environment.kubectl(['annotate', 'tplan', 'oci', 'tenantry.dev/reconcile-requested-at=again', '--overwrite'])
  await where(TENANT, 'deceived', deployed)
})

test('a restart with everything there asks no registry and renders nothing', async () => {
  const before = chartOf(await environment.get(PLAN, 'web'))
  const asked = registry.asked()
  await operator.stop()
  operator = await start()
  const metrics = async () => (await fetch(`http://127.0.0.1:${operator.metricsPort}/metrics`)).text()
  await eventually(metrics, text => /tenantry_reconciles_total\{outcome="(wait|done)"\} [1-9]/.test(text))
  expect(await metrics()).not.toMatch(/tenantry_helm_renders_total\{result="ok"\} [1-9]/)
  expect(registry.asked()).toBe(asked)
  expect(chartOf(await environment.get(PLAN, 'web'))).toEqual(before)
})

test('kinds of the chart are made where the plan says so and the operator may, and outlive it', async () => {
  const kinds = plan('kinds', fromRegistry({ version: '1.0.0', crds: 'Create' }))
  await environment.apply(kinds)
  const refused = await where(PLAN, 'kinds', ({ Ready }) => Ready === 'False Forbidden')
  expect(messageOf(refused)).toContain('books.ledger.example')
  await environment.kubectl(['apply', '-f', 'examples/foreign-chart/kinds.yaml'])
  await where(PLAN, 'kinds', planReady)
  expect(await environment.get('crd', 'books.ledger.example')).toBeDefined()
  await environment.kubectl(['delete', PLAN, 'kinds'])
  expect(await environment.get('crd', 'books.ledger.example')).toBeDefined()
})

test('a kind that is there already is left as it is, by the plan and by the deletion of a tenant', async () => {
  const crd = () => environment.get('crd', 'books.ledger.example')
  await environment.kubectl(['delete', 'crd', 'books.ledger.example'])
  const own = parse(await readFile(join(CHART, 'crds/books.yaml'), 'utf8')) as KubeObject & { spec: { names: object } }
  await environment.apply({
    ...own,
    metadata: { ...own.metadata, annotations: { 'example.org/whose': 'somebody' } },
    spec: { ...own.spec, names: { ...own.spec.names, shortNames: ['bk'] } },
  })
  await environment.kubectl(['wait', '--for=condition=Established', 'crd', 'books.ledger.example'])
  const before = await crd()
  await environment.apply(
    plan('there', fromRegistry({ version: '1.1.0', crds: 'Create' })),
    tenantManifest('reader', { plan: 'there', deletionPolicy: 'Delete' }),
  )
  await where(TENANT, 'reader', deployed)
  expect(await crd()).toEqual(before)
  await environment.kubectl(['delete', TENANT, 'reader', '--wait=false'])
  await eventually(
    () => environment.get(TENANT, 'reader'),
    found => found === undefined,
    90_000,
  )
  expect(await crd()).toEqual(before)
})

test('the password is in no log, event or status', async () => {
  const objects = await environment.kubectl(['get', `${TENANT},${PLAN},events,configmaps`, '-A', '-o', 'json'])
  const places = new Map([
    ['the log', environment.log.join('\n')],
    ['the objects', objects],
  ])
  const planted = [
    { name: 'the password', value: PASSWORD },
    { name: 'the wrong password', value: 'not-the-password' },
  ]
  expect(foundSecrets(planted, places)).toEqual([])
})
