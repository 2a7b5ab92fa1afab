/** What a person does with a tenant, phase by phase, and what a person changes while the operator is dead. */
import { API_VERSION, namespaceName } from '../../src/plan/names.ts'
import { type KubeObject, refOf } from '../../src/plan/object.ts'
import { planManifest, tenantManifest } from '../integration/tenant-manifest.ts'
import type { Instance } from './instance.ts'
import type { Stage } from './stage.ts'

/** What a person wants. Each phase states all of it, so that it does not matter what was before. */
export interface Wish {
  readonly companyName?: string
  readonly overrides?: Record<string, unknown>
  readonly deletionPolicy?: 'Retain' | 'Delete'
  /** Of the plan, which this tenant has for itself. */
  readonly app?: Record<string, unknown>
  /** With these it also gets a Proxmox VE cluster of its name, for itself. */
  readonly machines?: readonly Record<string, unknown>[]
}

export interface Phase {
  readonly name: string
  /** Absent: the tenant is deleted. */
  readonly wish?: Wish
  /** What is wished instead while the operator is dead. */
  readonly edit: Wish
  /** What is wished concerns machines alone: no revision of the release is made for it. */
  readonly keepsRelease?: true
  /** The plan goes before the operator is back, and comes back as the edit says when that has been noticed. */
  readonly planGoes?: boolean
}

export interface Scenario {
  readonly name: string
  readonly phases: readonly Phase[]
}

export const TENANT = { apiVersion: API_VERSION, kind: 'Tenant' }
const PLAN = { apiVersion: API_VERSION, kind: 'TenantPlan' }
const PERSON = { manager: 'person', force: true }

/** How many of the two objects the wish changed. */
export async function express({ kube }: Pick<Stage, 'kube'>, tenant: string, wish: Wish): Promise<number> {
  const { app, ...spec } = wish
  const proxmox = wish.machines === undefined ? {} : { proxmox: { cluster: tenant, users: [{ name: 'ann' }] } }
  const plan = planManifest(tenant, app) as unknown as KubeObject
  const object = tenantManifest(tenant, { plan: tenant, ...proxmox, ...spec }) as unknown as KubeObject
  const changes = [await apply(kube, plan), await apply(kube, object)]
  return changes.filter(changed => changed).length
}

async function apply(kube: Stage['kube'], object: KubeObject): Promise<boolean> {
  const before = await kube.get(refOf(object))
  const after = await kube.apply(object, PERSON)
  return before?.metadata.generation !== after.metadata.generation
}

export async function removeTenant({ kube }: Pick<Stage, 'kube'>, name: string): Promise<void> {
  await kube.delete({ ...TENANT, name })
}

/** While the operator is dead; with it alive, from now on, it goes on as `edit` says. */
export async function editTenant(stage: Stage, tenant: string, phase: Phase): Promise<number> {
  if (phase.wish !== undefined) return express(stage, tenant, phase.edit)
  const { app: _, ...spec } = phase.edit
  const found = await stage.kube.get({ ...TENANT, name: tenant })
  if (found === undefined) return 0
  await stage.kube.patch({ ...TENANT, name: tenant }, { spec }, PERSON)
  return 1
}

export async function removePlan({ kube }: Pick<Stage, 'kube'>, name: string): Promise<void> {
  await kube.delete({ ...PLAN, name })
}

interface Status {
  readonly observedGeneration?: number
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[]
}

export function readyReason(tenant: KubeObject | undefined): string | undefined {
  const { conditions = [], observedGeneration } = (tenant?.status ?? {}) as Status
  const ready = conditions.find(({ type }) => type === 'Ready')
  if (ready === undefined || observedGeneration !== tenant?.metadata.generation) return undefined
  return `${ready.status} ${ready.reason}`
}

/** The operator has seen all that the person said, and has nothing left to do. */
export async function untilSettled(
  stage: Stage,
  tenant: string,
  instance: Instance,
  signal?: AbortSignal,
): Promise<void> {
  const { kube, cluster } = stage
  const [plan, live] = await Promise.all([kube.get({ ...PLAN, name: tenant }), kube.get({ ...TENANT, name: tenant })])
  for (; !signal?.aborted; await next(instance)) {
    const known = cluster.cache.tenants.get(tenant)
    const knownPlan = cluster.cache.plans.get(tenant)
    const isSeen =
      known?.metadata.generation === live?.metadata.generation &&
      knownPlan?.metadata.resourceVersion === plan?.metadata.resourceVersion
    if (instance.lastEnd() === 'done' && isSeen && readyReason(known)?.startsWith('True')) return
  }
}

/** The watches tell of the last status a moment after the pass that wrote it. */
function next(instance: Instance): Promise<void> {
  return Promise.race([instance.nextPass(), new Promise<void>(resolve => setTimeout(resolve, 50))])
}

export async function untilBlocked(stage: Stage, tenant: string, instance: Instance): Promise<void> {
  while (readyReason(stage.cluster.cache.tenants.get(tenant)) !== 'False PlanNotFound') await next(instance)
}

/** The tenant, its namespace and its tag. The server is asked when the watch has told that the first of them went. */
export async function untilGone(stage: Stage, tenant: string, signal?: AbortSignal): Promise<void> {
  const { tenants } = stage.cluster.cache
  while (!signal?.aborted && (tenants.get(tenant) !== undefined || !(await isGone(stage, tenant))))
    await new Promise(resolve => setTimeout(resolve, 100))
}

export async function isGone({ kube, planes }: Pick<Stage, 'kube' | 'planes'>, tenant: string): Promise<boolean> {
  const namespace = namespaceName(tenant)
  const leases = { fieldSelector: `spec.tenant.name=${tenant}` }
  const left = await Promise.all([
    kube.get({ ...TENANT, name: tenant }),
    kube.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }),
    ...(planes.has(tenant) ? await kube.list({ apiVersion: API_VERSION, kind: 'NetworkLease' }, leases) : []),
  ])
  return left.every(object => object === undefined)
}
