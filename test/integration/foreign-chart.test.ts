/**
 * A chart that was never written for tenants becomes one by a plan alone. The operator has no more rights than deploy/rbac
 * and examples/foreign-chart give it.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubeObject } from '../../src/plan/object.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { tenantManifest } from './tenant-manifest.ts'
import { ready } from './tenant-nodes.ts'

const NAMESPACE = 'tenant-acme'
const COMPANY = 'Acme "{{ .Values }}": ${host} # GmbH'
const TENANT = 'tenants.tenantry.dev'

type Manifest = KubeObject & { spec: { app: { values: Record<string, unknown> }; chart: object } }

let environment: OperatorEnvironment
let plan: Manifest
beforeAll(async () => {
  environment = await startEnvironment('foreign-chart')
  await environment.kubectl(['apply', '-f', 'examples/foreign-chart/rights.yaml'])
  const example = parse(await readFile('examples/foreign-chart/plan.yaml', 'utf8')) as Manifest
  // The same chart, from the operator's folder: test/integration/chart-source.test.ts has it from a registry.
  plan = { ...example, spec: { ...example.spec, chart: { name: 'ledger', clusterRoleName: 'ledger-release' } } }
  await environment.apply(plan, tenantManifest('acme', { plan: 'ledger', companyName: COMPANY }))
  await environment.startOperator({
    kubeconfig: await environment.operatorKubeconfig(),
    'charts-dir': join(import.meta.dirname, '../charts'),
    'resync-seconds': '4',
  })
})
afterAll(() => environment?.stop())

async function tenantWhere(name: string, holds: (conditions: Record<string, string>) => boolean): Promise<KubeObject> {
  const found = await eventually(
    () => environment.get(TENANT, name),
    tenant => holds(conditionsOf(tenant)),
  )
  if (found === undefined) throw new Error(`there is no tenant ${name}`)
  return found
}

/** What scheduler, kubelet, CloudNativePG and an ingress controller would write. */
async function serve(): Promise<void> {
  const patch = (what: readonly string[], status: object) =>
    environment.kubectl([
      ...['patch', ...what, '-n', NAMESPACE, '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status })],
    ])
  const pods = await eventually(
    () => environment.list('pods', NAMESPACE),
    found => found.length === 3,
  )
  for (const { metadata } of pods) await patch(['pod', metadata.name], ready)
  const healthy = { phase: 'Cluster in healthy state', instances: 1, readyInstances: 1, currentPrimary: 'ledger-pg-1' }
  await patch(['clusters.postgresql.cnpg.io', 'ledger-pg'], healthy)
  await patch(['ingress', 'ledger'], { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } })
  await environment.apply({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'ledger-front-test',
      namespace: NAMESPACE,
      labels: { 'kubernetes.io/service-name': 'ledger-front', 'tenantry.dev/tenant': 'acme' },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 3000 }],
    endpoints: [{ addresses: ['192.0.2.20'], conditions: { ready: true } }],
  })
}

test('its values are those of the plan, with the facts of the tenant in them, each of its own type', async () => {
  await tenantWhere('acme', ({ ReleaseReady }) => ReleaseReady === 'True Deployed')
  const settings = await environment.get('configmap', 'ledger-settings', NAMESPACE)
  const data = (settings?.data ?? {}) as Record<string, string>
  const values = JSON.parse(data['values.json'] ?? 'null')
  expect(values).toMatchObject({
    publicAddress: 'acme.localhost',
    edition: 'business',
    seats: 25,
    branding: { title: `Ledger of ${COMPANY}` },
    existingSecret: { name: 'tenantry-admin', userKey: 'username', passwordKey: 'password' },
    storage: { copies: 1, disk: '10Gi' },
  })
})

test('its database, its workloads and its host are found in the release, whatever they are called', async () => {
  const before = await tenantWhere('acme', ({ Available }) => Available?.startsWith('False') === true)
  expect(conditionsOf(before)).toMatchObject({ DatabaseReady: 'False DatabasePending', Ready: 'False DatabasePending' })
  await serve()
  const { status } = await tenantWhere('acme', ({ Ready }) => Ready === 'True Converged')
  expect(conditionsOf({ status } as never)).toMatchObject({
    DatabaseReady: 'True DatabaseHealthy',
    Available: 'True Serving',
  })
  expect(status).toMatchObject({
    url: 'https://acme.localhost',
    database: { readyInstances: 1, instances: 1, primary: 'ledger-pg-1' },
    release: { chartVersion: '0.1.0', revision: 1 },
  })
  expect(status).not.toHaveProperty('apiUrl')
})

test('an object of a kind that is not watched is put back at the next full look; of a Secret only that it is gone counts', async () => {
  const told = async () =>
    (await environment.list('events', 'default')).filter(({ reason }) => reason === 'PutBack').map(one => one.message)
  const inNamespace = (...args: string[]) => environment.kubectl([...args, '-n', NAMESPACE])
  const edit = (kind: string, name: string, patch: object) =>
    inNamespace('patch', kind, name, '--type=merge', '--field-manager=night', '-p', JSON.stringify(patch))
  await edit('secret', 'ledger-mail', { stringData: { retries: '9' } })
  await edit('cronjob', 'ledger-close', { spec: { schedule: '0 4 1 * *', concurrencyPolicy: 'Forbid' } })
  await eventually(told, messages => messages.includes('CronJob ledger-close was edited by night: put back.'))
  const job = await environment.get('cronjob', 'ledger-close', NAMESPACE)
  expect(job?.spec).toMatchObject({ schedule: '0 3 1 * *', concurrencyPolicy: 'Forbid' })
  const text = (found: KubeObject | undefined, key: string) =>
    Buffer.from((found?.data as Record<string, string> | undefined)?.[key] ?? '', 'base64').toString()
  expect(text(await environment.get('secret', 'ledger-mail', NAMESPACE), 'retries')).toBe('9')
  await tenantWhere('acme', ({ Ready }) => Ready === 'True Converged')
  await inNamespace('delete', 'secret', 'ledger-mail')
  await eventually(told, messages => messages.includes('Secret ledger-mail is gone: put back.'))
  const made = await environment.get('secret', 'ledger-mail', NAMESPACE)
  expect([text(made, 'sender'), text(made, 'retries')]).toEqual(['ledger@acme.localhost', '3'])
  await tenantWhere('acme', ({ Ready, Drifted }) => Ready === 'True Converged' && Drifted === 'False InSync')
})

test('an object of another project that says it is not ready keeps the tenant from being so, until it is', async () => {
  await environment.apply(certificates)
  await environment.kubectl(['wait', '--for=condition=Established', `crd/${certificates.metadata.name}`])
  const may = ['--verb=get,list,create,patch,update,delete', '--resource=certificates.example.org', '-n', NAMESPACE]
  await environment.kubectl(['create', 'role', 'certificates', ...may])
  const account = ['--role=certificates', `--serviceaccount=${NAMESPACE}:tenantry-release`, '-n', NAMESPACE]
  await environment.kubectl(['create', 'rolebinding', 'certificates', ...account])
  const values = { ...plan.spec.app.values, certificate: true }
  await environment.apply({ ...plan, spec: { ...plan.spec, app: { ...plan.spec.app, values } } })
  await eventually(
    () => environment.get('certificates.example.org', 'ledger', NAMESPACE),
    found => found !== undefined,
  )
  const say = (status: string) => {
    const conditions = [{ type: 'Ready', status, message: 'no issuer' }]
    return environment.kubectl([
      ...['patch', 'certificates.example.org', 'ledger', '-n', NAMESPACE, '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status: { conditions } })],
    ])
  }
  await say('False')
  const { status } = await tenantWhere('acme', ({ Ready }) => Ready === 'False ObjectNotReady')
  expect(JSON.stringify(status)).toContain('Certificate ledger: not Ready: no issuer. Look at kubectl describe')
  await say('True')
  await tenantWhere('acme', ({ Ready }) => Ready === 'True Converged')
})

const certificates = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  metadata: { name: 'certificates.example.org' },
  spec: {
    ...{ group: 'example.org', scope: 'Namespaced', names: { kind: 'Certificate', plural: 'certificates' } },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

test.each([
  ['role', 'OutsideNamespace', 'ClusterRole'],
  ['neighbour', 'OutsideNamespace', 'kube-system'],
  ['look', 'RenderFailed', 'secrets is forbidden'],
])('what it tries outside of its namespace (%s) is refused, and named', async (reachOut, reason, named) => {
  const name = `out-${reachOut}`
  const values = { ...plan.spec.app.values, reachOut }
  const reaching = { ...plan, metadata: { name }, spec: { ...plan.spec, app: { ...plan.spec.app, values } } }
  await environment.apply(reaching, tenantManifest(name, { plan: name }))
  const { status } = await tenantWhere(name, ({ ReleaseReady }) => ReleaseReady === `False ${reason}`)
  const { conditions } = status as { conditions: { type: string; message: string }[] }
  expect(conditions.find(({ type }) => type === 'ReleaseReady')?.message).toContain(named)
  expect(await environment.get('clusterrole', 'ledger-everything')).toBeUndefined()
  expect(await environment.get('configmap', 'ledger-was-here', 'kube-system')).toBeUndefined()
  expect(await environment.list('deployments', `tenant-${name}`)).toEqual([])
})

test('a role that the operator may not hand on is refused by the API server, in its words', async () => {
  const greedy = { ...plan, metadata: { name: 'greedy' }, spec: { ...plan.spec, chart: { ...plan.spec.chart } } }
  Object.assign(greedy.spec.chart, { clusterRoleName: 'cluster-admin' })
  await environment.apply(greedy, tenantManifest('greedy', { plan: 'greedy' }))
  const { status } = await tenantWhere('greedy', ({ NamespaceReady }) => NamespaceReady === 'False Forbidden')
  expect(JSON.stringify(status)).toContain('tenantry-release:cluster-admin')
  expect(await environment.get('rolebinding', 'tenantry-release:cluster-admin', 'tenant-greedy')).toBeUndefined()
})

test('a placeholder that nobody knows is named, and the tenants wait until the plan is corrected', async () => {
  const values = { ...plan.spec.app.values, branding: { title: '${tenant.company}' } }
  const wrong = { ...plan, metadata: { name: 'wrong' }, spec: { ...plan.spec, app: { ...plan.spec.app, values } } }
  await environment.apply(wrong, tenantManifest('wrong', { plan: 'wrong' }))
  const { status } = await tenantWhere('wrong', ({ Ready }) => Ready === 'False PlanInvalid')
  expect(JSON.stringify(status)).toContain('spec.app.values.branding.title: ${tenant.company} is no placeholder')
  await environment.apply({ ...wrong, spec: plan.spec })
  await tenantWhere('wrong', ({ ReleaseReady }) => ReleaseReady === 'True Deployed')
})

test('a tenant that moves to a plan of the same chart with fewer rights keeps none of the old', async () => {
  const roles = JSON.parse(await environment.kubectl(['get', 'clusterrole', 'ledger-release', '-o', 'json']))
  const lesser = { ...roles, metadata: { name: 'ledger-lesser' } }
  const bind = [{ op: 'add', path: '/rules/0/resourceNames/-', value: 'ledger-lesser' }]
  await environment.apply(lesser)
  await environment.kubectl([
    'patch',
    'clusterrole',
    'tenantry-operator-ledger',
    '--type=json',
    '-p',
    JSON.stringify(bind),
  ])
  const chart = { ...plan.spec.chart, clusterRoleName: 'ledger-lesser' }
  await environment.apply({ ...plan, metadata: { name: 'lesser' }, spec: { ...plan.spec, chart } })
  await environment.kubectl(['patch', TENANT, 'wrong', '--type=merge', '-p', '{"spec":{"plan":"lesser"}}'])
  const bindings = await eventually(
    async () => (await environment.list('rolebindings', 'tenant-wrong')).map(({ metadata }) => metadata.name),
    names => names.includes('tenantry-release:ledger-lesser') && names.length === 2,
  )
  expect(bindings).toEqual(['tenantry-release:ledger-lesser', 'tenantry-tenant-secrets'])
})

test('the tenant goes with everything of its chart', async () => {
  await environment.kubectl(['delete', TENANT, 'wrong', '--wait=false'])
  await eventually(
    () => environment.get(TENANT, 'wrong'),
    found => found === undefined || (conditionsOf(found).Deleting ?? '').includes('TearingDown'),
  )
  const left = await eventually(
    async () => (await environment.list('deployments,statefulsets,clusters.postgresql.cnpg.io', 'tenant-wrong')).length,
    count => count === 0,
  )
  expect(left).toBe(0)
})
