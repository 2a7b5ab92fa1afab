import { expect, test } from 'vitest'
import { type Answer, answeringKube, listOf } from '../../test/make/answering-kube.ts'
import { makeDesired, TENANT } from '../../test/make/tenant.ts'
import { makeCache, makeInformer } from '../../test/make/tenant-cache.ts'
import { type KubeObject, refKey, refOf } from '../plan/object.ts'
import { appliedDigestOf } from '../plan/tenant.ts'
import { KubeError } from './errors.ts'
import { observeLeases, observeMachines, observeRetained, observeTeardown, observeTenant } from './observe.ts'
import { NO_WORKLOADS } from './workload.ts'

const { namespace, access } = makeDesired()
const namespaceObject: KubeObject = { ...namespace, metadata: { ...namespace.metadata, uid: 'namespace-uid' } }
const serviceAccounts = access.filter(({ kind }) => kind === 'ServiceAccount')
const roleBindings = access.filter(({ kind }) => kind === 'RoleBinding')
const TARGET = { host: 'acme.example.com', paths: ['/'] }

function cacheOf(namespaces: readonly KubeObject[] = [namespaceObject]) {
  return makeCache({ namespaces, serviceAccounts, roleBindings })
}

function given(answer: (what: string) => Answer, cache = cacheOf()) {
  const { kube, asked } = answeringKube(answer)
  const ports = { kube, cache, probe: () => Promise.resolve({ result: 'off' as const }) }
  return { asked, ports }
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((error: unknown) => error)
  return error instanceof KubeError ? error.reason : `no error but ${JSON.stringify(error)}`
}

function secret(name: string, keys: readonly string[]): KubeObject {
  const data = Object.fromEntries(keys.map(key => [key, 'cGxhbnRlZA==']))
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'tenant-acme' }, data }
}

function volume(name: string, { labels = {}, namespace = 'tenant-acme' } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: { persistentVolumeReclaimPolicy: 'Delete', claimRef: { namespace } },
    status: { phase: 'Bound' },
  }
}

test('a namespace is absent only when the API server says so', async () => {
  const { ports } = given(() => 404, cacheOf([]))
  expect(await observeTenant(ports, TENANT, TARGET)).toEqual({
    namespace: { found: 'absent' },
    isReadable: true,
    objects: new Map(),
    secretKeys: new Map(),
    workloads: NO_WORKLOADS,
  })
})

test.each([
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  ['refused', 'Unreachable'],
] as const)('what answers %s is not taken for absent', async (answer, reason) => {
  const { ports } = given(() => answer, cacheOf([]))
  expect(await reasonOf(observeTenant(ports, TENANT, TARGET))).toBe(reason)
  const secretsOnly = given(what => (what.startsWith('get Secret') ? answer : 404))
  expect(await reasonOf(observeTenant(secretsOnly.ports, TENANT, TARGET))).toBe(reason)
  const volumes = given(what => (what.startsWith('list PersistentVolume') ? answer : 404))
  expect(await reasonOf(observeTeardown(volumes.ports, TENANT, 'tenantry-system'))).toBe(reason)
})

test('a watch that is not complete proves nothing', async () => {
  const cache = cacheOf()
  cache.networkPolicies.lose()
  expect(await reasonOf(observeTenant(given(() => 404, cache).ports, TENANT, TARGET))).toBe('NotSynced')
})

test('what is there is known by its marks, and Secrets by the names of their keys', async () => {
  const { ports } = given(what => (what.includes('tenantry-admin') ? secret('tenantry-admin', ['username']) : 404))
  const observed = await observeTenant(ports, TENANT, TARGET)
  expect(observed).toEqual({
    namespace: {
      found: 'present',
      uid: 'namespace-uid',
      terminating: false,
      labels: namespace.metadata.labels,
      appliedDigest: appliedDigestOf(namespace),
    },
    isReadable: true,
    objects: new Map(
      access.map(object => [
        refKey(refOf(object)),
        { ref: refOf(object), uid: '', appliedDigest: appliedDigestOf(object) },
      ]),
    ),
    secretKeys: new Map([['tenantry-admin', ['username']]]),
    workloads: NO_WORKLOADS,
  })
  expect(JSON.stringify(observed)).not.toContain('cGxhbnRlZA')
})

test('of a namespace of somebody else nothing but its owner is looked at', async () => {
  const foreign = { ...namespaceObject, metadata: { name: 'tenant-acme', uid: 'theirs' } }
  const { ports, asked } = given(() => foreign, cacheOf([]))
  expect(await observeTenant(ports, TENANT, TARGET)).toEqual({
    namespace: { found: 'present', uid: 'theirs', terminating: false, labels: {} },
    isReadable: true,
    objects: new Map(),
    secretKeys: new Map(),
    workloads: NO_WORKLOADS,
  })
  expect(asked).toEqual(['get Namespace tenant-acme'])
})

test('a namespace that cannot go says what keeps it', async () => {
  const going = {
    ...namespaceObject,
    metadata: { ...namespaceObject.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    status: {
      conditions: [
        { type: 'NamespaceContentRemaining', status: 'True', message: 'Some resources are remaining' },
        { type: 'NamespaceFinalizersRemaining', status: 'True', message: 'Some content has finalizers' },
        { type: 'NamespaceDeletionContentFailure', status: 'False', message: 'All content deleted' },
      ],
    },
  }
  const { namespace } = await observeTenant(given(() => 404, cacheOf([going])).ports, TENANT, TARGET)
  expect(namespace).toMatchObject({ terminating: true, remaining: 'Some content has finalizers' })
})

test('a teardown sees its own volumes and those without a mark, and whether credentials are copied', async () => {
  const own = { 'tenantry.dev/tenant-uid': TENANT.uid }
  const volumes = listOf(
    volume('own', { labels: own }),
    volume('unmarked'),
    volume('former', { labels: { 'tenantry.dev/tenant-uid': 'former' } }),
    volume('neighbour', { namespace: 'tenant-other', labels: own }),
  )
  const { ports } = given(what => {
    if (what.startsWith('list PersistentVolume')) return volumes
    if (what === 'get Secret tenant-acme/tenantry-admin') return secret('tenantry-admin', [])
    if (what === 'get Secret tenant-acme/db-app') return secret('db-app', [])
    return what.includes('retained-acme-0b4f6c1e-db-app') ? secret('copy', []) : 404
  })
  const { volumes: found, secrets, crdTerminating } = await observeTeardown(ports, TENANT, 'tenantry-system')
  expect({ volumes: found.map(({ name }) => name), secrets, crdTerminating }).toEqual({
    volumes: ['own', 'unmarked'],
    secrets: [
      { name: 'tenantry-admin', copied: false },
      { name: 'db-app', copied: true },
    ],
    crdTerminating: false,
  })
})

test('volumes of a former tenant are those that the watch has under its name, without those of this one', () => {
  const retained = makeInformer([
    volume('pv-1', { labels: { 'tenantry.dev/tenant-uid': 'former' } }),
    volume('pv-2', { labels: { 'tenantry.dev/tenant-uid': TENANT.uid } }),
  ])
  const asked: string[] = []
  const indexed = (key: string) => {
    asked.push(key)
    return retained.list()
  }
  expect(observeRetained({ indexed }, TENANT)).toEqual([{ volume: 'pv-1', formerUid: 'former' }])
  expect(asked).toEqual(['acme'])
})

test('leases of a tenant are found by what they say, whatever somebody made of their labels', async () => {
  const lease = (name: string, uid: string) => ({
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'NetworkLease',
    metadata: { name },
    spec: { cluster: 'proxmox', tag: 100, tenant: { name: 'acme', uid } },
  })
  const seen: string[] = []
  const { kube } = answeringKube((_, { path }) => {
    seen.push(new URL(path, 'https://x').search)
    return listOf(lease('proxmox-100', TENANT.uid), lease('proxmox-101', 'former'))
  })
  const found = await observeLeases(kube, TENANT)
  expect(found.map(({ metadata }) => metadata.name)).toEqual(['proxmox-100'])
  expect(seen.join('')).toContain('fieldSelector=spec.tenant.name%3Dacme')
  expect(seen.join('')).not.toContain('labelSelector')
})

test('before the operator has its right to Secrets in the namespace, it asks for none, and says that it knows none', async () => {
  const { ports, asked } = given(() => 403, makeCache({ namespaces: [namespaceObject], serviceAccounts }))
  expect(await observeTenant(ports, TENANT, TARGET)).toMatchObject({ isReadable: false, secretKeys: new Map() })
  expect(asked).toEqual([])
})

test('machines are asked for one by one, and one that is gone is left out', async () => {
  const machine = { apiVersion: 'tenantry.dev/v1alpha1', kind: 'TenantMachine', metadata: { name: 'web' } }
  const { ports, asked } = given(what => (what.endsWith('/web') ? machine : 404))
  expect(await observeMachines(ports.kube, TENANT, ['web', 'mail'])).toEqual([machine])
  expect(asked.toSorted()).toEqual(['get TenantMachine tenant-acme/mail', 'get TenantMachine tenant-acme/web'])
})
