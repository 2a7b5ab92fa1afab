import { expect, test } from 'vitest'
import { makeDesired } from '../../test/make/tenant.ts'
import type { KubeObject } from '../plan/object.ts'
import { pack } from './packed-object.ts'
import { isOptional, MARKED, WATCHED, type WatchedKind, type WatchedName } from './tenant-cache.ts'

const watches = Object.entries(WATCHED) as [WatchedName, WatchedKind][]

test('no Secret is watched', () => {
  expect(watches.filter(([, { kind }]) => kind === 'Secret')).toEqual([])
})

test('of all kinds but our own, only objects with the mark of a tenant are kept', () => {
  const everything = watches.filter(([, { labelSelector }]) => labelSelector !== 'tenantry.dev/tenant')
  expect(everything.map(([name]) => name)).toEqual(['tenants', 'plans', 'proxmoxClusters', 'networkLeases', 'machines'])
})

test('everything that a plan applies is watched, by its marks alone', () => {
  const { access, policies } = makeDesired()
  const applied = new Set([...access, ...policies].map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))
  const marked = MARKED.map(name => WATCHED[name])
  expect(new Set(marked.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))).toEqual(applied)
  expect(marked.filter(({ metadataOnly }) => !metadataOnly)).toEqual([])
})

test('the operator starts without kinds whose absence each tenant tells, and only without those', () => {
  expect(watches.map(([name]) => name).filter(isOptional)).toEqual(['releases', 'databases'])
})

test('of a Deployment neither its template nor its environment is kept', () => {
  const metadata = { name: 'api', namespace: 'tenant-acme', uid: 'u', resourceVersion: '1' }
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, status: { replicas: 2 } }
  const template = { spec: { containers: [{ name: 'api', env: [{ name: 'A', value: 'planted' }] }] } }
  expect(WATCHED.deployments.trim({ ...deployment, spec: { replicas: 2, template } })).toEqual({
    ...deployment,
    metadata: { ...metadata, labels: {} },
    spec: { replicas: 2 },
  })
})

test('of what somebody wrote with kubectl, the copy that kubectl leaves is not kept, and other annotations are', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'tenantry.dev/adopt': 'u' }
  const tenant = { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant', metadata: { name: 'acme', annotations } }
  expect(WATCHED.tenants.trim(tenant).metadata.annotations).toEqual({ 'tenantry.dev/adopt': 'u' })
})

/** Of each kind, how many objects a tenant has, and how many bytes of one may be kept as JSON of its own. */
const KEPT: Partial<Record<WatchedName, readonly [objects: number, bytes: number]>> = {
  networkPolicies: [5, 450],
  serviceAccounts: [3, 450],
  roleBindings: [2, 450],
  services: [2, 450],
  quotas: [1, 450],
  limitRanges: [1, 450],
  configMaps: [1, 450],
  endpointSlices: [2, 520],
  deployments: [2, 600],
  databases: [1, 600],
  ingresses: [1, 750],
}

test('of the objects of a tenant no more is kept than these bytes, however much the API server tells', () => {
  for (const [name, [, most]] of Object.entries(KEPT) as [WatchedName, [number, number]][]) {
    const { apiVersion, kind, trim = object => object }: WatchedKind = WATCHED[name]
    const { managedFields, ...metadata } = trim(wordy(apiVersion, kind)).metadata
    // Who holds which field is kept once for all tenants.
    expect(managedFields).toHaveLength(1)
    const bytes = JSON.stringify({ ...trim(wordy(apiVersion, kind)), metadata }).length
    expect([name, bytes <= most, bytes]).toEqual([name, true, bytes])
  }
  const all = Object.values(KEPT).reduce((sum, [objects, bytes]) => sum + objects * bytes, 0)
  expect(all).toBeLessThan(11_000)
})

/** As an API server, controllers and people leave an object: most of it concerns nobody here. */
function wordy(apiVersion: string, kind: string): KubeObject {
  const long = 'x'.repeat(500)
  const uid = '0b4f6c1e-0000-4000-8000-000000000001'
  const fieldsV1 = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f:field-${index}`, {}]))
  return {
    apiVersion,
    kind,
    metadata: {
      name: 'tenant-acme-object',
      namespace: 'tenant-acme',
      uid,
      resourceVersion: '12345678',
      generation: 3,
      creationTimestamp: '2026-11-21T00:00:00Z',
      labels: { 'tenantry.dev/tenant': 'acme', 'tenantry.dev/tenant-uid': uid, 'app.kubernetes.io/name': long },
      annotations: {
        'tenantry.dev/applied-digest': 'a'.repeat(64),
        'kubectl.kubernetes.io/last-applied-configuration': long.repeat(4),
      },
      managedFields: [{ manager: 'tenantry', operation: 'Apply', fieldsV1 }],
    },
    spec: {
      replicas: 2,
      instances: 3,
      template: { long },
      podSelector: { long },
      bootstrap: { long },
      ingressClassName: 'traefik',
      rules: [{ host: 'acme.example.com', http: { paths: [{ path: '/', backend: { service: { name: 'web' } } }] } }],
    },
    status: {
      observedGeneration: 3,
      replicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      readyInstances: 3,
      currentPrimary: 'db-1',
      phase: 'Cluster in healthy state',
      conditions: [{ type: 'Available', message: long }],
      certificates: { long },
      loadBalancer: { ingress: [{ ip: '192.0.2.10' }] },
    },
    data: { long },
    ports: [{ name: long }],
    endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true }, nodeName: long }],
  }
}

/** What V8 takes for them on 64 bits: a list has 48 bytes and a word for each value, a text 16 and its letters. */
test('of the objects of which only the marks are kept each takes 200 bytes of its own', () => {
  const { apiVersion, kind, trim }: WatchedKind = WATCHED.networkPolicies
  const kept = pack(trim?.(wordy(apiVersion, kind)) ?? wordy(apiVersion, kind)) as readonly unknown[]
  const { uid, annotations } = wordy(apiVersion, kind).metadata
  const shared = ['tenant-acme-object', 'tenant-acme', 'acme', uid]
  const own = kept.filter(value => typeof value === 'string' && !shared.includes(value)) as string[]
  const bytes = own.reduce((sum, text) => sum + 16 + 8 * Math.ceil(text.length / 8), 48 + 8 * kept.length)
  expect([bytes, own.length, own.some(text => Object.values(annotations ?? {}).includes(text))]).toEqual([
    200,
    2,
    false,
  ])
})
