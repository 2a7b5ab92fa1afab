/** What a person does with tenants, and waits for, by kubectl. */
import { expect, vi } from 'vitest'
import { stringify } from 'yaml'
import type { Kubectl } from '../../dev/demo/kubectl.ts'
import { readTenant, type Tenant } from '../../dev/demo/tenants.ts'
import type { Condition, ConditionType } from '../../src/crds/condition.ts'
import type { TenantSpec } from '../../src/crds/tenant.ts'
import type { TenantPlanSpec } from '../../src/crds/tenant-plan.ts'

const readyWithinS = 300
const goneWithinS = 240
const patience = { timeout: readyWithinS * 1000, interval: 1000 }

/** Tests may be repeated on a cluster that still stands, so no name is used twice. */
export function uniqueName(word: string): string {
  return `${word}-${Date.now().toString(36)}`
}

/** The one image with node in it that the cluster has. */
export const sampleImage = 'tenantry.local/tenantry-example-app:0.1.0'

/** The least that a tenant can be. Its database is small, since all journeys share one machine. */
export function smallPlan(
  plan: { app?: Partial<TenantPlanSpec['app']>; database?: Partial<TenantPlanSpec['database']> } = {},
) {
  return {
    displayName: 'Small',
    app: {
      apiImage: sampleImage,
      webImage: sampleImage,
      apiReplicas: 1,
      webReplicas: 1,
      apiResources: { cpu: '20m', memory: '128Mi' },
      webResources: { cpu: '10m', memory: '96Mi' },
      ...plan.app,
    },
    database: {
      image: 'tenantry.local/postgresql:15',
      instances: 1,
      storage: '1Gi',
      resources: { cpu: '50m', memory: '256Mi' },
      ...plan.database,
    },
    quota: { cpu: '1', memory: '2Gi', storage: '5Gi', pods: 20 },
  }
}

export async function applyPlan(kubectl: Kubectl, name: string, spec: object): Promise<void> {
  await applyObject(kubectl, { kind: 'TenantPlan', metadata: { name }, spec })
}

export async function applyTenant(
  kubectl: Kubectl,
  name: string,
  spec: Partial<TenantSpec> & { plan: string },
): Promise<void> {
  const owner = { email: `owner@${name}.example.com` }
  await applyObject(kubectl, { kind: 'Tenant', metadata: { name }, spec: { companyName: name, owner, ...spec } })
}

async function applyObject(kubectl: Kubectl, object: Record<string, unknown>): Promise<void> {
  await kubectl.run(['apply', '-f', '-'], stringify({ apiVersion: 'tenantry.dev/v1alpha1', ...object }))
}

/** By `kubectl wait`, as documented for users. */
export async function untilReady(kubectl: Kubectl, name: string): Promise<Tenant> {
  await kubectl.run(['wait', `tenants.tenantry.dev/${name}`, '--for=condition=Ready', `--timeout=${readyWithinS}s`])
  return readTenant(kubectl, name)
}

/** Ready for the present generation: right after an edit, `kubectl wait` may still see the condition from before. */
export async function untilConverged(kubectl: Kubectl, name: string): Promise<Tenant> {
  return vi.waitFor(async () => {
    const tenant = await readTenant(kubectl, name)
    expect(summaryOf(tenant)).toEqual({ ready: 'True', current: true })
    return tenant
  }, patience)
}

/** A tenant is as Ready as before until the operator has seen that something else has changed, such as its plan. */
export async function untilRevision(kubectl: Kubectl, name: string, revision: number): Promise<Tenant> {
  const seen = async () => expect((await readTenant(kubectl, name)).status?.release?.revision).toBe(revision)
  await vi.waitFor(seen, patience)
  return untilConverged(kubectl, name)
}

function summaryOf(tenant: Tenant) {
  const { generation } = tenant.metadata
  return { ready: conditionOf(tenant, 'Ready')?.status, current: tenant.status?.observedGeneration === generation }
}

export function conditionOf({ status }: Tenant, type: ConditionType): Condition | undefined {
  return status?.conditions?.find(condition => condition.type === type)
}

/** Waits for a condition with these fields, and shows the last one seen where it does not come. */
export async function untilCondition(
  kubectl: Kubectl,
  name: string,
  type: ConditionType,
  fields: Partial<Record<keyof Condition, unknown>>,
): Promise<Condition> {
  return vi.waitFor(async () => {
    const condition = conditionOf(await readTenant(kubectl, name), type)
    expect(condition).toMatchObject(fields)
    return condition as Condition
  }, patience)
}

/** Returns when nothing of the tenant object is left. */
export async function deleteTenant(kubectl: Kubectl, name: string): Promise<void> {
  await kubectl.run(['delete', `tenants.tenantry.dev/${name}`, '--wait', `--timeout=${goneWithinS}s`])
}

export function namespaceOf(name: string): string {
  return `tenant-${name}`
}

export function hostOf({ status }: Tenant): string {
  return new URL(status?.url ?? '').host
}
