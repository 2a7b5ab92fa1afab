import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { cloudNativePgManifest } from '../../dev/cluster/binaries/cloudnative-pg-manifest.ts'
import { type Schema, schemaViolations } from './crd-schema.ts'
import { find, parseObjects, render, type Values } from './rendering.ts'

const coldCacheMs = 10 * 60_000

async function database(values: Values = {}): Promise<Record<string, unknown>> {
  return find(await render({ database: values }), 'Cluster', 'db').spec as Record<string, unknown>
}

/** The schema of a Cluster's spec in the pinned release of CloudNativePG. */
async function clusterSchema(): Promise<Schema> {
  const objects = parseObjects(await readFile(await cloudNativePgManifest(), 'utf8'))
  const { spec } = find(objects, 'CustomResourceDefinition', 'clusters.postgresql.cnpg.io')
  const { versions } = spec as { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] }
  return versions[0]?.schema.openAPIV3Schema.properties.spec ?? {}
}

test('every field is one that the pinned CloudNativePG knows', { timeout: coldCacheMs }, async () => {
  const schema = await clusterSchema()
  for (const instances of [1, 3]) {
    expect(schemaViolations(schema, await database({ instances, storageClassName: 'fast' }))).toEqual([])
  }
  const wrong = { instances: '3', affinity: { topologyKey: 1 }, enablePdb: true }
  expect(schemaViolations(schema, { ...(await database()), ...wrong }).sort()).toEqual([
    '.affinity.topologyKey: integer, not string',
    '.enablePdb: unknown',
    '.instances: string, not integer',
  ])
})

test('one instance is replicated nowhere and does not hold up its node', async () => {
  const { instances, postgresql, affinity, enablePDB } = await database({ instances: 1 })
  expect({ instances, postgresql, affinity, enablePDB }).toEqual({
    instances: 1,
    postgresql: { parameters: { max_connections: '100', shared_buffers: '128MB' } },
    affinity: undefined,
    enablePDB: false,
  })
})

test('of three instances, two have each write before it is acknowledged, and no other one takes over', async () => {
  const { instances, postgresql, affinity, enablePDB } = await database({ instances: 3 })
  expect({ instances, postgresql, affinity, enablePDB }).toEqual({
    instances: 3,
    postgresql: {
      parameters: { max_connections: '100', shared_buffers: '128MB' },
      synchronous: { method: 'any', number: 1, dataDurability: 'required', failoverQuorum: true },
    },
    affinity: { enablePodAntiAffinity: true, podAntiAffinityType: 'preferred', topologyKey: 'kubernetes.io/hostname' },
    enablePDB: true,
  })
})

test('it is asked each second whether it has started, and stops within a minute', async () => {
  expect(await database()).toMatchObject({
    probes: { startup: { periodSeconds: 1 } },
    smartShutdownTimeout: 10,
    stopDelay: 60,
  })
})

test('image, storage and resources come from the values', async () => {
  const spec = await database({
    image: 'registry.example:5000/postgresql:17.5',
    storage: '200Gi',
    storageClassName: 'fast',
    resources: { cpu: '2', memory: '8Gi' },
  })
  expect(spec).toMatchObject({
    imageName: 'registry.example:5000/postgresql:17.5',
    storage: { size: '200Gi', storageClass: 'fast' },
    resources: { requests: { cpu: '2', memory: '8Gi' }, limits: { memory: '8Gi' } },
  })
})

test.each([
  ['256Mi', '64MB'],
  ['8Gi', '2048MB'],
  ['1.5Gi', undefined],
  ['1000000000', undefined],
])('of %s of memory, shared buffers have a quarter: %s', async (memory, expected) => {
  const { postgresql } = await database({ resources: { cpu: '1', memory } })
  expect((postgresql as { parameters: Record<string, string> }).parameters.shared_buffers).toBe(expected)
})
