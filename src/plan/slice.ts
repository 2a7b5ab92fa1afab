/**
 * A tenant's slice of a Proxmox VE cluster: what it should have there, what was found, and the steps to it. Pure.
 *
 *   NetworkLease is there ─▶ pool ─▶ users, with passwords from Secrets ─▶ rights on the pool
 *   namespace is there    ─▶ a TenantMachine for each of its machines; the guests are made by another pass
 */
import type { NetworkLease } from '../crds/parse.ts'
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { TenantSpec } from '../crds/tenant.ts'
import type { StepFailure } from './failure.ts'
import { desiredMachines, machineSteps } from './machine-objects.ts'
import * as names from './names.ts'
import type { KubeObject } from './object.ts'
import { holdingOf, poolSteps, type SlicePlace } from './proxmox-pool.ts'
import { userSteps } from './proxmox-users.ts'
import type { ProxmoxLook } from './proxmox-view.ts'
import type { TenantIdentity } from './release.ts'
import type { Stage } from './step.ts'

export interface DesiredSlice {
  readonly tenant: TenantIdentity
  readonly proxmox: NonNullable<TenantSpec['proxmox']>
  readonly machines: readonly KubeObject[]
  /** A former self of this tenant, by its uid or as `<installation>/<uid>`: what carries its mark is its own, somebody said. */
  readonly adopted?: string
}

export interface SliceObservation {
  /** Part of every mark. */
  readonly installation: string
  /** As far as its spec is valid, whether anybody answers there or not. */
  readonly cluster?: ProxmoxClusterSpec
  readonly look: ProxmoxLook
  /** Of the cluster, of all tenants. */
  readonly leases: readonly NetworkLease[]
  /** False until there is a namespace of this tenant to put anything in. */
  readonly hasNamespace: boolean
  /** TenantMachines in that namespace. */
  readonly machines: readonly KubeObject[]
  /** By name, those that were put back so often within a short time that somebody must be undoing it. */
  readonly held?: readonly string[]
  /** Of the Secrets of its users, those that exist; absent while nobody can say. */
  readonly secrets?: ReadonlySet<string>
}

/** A pass over the slice. */
export interface SliceFindings {
  readonly desired: DesiredSlice
  readonly observed: SliceObservation
  readonly failures: readonly StepFailure[]
}

/** Undefined for a tenant that has no part of any Proxmox VE cluster. */
export function desiredSlice(
  tenant: TenantIdentity,
  spec: Pick<TenantSpec, 'proxmox' | 'machines'>,
  annotations: Readonly<Record<string, string>> = {},
): DesiredSlice | undefined {
  if (spec.proxmox === undefined) return undefined
  const adopted = annotations[names.ADOPT_ANNOTATION]
  return {
    tenant,
    proxmox: spec.proxmox,
    machines: desiredMachines(tenant, spec),
    ...(adopted === undefined ? {} : { adopted }),
  }
}

/** The lease that is this tenant's. One that was deleted by hand goes with the tenant; one in quarantine is nobody's any more. */
export function ownLease(
  { tenant, proxmox }: DesiredSlice,
  { leases }: Pick<SliceObservation, 'leases'>,
): NetworkLease | undefined {
  return leases.find(
    ({ spec, status }) =>
      spec.tenant.uid === tenant.uid && spec.cluster === proxmox.cluster && status?.releasedAt === undefined,
  )
}

/** Two runs that do not wait for each other: objects in Kubernetes, and what is in Proxmox VE. */
export interface SlicePlan {
  readonly kube: readonly Stage[]
  readonly proxmox: readonly Stage[]
}

export function planSlice(desired: DesiredSlice, observed: SliceObservation): SlicePlan {
  const { tenant, machines } = desired
  const { hasNamespace, held } = observed
  const kube: Stage[] = [
    { name: 'Machines', steps: hasNamespace ? machineSteps(tenant, machines, observed.machines, held) : [] },
  ]
  return { kube: withSteps(kube), proxmox: withSteps(proxmoxStages(desired, observed)) }
}

/** Whoever deletes the tenant finds all of it by its leases, so that nothing is made without one. */
export function sliceOf(desired: DesiredSlice, observed: SliceObservation): SlicePlace | undefined {
  const { look, installation } = observed
  const lease = ownLease(desired, observed)
  if (look.found === 'unknown' || lease === undefined) return undefined
  return {
    cluster: desired.proxmox.cluster,
    spec: look.spec,
    view: look.view,
    mark: { installation, tenant: desired.tenant, vlan: lease.spec.tag },
    mayMake: look.lacking === undefined,
  }
}

function proxmoxStages(desired: DesiredSlice, observed: SliceObservation): Stage[] {
  const place = sliceOf(desired, observed)
  if (place === undefined) return []
  const pool = poolSteps(place, desired.adopted)
  if (pool.length > 0) return [{ name: 'Pool', steps: pool }]
  if (holdingOf(place).is !== 'own') return []
  return userSteps(place, desired, observed.secrets).map(steps => ({ name: 'Users', steps }))
}

function withSteps(stages: readonly Stage[]): Stage[] {
  return stages.filter(({ steps }) => steps.length > 0)
}
