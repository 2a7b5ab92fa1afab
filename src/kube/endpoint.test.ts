import { expect, test } from 'vitest'
import type { ServedKind } from './discovery.ts'
import { endpointOf, type KubeRequest } from './endpoint.ts'

const CONFIG_MAP: ServedKind = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: ['get'],
  subresources: [],
}
const TENANT: ServedKind = {
  apiVersion: 'tenantry.dev/v1alpha1',
  kind: 'Tenant',
  plural: 'tenants',
  namespaced: false,
  verbs: ['get'],
  subresources: ['status'],
}
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'acme', name: 'a' }
const tenant = { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant', name: 'acme' }
const tenantObject = { apiVersion: tenant.apiVersion, kind: 'Tenant', metadata: { name: 'acme' } }

function lineOf(served: ServedKind, request: KubeRequest): string {
  const { method, path } = endpointOf(served, request)
  return `${method} ${path}`
}

test('an apply is a PATCH of YAML by a field manager', () => {
  expect(
    endpointOf(TENANT, {
      verb: 'apply',
      object: tenantObject,
      manager: 'tenantry',
      force: true,
      subresource: 'status',
    }),
  ).toEqual({
    verb: 'apply',
    method: 'PATCH',
    resource: 'tenants.tenantry.dev/status',
    what: 'apply Tenant acme',
    path: '/apis/tenantry.dev/v1alpha1/tenants/acme/status?fieldManager=tenantry&force=true&fieldValidation=Ignore',
    headers: { accept: 'application/json', 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(tenantObject),
  })
})

test('of a write that asks for it only the metadata comes back', () => {
  const { headers } = endpointOf(TENANT, {
    verb: 'apply',
    object: tenantObject,
    manager: 'tenantry',
    metadataOnly: true,
  })
  expect(headers?.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')
})

test('a get names the object and nothing else', () => {
  expect(endpointOf(CONFIG_MAP, { verb: 'get', ref: configMap })).toEqual({
    verb: 'get',
    method: 'GET',
    resource: 'configmaps',
    what: 'get ConfigMap acme/a',
    path: '/api/v1/namespaces/acme/configmaps/a',
    headers: { accept: 'application/json' },
  })
})

test('a delete carries the uid as a precondition', () => {
  expect(endpointOf(CONFIG_MAP, { verb: 'delete', ref: configMap, uid: 'u', propagation: 'Foreground' }).body).toBe(
    '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u"},"propagationPolicy":"Foreground"}',
  )
})

test('a create goes to the collection, a merge patch to the object', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'acme' } }
  expect(lineOf(CONFIG_MAP, { verb: 'create', object, manager: 'me' })).toBe(
    'POST /api/v1/namespaces/acme/configmaps?fieldManager=me&fieldValidation=Ignore',
  )
  expect(endpointOf(CONFIG_MAP, { verb: 'patch', ref: configMap, patch: { data: null } })).toMatchObject({
    method: 'PATCH',
    path: '/api/v1/namespaces/acme/configmaps/a?fieldValidation=Ignore',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: '{"data":null}',
  })
})

test('a list of all namespaces has its selectors in the query', () => {
  expect(
    lineOf(CONFIG_MAP, { verb: 'list', kind: CONFIG_MAP, labelSelector: 'a in (b,c)', limit: 500, from: 'x=' }),
  ).toBe('GET /api/v1/configmaps?labelSelector=a%20in%20(b%2Cc)&limit=500&continue=x%3D')
})

test('a watch asks for bookmarks, and for metadata only where that is enough', () => {
  const watch = { verb: 'watch', kind: CONFIG_MAP, namespace: 'acme', since: '7', seconds: 300 } as const
  expect(lineOf(CONFIG_MAP, watch)).toBe(
    'GET /api/v1/namespaces/acme/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=300',
  )
  expect(endpointOf(CONFIG_MAP, { ...watch, metadataOnly: true }).headers).toEqual({
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  })
})

test('another user is named in a header', () => {
  expect(endpointOf(TENANT, { verb: 'get', ref: tenant }, 'system:serviceaccount:a:b').headers).toEqual({
    accept: 'application/json',
    'impersonate-user': 'system:serviceaccount:a:b',
  })
})

test('names are escaped in paths', () => {
  expect(lineOf(TENANT, { verb: 'get', ref: { ...tenant, name: 'system:a/../b' } })).toBe(
    'GET /apis/tenantry.dev/v1alpha1/tenants/system%3Aa%2F..%2Fb',
  )
})

test('a namespaced object without its namespace is refused, that of a cluster-scoped one is left out', () => {
  const { namespace: _, ...ref } = configMap
  expect(() => endpointOf(CONFIG_MAP, { verb: 'get', ref })).toThrow(
    'Cannot get ConfigMap a: ConfigMap is namespaced, and no namespace is given',
  )
  expect(lineOf(TENANT, { verb: 'get', ref: { ...tenant, namespace: 'a' } })).toBe(
    'GET /apis/tenantry.dev/v1alpha1/tenants/acme',
  )
})
