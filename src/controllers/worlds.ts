/** The outside worlds as the passes see them. world-connection.ts ties them to the real ones. */
import type { InventoryEntry } from '../crds/tenant-release.ts'
import type { ObservedRelease } from '../helm/observe.ts'
import type { DriftFindings } from '../kube/drift.ts'
import type { ProbeTarget } from '../kube/probe.ts'
import type { ReadinessFindings } from '../kube/readiness.ts'
import type { TenantCache } from '../kube/tenant-cache.ts'
import type { ChartRequest } from '../plan/chart-resolution.ts'
import type { ExpectedObject } from '../plan/drift.ts'
import type { Neighbours } from '../plan/network-policies.ts'
import type { KubeObject, ObjectRef } from '../plan/object.ts'
import type { RetainedVolume, TeardownObservation, TenantObservation } from '../plan/observation.ts'
import type { ProxmoxLook } from '../plan/proxmox-view.ts'
import type { Chart, TenantIdentity } from '../plan/release.ts'
import type { Step } from '../plan/step.ts'

export interface Worlds {
  readonly cache: TenantCache
  readonly charts: ChartWorld
  readonly proxmox: ProxmoxWorld
  neighbours(): Neighbours
  /** `secretKeys`, where given, are taken for what is there. */
  observeKube(
    tenant: TenantIdentity,
    target: ProbeTarget,
    secretKeys?: TenantObservation['secretKeys'],
  ): Promise<Omit<TenantObservation, 'release' | 'unready' | 'drift'>>
  observeTeardown(tenant: TenantIdentity): Promise<Omit<TeardownObservation, 'release'>>
  observeRelease(tenant: TenantIdentity): Promise<ObservedRelease>
  /** Data keys of those of these Secrets of the tenant that exist; undefined while the right to look is not there. */
  observeSecrets(tenant: TenantIdentity, secrets: readonly string[]): Promise<SecretKeys | undefined>
  /** Of what was applied in full before, what was deleted or edited since; what is not watched only with `inFull`. */
  observeDrift(expected: readonly ExpectedObject[], tenant: TenantIdentity, inFull: boolean): Promise<DriftFindings>
  /** Which of these objects of the tenant's release say that they are not ready. */
  observeReadiness(entries: readonly InventoryEntry[], tenant: TenantIdentity): Promise<ReadinessFindings>
  /** Volumes left behind by a former tenant of the same name. */
  observeRetained(tenant: TenantIdentity): RetainedVolume[]
  /** Its NetworkLeases, asked of the API server itself. */
  observeLeases(tenant: TenantIdentity): Promise<KubeObject[]>
  /** Those of these TenantMachines of the tenant that exist, asked of the API server itself. */
  observeMachines(tenant: TenantIdentity, machines: readonly string[]): Promise<KubeObject[]>
  /** `release`: as this pass saw it; without it, it is looked at. */
  applyStep(step: Step, release?: ObservedRelease): Promise<StepResult>
  recordEvent(about: KubeObject, event: TenantEvent): void
}

/** By the name of the Secret. */
export type SecretKeys = ReadonlyMap<string, readonly string[]>

/** Where charts come from. Archives are kept on this disk, and had again where they are gone. */
export interface ChartWorld {
  /** The chart in the operator's image of this name. @throws HelmError ChartNotFound */
  named(name: string): Promise<Chart>
  /** Asks the repository. */
  resolve(request: ChartRequest): Promise<Chart>
  /** Makes the kinds that the chart of this digest, resolved just before, brings and the cluster lacks. */
  createKinds(digest: string): Promise<void>
}

/** All Proxmox VE clusters. One look at a cluster serves every pass that asks meanwhile. */
export interface ProxmoxWorld {
  /** Uid of the operator's namespace, by which its marks are told from those of other operators. */
  installation(): string
  /** Never throws for what Proxmox VE does. */
  look(cluster: string, freshness: Freshness): Promise<ProxmoxLook>
}

export interface Freshness {
  /** The look began after the last step for this tenant that this process carried out there. */
  readonly tenant: string
  /** And is younger than that. */
  readonly youngerThanMs: number
  /** Whoever has something else to do meanwhile waits no longer: the look goes on, for the next one who asks. */
  readonly patienceMs?: number
}

/** `waitingFor` is what an accepted step has still to bring about, in words for people; empty when nothing is. */
export interface StepResult {
  readonly waitingFor: readonly string[]
  /** The task of Proxmox VE that is to bring it about. */
  readonly task?: string
  /** Of a release: which is deployed now. */
  readonly revision?: number
  /** What was to be made was there already, and was left as it is. */
  readonly metOther?: boolean
}

export interface TenantEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** `Cluster db`, for sentences. */
export function refText({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}
