/**
 * What the operator may do: its roles against a table, and the policies that confine its writes to the namespaces of
 * tenants. Requests are made as its service account by impersonation, which changes nothing about authorization.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  API_VERSION,
  CONFIRM_DELETIONS_ANNOTATION,
  RELEASE_CLUSTER_ROLE,
  SECRETS_CLUSTER_ROLE,
  TENANT_LABEL,
} from '../../src/plan/names.ts'
import { render } from '../chart/rendering.ts'
import { type Installation, OPERATOR, startInstallation } from './installation.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation('operator-rights')
  for (const tenant of ['acme', 'globex']) await createTenantNamespace(tenant)
  await kubectl('create', 'namespace', 'tenant-unlabelled')
  await kubectl('apply', '-f', 'examples/plans', '-f', 'examples/tenants/minimal.yaml')
})
afterAll(() => installation?.stop())

const kubectl = (...args: string[]) => installation.kubectl.run(args)
const asOperator = (...args: string[]) => installation.refusal([...args, `--as=${OPERATOR}`])
const releaseOf = (tenant: string) => `system:serviceaccount:tenant-${tenant}:tenantry-release`
const asRelease = (tenant: string, ...args: string[]) => installation.refusal([...args, `--as=${releaseOf(tenant)}`])

/** As the operator makes it, and with the operator's rights alone. */
async function createTenantNamespace(tenant: string): Promise<void> {
  const name = `tenant-${tenant}`
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [TENANT_LABEL]: tenant } } }
  await installation.kubectl.run(['create', '-f', '-', `--as=${OPERATOR}`], JSON.stringify(namespace))
  const bindings = [
    [RELEASE_CLUSTER_ROLE, `${name}:tenantry-release`],
    [SECRETS_CLUSTER_ROLE, 'tenantry-system:tenantry-operator'],
  ]
  for (const [role = '', account] of bindings) {
    const binding = ['create', 'rolebinding', role, `--clusterrole=${role}`, `--serviceaccount=${account}`]
    expect(await asOperator(...binding, '-n', name)).toBe('')
  }
}

const read = ['get', 'list', 'watch']
const make = [...read, 'create', 'patch']
const everywhere: [string, string[], string?][] = [
  ['tenants.tenantry.dev', [...read, 'patch']],
  ['tenants.tenantry.dev/status', ['patch']],
  ['tenantplans.tenantry.dev', read],
  ['tenantplans.tenantry.dev/status', ['patch']],
  ['proxmoxclusters.tenantry.dev', [...read, 'patch']],
  ['proxmoxclusters.tenantry.dev/status', ['patch']],
  ['networkleases.tenantry.dev', [...make, 'delete']],
  ['networkleases.tenantry.dev/status', ['patch']],
  ['tenantmachines.tenantry.dev', [...make, 'delete']],
  ['tenantmachines.tenantry.dev/status', ['patch']],
  ['tenantreleases.tenantry.dev', [...make, 'delete']],
  ['namespaces', [...make, 'delete']],
  ['resourcequotas', make],
  ['limitranges', make],
  ['serviceaccounts', make],
  ['serviceaccounts', ['impersonate'], 'tenantry-release'],
  ['networkpolicies.networking.k8s.io', [...make, 'delete']],
  ['rolebindings.rbac.authorization.k8s.io', [...make, 'delete']],
  ['clusterroles.rbac.authorization.k8s.io', ['bind'], 'tenantry-release'],
  ['clusterroles.rbac.authorization.k8s.io', ['bind'], 'tenantry-tenant-secrets'],
  ['services', read],
  ['configmaps', read],
  ['poddisruptionbudgets.policy', read],
  ['deployments.apps', read],
  ['statefulsets.apps', read],
  ['clusters.postgresql.cnpg.io', read],
  ['ingresses.networking.k8s.io', read],
  ['endpointslices.discovery.k8s.io', read],
  ['pods', ['list']],
  ['persistentvolumeclaims', ['list']],
  ['events', ['list']],
  ['persistentvolumes', [...read, 'patch']],
  ['customresourcedefinitions.apiextensions.k8s.io', ['get'], 'tenants.tenantry.dev'],
  ['customresourcedefinitions.apiextensions.k8s.io', ['get'], 'tenantmachines.tenantry.dev'],
  ['events.events.k8s.io', ['create', 'patch']],
]
/** What everybody who is known at all may ask about himself. */
const everybody: typeof everywhere = [
  ['selfsubjectreviews.authentication.k8s.io', ['create']],
  ['selfsubjectaccessreviews.authorization.k8s.io', ['create']],
  ['selfsubjectrulesreviews.authorization.k8s.io', ['create']],
]
const own: typeof everywhere = [
  ['leases.coordination.k8s.io', ['get', 'list', 'create', 'patch']],
  ['secrets', ['get', 'create']],
]
const inTenant: typeof everywhere = [['secrets', ['get', 'list', 'create', 'patch', 'delete']]]

test.each([
  ['kube-system', []],
  ['tenantry-system', own],
  ['tenant-acme', inTenant],
])('in %s the operator has exactly the rights of the table', async (namespace, more) => {
  const table = [...everybody, ...everywhere, ...more].map(([resource, verbs, name = '']) =>
    [resource, name, verbs.toSorted().join(' ')].join(' | '),
  )
  expect((await rightsIn(namespace)).toSorted()).toEqual(table.toSorted())
})

test('no role has a wildcard, and the operator never escalates', async () => {
  const { items } = await installation.kubectl.json<{ items: { rules: Record<string, string[]>[] }[] }>([
    ...['get', 'clusterroles,roles', '-A', '-l', 'app.kubernetes.io/name=tenantry'],
  ])
  expect(items).toHaveLength(4)
  const words = items.flatMap(({ rules }) => rules.flatMap(rule => Object.values(rule).flat()))
  expect(words.filter(word => word.includes('*') || word === 'escalate')).toEqual([])
})

const HOOKS = ['batch/jobs', '/pods', '/pods/log']

test('the role of a release has the kinds of its chart, those of hooks, and Secrets for the records of helm', async () => {
  const objects = await render({ api: { replicas: 2 }, web: { replicas: 2 } })
  const needed = objects.map(
    ({ apiVersion, kind }) => `${apiVersion.split('/')[1] ? apiVersion.split('/')[0] : ''}/${kind}`,
  )
  const { rules } = await installation.kubectl.json<{ rules: { apiGroups: string[]; resources: string[] }[] }>([
    ...['get', 'clusterrole', RELEASE_CLUSTER_ROLE],
  ])
  const granted = rules.flatMap(({ apiGroups, resources }) => resources.map(plural => `${apiGroups[0]}/${plural}`))
  const plural = (kind: string) => `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`
  const wanted = new Set(['/secrets', ...HOOKS, ...needed.map(kind => plural(kind))])
  expect(granted.toSorted()).toEqual([...wanted].toSorted())
})

test.each([
  ['read the Secrets of kube-system', 'get', 'secrets', '-n', 'kube-system'],
  ['read a Secret by name there', 'get', 'secret', 'x', '-n', 'kube-system'],
  ['list the Secrets of its own namespace', 'get', 'secrets', '-n', 'tenantry-system'],
  ['read the Secrets of a namespace tenant-* that is not ours', 'get', 'secrets', '-n', 'tenant-unlabelled'],
  ['relabel the namespace default', 'label', 'namespace', 'default', `${TENANT_LABEL}=default`],
  ['let halted deletions go on', 'annotate', 'namespace', 'tenantry-system', `${CONFIRM_DELETIONS_ANNOTATION}=x`],
  ['delete the namespace kube-public', 'delete', 'namespace', 'kube-public', '--dry-run=server'],
  ['make a namespace of another name', 'create', 'namespace', 'elsewhere', '--dry-run=server'],
  ['make a namespace tenant-* without the label', 'create', 'namespace', 'tenant-new', '--dry-run=server'],
  ['take a namespace tenant-* over', 'label', 'namespace', 'tenant-unlabelled', `${TENANT_LABEL}=unlabelled`],
  ['delete a namespace tenant-* that is not ours', 'delete', 'namespace', 'tenant-unlabelled', '--dry-run=server'],
  ['give a namespace to another tenant', 'label', '--overwrite', 'namespace', 'tenant-acme', `${TENANT_LABEL}=globex`],
  ['make a service account elsewhere', 'create', 'serviceaccount', 'x', '-n', 'default'],
  ['make a quota elsewhere', 'create', 'quota', 'x', '-n', 'tenant-unlabelled'],
  [
    ...(['bind a role in kube-system', 'create', 'rolebinding', 'x', '-n', 'kube-system'] as const),
    ...[`--clusterrole=${RELEASE_CLUSTER_ROLE}`, '--serviceaccount=default:default'],
  ],
  [
    ...(['bind another role in a namespace of a tenant', 'create', 'rolebinding', 'x', '-n', 'tenant-acme'] as const),
    ...['--clusterrole=cluster-admin', '--serviceaccount=default:default'],
  ],
  [
    ...(['make a cluster-wide binding', 'create', 'clusterrolebinding', 'x'] as const),
    ...[`--clusterrole=${SECRETS_CLUSTER_ROLE}`, '--serviceaccount=tenantry-system:tenantry-operator'],
  ],
  ['get the token of an account', 'create', 'token', 'default', '-n', 'tenant-acme'],
  ['change a plan', 'annotate', 'tenantplan', 'free', 'x=y'],
  ['delete tenants', 'delete', 'tenant', 'acme'],
])('the operator cannot %s', async (_, ...args) => {
  expect(await asOperator(...args)).toMatch(/forbidden|denied|Forbidden/)
})

test.each([
  ['label a namespace of a tenant', 'label', 'namespace', 'tenant-acme', 'x=y'],
  ['delete a namespace of a tenant', 'delete', 'namespace', 'tenant-acme', '--dry-run=server'],
  ['make a service account there', 'create', 'serviceaccount', 'tenantry-release', '-n', 'tenant-acme'],
  ['make a quota there', 'create', 'quota', 'tenantry', '-n', 'tenant-acme'],
  ['read Secrets there', 'get', 'secrets', '-n', 'tenant-acme'],
  ['keep a Secret in its own namespace', 'create', 'secret', 'generic', 'kept', '-n', 'tenantry-system'],
])('the operator can %s', async (_, ...args) => {
  expect(await asOperator(...args)).toBe('')
})

test('the operator keeps its record of a release in the namespace of a tenant, and nowhere else', async () => {
  const record = (namespace: string) =>
    JSON.stringify({
      apiVersion: API_VERSION,
      kind: 'TenantRelease',
      metadata: { name: 'tenant-acme', namespace },
      spec: {
        ...{ release: 'tenant-acme', chart: 'tenant', chartVersion: '0.1.0', digest: 'd', revision: 1 },
        inventory: [],
      },
    })
  const create = ['create', '-f', '-', `--as=${OPERATOR}`]
  expect(await installation.refusal(create, record('tenant-acme'))).toBe('')
  expect(await installation.refusal(create, record('default'))).toContain(
    'writes no tenantreleases in namespace default',
  )
})

test('the operator makes machines in the namespace of a tenant, and nowhere else', async () => {
  const machine = (namespace: string) =>
    JSON.stringify({
      apiVersion: API_VERSION,
      kind: 'TenantMachine',
      metadata: { name: 'web', namespace },
      spec: { template: { vmid: 9000 } },
    })
  const create = ['create', '-f', '-', `--as=${OPERATOR}`]
  expect(await installation.refusal(create, machine('tenant-acme'))).toBe('')
  expect(await installation.refusal(create, machine('default'))).toContain(
    'writes no tenantmachines in namespace default',
  )
})

test.each([
  ['may set the policy of a volume that a tenant claims', 'tenant-acme', {}, /^$/],
  ['may not touch a volume that somebody else claims', 'default', {}, /only volumes that are claimed from a namespace/],
  [
    'may not give a volume to another tenant',
    'tenant-acme',
    { claimRef: { namespace: 'tenant-globex' } },
    /not their claim/,
  ],
])('the operator %s', async (_, namespace, change, says) => {
  const name = `volume-of-${namespace}`
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/nowhere' },
      claimRef: { namespace, name: 'data' },
    },
  }
  await installation.kubectl.run(['apply', '-f', '-'], JSON.stringify(volume))
  const patch = JSON.stringify({ spec: { persistentVolumeReclaimPolicy: 'Retain', ...change } })
  expect(await asOperator('patch', 'pv', name, '--type=merge', '-p', patch)).toMatch(says)
})

test('a release reaches the objects of its own tenant, and of nobody else', async () => {
  const config = ['create', 'configmap', 'x', '--dry-run=server', '-n']
  expect(await asRelease('acme', ...config, 'tenant-acme')).toBe('')
  expect(await asRelease('acme', ...config, 'tenant-globex')).toContain('forbidden')
  expect(await asRelease('acme', 'get', 'secrets', '-n', 'tenant-globex')).toContain('forbidden')
  expect(await asRelease('acme', 'get', 'secrets', '-n', 'tenantry-system')).toContain('forbidden')
  expect(await asRelease('acme', 'get', 'namespaces')).toContain('forbidden')
  expect(await asRelease('acme', 'get', 'tenants')).toContain('forbidden')
})

test('what a pod has written, the release of its own tenant can read, and not the operator itself', async () => {
  const mayReadLogs = async (tenant: string, user: string) => {
    const asked = ['auth', 'can-i', 'get', 'pods', '--subresource=log', '-n', `tenant-${tenant}`, `--as=${user}`]
    return (await kubectl(...asked).catch(() => 'no')) === 'yes'
  }
  expect(await mayReadLogs('acme', releaseOf('acme'))).toBe(true)
  expect(await mayReadLogs('globex', releaseOf('acme'))).toBe(false)
  expect(await mayReadLogs('acme', OPERATOR)).toBe(false)
})

/** `resource | name | verbs`, by what `kubectl auth can-i --list` prints; paths that are no resource left out. */
async function rightsIn(namespace: string): Promise<string[]> {
  const printed = await kubectl('auth', 'can-i', '--list', '-n', namespace, `--as=${OPERATOR}`)
  return printed.split('\n').flatMap(row => {
    const [, resource, name = '', verbs = ''] = /^(\S+) +\[\] +\[(\S*)\] +\[(.*)\]$/.exec(row) ?? []
    return resource === undefined ? [] : [[resource, name, verbs.split(' ').toSorted().join(' ')].join(' | ')]
  })
}
