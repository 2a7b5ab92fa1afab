import { expect, test } from 'vitest'
import { API_VERSION } from '../plan/names.ts'
import { desiredCustomResource, resourceSchema } from './custom-resource.ts'
import { KINDS, tenantKind } from './kind.ts'
import { GROUP, VERSION } from './kind-shape.ts'
import type { OpenApi } from './open-api.ts'

test('the group and version are those that the plan writes', () => {
  expect(`${GROUP}/${VERSION}`).toBe(API_VERSION)
})

test('a definition names its kind, its columns and what can be selected', () => {
  expect(desiredCustomResource(tenantKind)).toMatchObject({
    metadata: { name: 'tenants.tenantry.dev' },
    spec: {
      scope: 'Cluster',
      names: {
        kind: 'Tenant',
        listKind: 'TenantList',
        singular: 'tenant',
        shortNames: ['ten'],
        categories: ['tenantry'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          selectableFields: [{ jsonPath: '.spec.plan' }],
          subresources: { status: {} },
        },
      ],
    },
  })
})

test('before the first visit, the status of a tenant says that nothing was seen', () => {
  expect(resourceSchema(tenantKind).properties?.status).toMatchObject({ default: { observedGeneration: -1 } })
})

test('conditions are one per type', () => {
  expect(resourceSchema(tenantKind).properties?.status?.properties?.conditions).toMatchObject({
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  })
})

const nodes = KINDS.flatMap(kind => nodesOf(kind.kind, resourceSchema(kind)))

test('every field of spec and status says what it means', () => {
  const undescribed = nodes.filter(({ path, node }) => /\.(spec|status)\b/.test(path) && node.description === undefined)
  expect(undescribed.map(({ path }) => path).filter(path => !path.endsWith('[]'))).toEqual([])
})

test('everything of unknown size in a spec has an upper bound, so that rules have a bounded cost', () => {
  const unbounded = nodes.filter(
    ({ path, node }) =>
      path.includes('.spec') &&
      ((node.type === 'string' && node.maxLength === undefined && node.enum === undefined) ||
        (node['x-kubernetes-int-or-string'] === true && node.maxLength === undefined) ||
        (node.type === 'array' && node.maxItems === undefined) ||
        (node.additionalProperties !== undefined && node.maxProperties === undefined)),
  )
  expect(unbounded.map(({ path }) => path)).toEqual([])
})

test('nothing is in a schema that the API server refuses', () => {
  const foreign = ['pattern', 'anyOf', 'oneOf', 'allOf', 'not', 'propertyNames', '$ref', 'const']
  const refused = nodes.filter(
    ({ node }) =>
      foreign.some(key => key in node) ||
      (node as object as { additionalProperties?: unknown }).additionalProperties === false,
  )
  expect(refused.map(({ path }) => path)).toEqual([])
})

test('every column that names a field names one that there is', () => {
  const paths = KINDS.flatMap(({ kind, columns }) =>
    columns.map(({ jsonPath }) => `${kind}${jsonPath.replace(/\[\?.*?\]/, '[]')}`),
  )
  const known = new Set(nodes.map(({ path }) => path))
  expect(paths.filter(path => !path.includes('.metadata.') && !known.has(path))).toEqual([])
})

/** Every schema below a schema with its path, such as `Tenant.status.conditions[].type`. */
function nodesOf(path: string, node: OpenApi): { path: string; node: OpenApi }[] {
  return [
    { path, node },
    ...Object.entries(node.properties ?? {}).flatMap(([key, below]) => nodesOf(`${path}.${key}`, below)),
    ...(node.items === undefined ? [] : nodesOf(`${path}[]`, node.items)),
  ]
}
