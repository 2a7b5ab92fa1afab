/** A cluster that lacks what the operator builds on: a tenant says so, one thing after the other, and goes on by itself. */
import { afterAll, beforeAll, test } from 'vitest'
import { cloudNativePgKinds } from '../../dev/cluster/binaries/cloudnative-pg-manifest.ts'
import { type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest } from './tenant-manifest.ts'
import { type BrokenTenant, expectExplanation, startTenant } from './tenant-nodes.ts'

let environment: OperatorEnvironment
let tenant: BrokenTenant
beforeAll(async () => {
  environment = await startEnvironment('explain-missing-kind')
  const ours = 'tenantreleases.tenantry.dev'
  await environment.kubectl(['delete', 'crd', ours, 'clusters.postgresql.cnpg.io'])
  await environment.apply(planManifest('small'))
  await environment.startOperator()
  tenant = await startTenant(environment, 'early', { installed: false })
})
afterAll(() => environment?.stop())

test('a definition of ours that was not applied is named', async () => {
  await expectExplanation(
    tenant,
    'KindNotServed: Cannot find the kind TenantRelease of tenantry.dev/v1alpha1: the API server does not serve it. Install what brings this kind; those of tenantry.dev are in deploy/crds.',
  )
})

test('that CloudNativePG is not installed is told in these words', async () => {
  await environment.kubectl(['apply', '--server-side', '-k', 'deploy/crds'])
  await expectExplanation(
    tenant,
    'CloudNativePGMissing: CloudNativePG is not installed: there is no kind Cluster of postgresql.cnpg.io/v1. Install CloudNativePG: https://cloudnative-pg.io',
  )
})

test('as soon as it is there, the tenant goes on', async () => {
  await environment.kubectl(['apply', '--server-side', '-f', '-'], await cloudNativePgKinds())
  await expectExplanation(
    tenant,
    'DatabasePending: CloudNativePG has not taken up database db yet. If this stays, look whether the operator of CloudNativePG runs.',
  )
})
