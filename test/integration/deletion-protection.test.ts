/** What deploy/policies/ keeps from being deleted by accident. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROTECTION_LABEL, TENANT_LABEL } from '../../src/plan/names.ts'
import { GOOD_TENANT } from '../make/refused-manifest.ts'
import { type Installation, OPERATOR, startInstallation } from './installation.ts'
import { eventually } from './operator-environment.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation('deletion-protection')
})
afterAll(() => installation?.stop())

const kubectl = (...args: string[]) => installation.kubectl.run(args)
const refusal = (...args: string[]) => installation.refusal(args)
const definitions = [
  'tenants',
  'tenantplans',
  'tenantreleases',
  'proxmoxclusters',
  'networkleases',
  'tenantmachines',
].map(plural => `${plural}.tenantry.dev`)

async function createTenant(name: string, deletionProtection: boolean): Promise<void> {
  const spec = { ...GOOD_TENANT.spec, deletionProtection }
  await installation.kubectl.run(['create', '-f', '-'], JSON.stringify({ ...GOOD_TENANT, metadata: { name }, spec }))
}

test('every policy compiles against the types it speaks of', async () => {
  interface Policy {
    metadata: { name: string }
    status?: { observedGeneration?: number; typeChecking?: { expressionWarnings?: unknown[] } }
  }
  const { items } = await eventually(
    () => installation.kubectl.json<{ items: Policy[] }>(['get', 'validatingadmissionpolicies']),
    ({ items }) => items.every(({ status }) => status?.observedGeneration !== undefined),
  )
  expect(items.map(({ metadata, status }) => [metadata.name, status?.typeChecking])).toEqual([
    ['tenantry-definition-deletion', {}],
    ['tenantry-namespace-deletion', {}],
    ['tenantry-operator-namespaces', {}],
    ['tenantry-operator-objects', {}],
    ['tenantry-operator-volumes', {}],
    ['tenantry-tenant-deletion', {}],
  ])
})

test('a protected tenant is not deleted, alone or with all others, until it is not protected any more', async () => {
  await createTenant('guarded', true)
  const reason = 'spec.deletionProtection: tenant guarded is protected'
  expect(await refusal('delete', 'tenant', 'guarded')).toContain(reason)
  expect(await refusal('delete', 'tenants', '--all')).toContain(reason)
  await kubectl('patch', 'tenant', 'guarded', '--type=merge', '-p', '{"spec":{"deletionProtection":false}}')
  expect(await refusal('delete', 'tenant', 'guarded')).toBe('')
})

test('the namespace of a protected tenant is deleted by nobody but the operator', async () => {
  await kubectl('create', 'namespace', 'tenant-guarded')
  await kubectl('label', 'namespace', 'tenant-guarded', `${TENANT_LABEL}=guarded`, `${PROTECTION_LABEL}=true`)
  const deletion = ['delete', 'namespace', 'tenant-guarded', '--dry-run=server']
  expect(await refusal(...deletion)).toContain('namespace tenant-guarded belongs to a protected tenant')
  expect(await refusal(...deletion, `--as=${OPERATOR}`)).toBe('')
  await kubectl('label', 'namespace', 'tenant-guarded', `${PROTECTION_LABEL}-`)
  expect(await refusal(...deletion)).toBe('')
})

test('our definitions stay while there is a tenant, and go when there is none', async () => {
  const deletion = ['delete', 'crd', '--dry-run=server', ...definitions]
  expect(await refusal(...deletion)).toBe('')
  await createTenant('last', false)
  const said = await eventually(
    () => refusal(...deletion),
    said => definitions.every(name => said.includes(`${name} is needed by tenant last`)),
  )
  expect(said.match(/is forbidden/g)).toHaveLength(definitions.length)
  await kubectl('delete', 'tenant', 'last')
  await eventually(
    () => refusal(...deletion),
    said => said === '',
  )
})

test('other definitions are nobody else’s business', async () => {
  await createTenant('bystander', false)
  const foreign = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  }
  await installation.kubectl.run(['create', '-f', '-'], JSON.stringify(foreign))
  expect(await refusal('delete', 'crd', 'things.example.com')).toBe('')
})

test('kubectl delete -k deploy leaves tenants and their definitions where they are', async () => {
  await createTenant('survivor', false)
  await eventually(
    () => refusal('delete', 'crd', definitions[0] as string, '--dry-run=server'),
    said => said !== '',
  )
  expect(await refusal('delete', '-k', 'deploy', '--wait=false')).toContain('is needed by tenant')
  expect(await kubectl('get', 'tenant', 'survivor', '-o', 'jsonpath={.metadata.deletionTimestamp}')).toBe('')
})
