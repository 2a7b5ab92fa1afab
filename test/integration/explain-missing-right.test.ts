/** The operator with its own rights and no others, of which somebody takes one away: a tenant names it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubectlOf } from '../../dev/demo/kubectl.ts'
import { writeOperatorKubeconfig } from '../../dev/demo/operator-kubeconfig.ts'
import { conditionsOf, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest } from './tenant-manifest.ts'
import { expectExplanation, startTenant } from './tenant-nodes.ts'

let environment: OperatorEnvironment
let folder: string
beforeAll(async () => {
  environment = await startEnvironment('explain-missing-right')
  folder = await mkdtemp(join(tmpdir(), 'tenantry-right-'))
  await environment.apply(planManifest('small'))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeOperatorKubeconfig(await kubectlOf(environment), kubeconfig)
  await environment.startOperator({ kubeconfig })
})
afterAll(async () => {
  await environment?.stop()
  await rm(folder, { recursive: true, force: true })
})

const kubectl = (...args: string[]) => environment.kubectl(args)

/** Takes the rule for these resources out of the operator's role. */
async function takeRight(resource: string): Promise<void> {
  const role = await environment.get('clusterrole', 'tenantry-operator')
  const { rules: granted } = role as unknown as { rules: { resources: string[] }[] }
  const rules = granted.filter(({ resources }) => !resources.includes(resource))
  await kubectl('patch', 'clusterrole', 'tenantry-operator', '--type=merge', '-p', JSON.stringify({ rules }))
}

const giveBack = () => kubectl('apply', '--server-side', '--force-conflicts', '-k', 'deploy/rbac')
const OPERATOR = 'User "system:serviceaccount:tenantry-system:tenantry-operator"'

test('a right to look that is missing is named, Ready is Unknown, and all is well when it is back', async () => {
  await takeRight('pods')
  const tenant = await startTenant(environment, 'unseen')
  await expectExplanation(
    tenant,
    `Forbidden: Cannot list Pod objects of namespace tenant-unseen: pods is forbidden: ${OPERATOR} cannot list resource "pods" in API group "" in the namespace "tenant-unseen". Apply deploy/rbac again.`,
  )
  const found = await environment.get('tenants.tenantry.dev', 'unseen')
  expect(conditionsOf(found).Ready).toBe('Unknown Forbidden')
  await giveBack()
  await tenant.serve()
  await expectExplanation(tenant, 'Converged: Everything is as the spec and the plan say.')
})

test('a right to write that is missing is named', async () => {
  await takeRight('networkpolicies')
  const tenant = await startTenant(environment, 'unwritten', { installed: false })
  await expectExplanation(
    tenant,
    `Forbidden: Cannot apply NetworkPolicy tenant-unwritten/tenantry-default-deny: networkpolicies.networking.k8s.io "tenantry-default-deny" is forbidden: ${OPERATOR} cannot patch resource "networkpolicies" in API group "networking.k8s.io" in the namespace "tenant-unwritten". Apply deploy/rbac again.`,
  )
  await giveBack()
})
