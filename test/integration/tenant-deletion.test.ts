/** A tenant can always be deleted: from what it owns, not from what its spec says. In order: later tests find less of the cluster. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

let environment: OperatorEnvironment
beforeAll(async () => {
  environment = await startEnvironment('deletion')
  await environment.apply(planManifest('small'))
  await environment.startOperator()
})
afterAll(() => environment?.stop())

const tenant = (name: string) => environment.get('tenants.tenantry.dev', name)
const untilCondition = (name: string, type: string, said: string) =>
  eventually(
    () => tenant(name),
    found => conditionsOf(found)[type] === said,
  )

async function untilGone(name: string): Promise<void> {
  await environment.kubectl(['delete', 'tenants.tenantry.dev', name, '--wait=false'])
  const left = () => Promise.all([tenant(name), environment.get('namespace', `tenant-${name}`)])
  await eventually(left, found => found.every(object => object === undefined), 40_000)
}

test('one that never got anything goes', async () => {
  await environment.apply(tenantManifest('planless', { plan: 'nowhere' }))
  await untilCondition('planless', 'Ready', 'False PlanNotFound')
  await untilGone('planless')
})

test('one whose spec cannot be read any more goes, and what it owned with it', async () => {
  await environment.apply(tenantManifest('unreadable', { deletionPolicy: 'Delete' }))
  await untilCondition('unreadable', 'ReleaseReady', 'True Deployed')
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/owner'
  const patch = JSON.stringify([{ op: 'replace', path, value: anything }])
  await environment.kubectl(['patch', 'crd', 'tenants.tenantry.dev', '--type=json', '-p', patch])
  const broken = JSON.stringify({ spec: { owner: { email: 'nobody' } } })
  await eventually(
    async () => {
      await environment.kubectl(['patch', 'tenants.tenantry.dev', 'unreadable', '--type=merge', '-p', broken])
      return tenant('unreadable')
    },
    found => conditionsOf(found).Stalled === 'True InvalidSpec',
  )
  await untilGone('unreadable')
})

test('one whose chart was never installed goes', async () => {
  await environment.kubectl(['delete', 'crd', 'clusters.postgresql.cnpg.io'])
  await environment.apply(tenantManifest('chartless'))
  const stuck = await eventually(
    () => tenant('chartless'),
    found => conditionsOf(found).ReleaseReady?.startsWith('False') ?? false,
  )
  expect(JSON.stringify(stuck?.status)).toContain('does not serve the kind of: Cluster (postgresql.cnpg.io/v1)')
  expect(stuck?.status).not.toHaveProperty('release')
  await untilGone('chartless')
})
