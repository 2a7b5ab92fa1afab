import { expect, test } from 'vitest'
import { createDiscovery } from './discovery.ts'
import { KubeError } from './errors.ts'
import type { TransportRequest, TransportResponse } from './transport.ts'

const CORE = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: {},
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: [
            { resource: 'bindings', responseKind: { kind: 'Binding' }, scope: 'Namespaced' },
            {
              resource: 'pods',
              responseKind: { group: '', version: 'v1', kind: 'Pod' },
              scope: 'Namespaced',
              verbs: ['get', 'list'],
              subresources: [
                { subresource: 'status' },
                { subresource: 'log' },
                { subresource: 'eviction', responseKind: { kind: 'Eviction' } },
              ],
            },
          ],
        },
      ],
    },
  ],
}

function groups(freshness: 'Current' | 'Stale', ...kinds: string[]) {
  const resources = kinds.map(kind => ({
    resource: `${kind.toLowerCase()}s`,
    responseKind: { kind },
    scope: 'Cluster',
    verbs: ['get'],
  }))
  const versions = [{ version: 'v1alpha1', freshness, resources }]
  return { kind: 'APIGroupDiscoveryList', items: [{ metadata: { name: 'tenantry.dev' }, versions }] }
}

/** The server is the function that is passed in. */
function given(served: () => unknown) {
  const seen: string[] = []
  const request = async ({ path, headers = {} }: TransportRequest): Promise<TransportResponse> => {
    const body = JSON.stringify(path === '/api' ? CORE : served())
    const unchanged = headers['if-none-match'] === body
    seen.push(`${path} ${unchanged ? 304 : 200}`)
    return unchanged ? { status: 304, headers: {}, body: '' } : { status: 200, headers: { etag: body }, body }
  }
  const transport = { request, stream: () => Promise.reject(), connections: () => 1, close: () => undefined }
  return { seen, discovery: createDiscovery({ transport }) }
}

const POD = { apiVersion: 'v1', kind: 'Pod' }
const TENANT = { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant' }

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((error: unknown) => error)
  return error instanceof KubeError ? `${error.reason}: ${error.message}` : 'no error'
}

test('kinds of the core and of groups are found with their place and scope', async () => {
  const { discovery, seen } = given(() => groups('Current', 'Tenant'))
  expect(await Promise.all([discovery.find(POD), discovery.find(TENANT)])).toEqual([
    { ...POD, plural: 'pods', namespaced: true, verbs: ['get', 'list'], subresources: ['status', 'log', 'eviction'] },
    { ...TENANT, plural: 'tenants', namespaced: false, verbs: ['get'], subresources: [] },
  ])
  await discovery.find(POD)
  expect(seen).toEqual(['/api 200', '/apis 200'])
})

test('a kind that came later is found, and the server sends only what has changed', async () => {
  let kinds: string[] = []
  const { discovery, seen } = given(() => groups('Current', ...kinds))
  await discovery.find(POD)
  expect(await reasonOf(discovery.find(TENANT))).toBe(
    'KindNotServed: Cannot find the kind Tenant of tenantry.dev/v1alpha1: the API server does not serve it',
  )
  kinds = ['Tenant']
  expect((await discovery.find(TENANT)).plural).toBe('tenants')
  expect(seen).toEqual(['/api 200', '/apis 200', '/api 304', '/apis 304', '/api 304', '/apis 200'])
})

test('what a server behind the API server does not tell may exist', async () => {
  const { discovery } = given(() => groups('Stale'))
  expect(await reasonOf(discovery.find(TENANT))).toBe(
    'KindUnknown: Cannot find the kind Tenant of tenantry.dev/v1alpha1: the server behind this API does not answer',
  )
})

test('entries that stand only for their subresources are no kinds', async () => {
  const { discovery } = given(() => groups('Current'))
  expect(await reasonOf(discovery.find({ apiVersion: 'v1', kind: 'Binding' }))).toContain('KindNotServed')
})

test('charts are told group versions and kinds, those of subresources too, as they are now, and nothing that is stale', async () => {
  let freshness: 'Current' | 'Stale' = 'Current'
  const { discovery, seen } = given(() => groups(freshness, 'Tenant'))
  const core = ['v1', 'v1/Binding', 'v1/Eviction', 'v1/Pod']
  expect(await discovery.versions()).toEqual(['tenantry.dev/v1alpha1', 'tenantry.dev/v1alpha1/Tenant', ...core])
  freshness = 'Stale'
  expect(await discovery.versions()).toEqual(core)
  expect(seen).toEqual(['/api 200', '/apis 200', '/api 304', '/apis 200'])
})

test('a server without aggregated discovery is named as too old', async () => {
  const { discovery } = given(() => ({ kind: 'APIGroupList' }))
  expect(await reasonOf(discovery.find(POD))).toContain('the API server has no aggregated discovery')
})
