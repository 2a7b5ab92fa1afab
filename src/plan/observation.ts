/**
 * What a pass has found, as plain data. Absence is stated only on proof: a place that could not be looked at is
 * `unknown` and says why.
 */
import type { TenantReleaseSpec } from '../crds/tenant-release.ts'
import type { Drift } from './drift.ts'
import type { LeavingSlice } from './leaving-slice.ts'
import type { ObjectRef } from './object.ts'
import type { UnreadyObject } from './readiness.ts'

export interface TenantObservation {
  readonly namespace: NamespaceObservation
  /** False where the right to the tenant's Secrets is lacking: nothing is known of them then, nor of the release. */
  readonly isReadable: boolean
  /** The operator's own objects of this tenant, by `refKey`. */
  readonly objects: ReadonlyMap<string, OwnedObject>
  /** Data keys of the tenant's Secrets, by Secret name; a Secret that does not exist has no entry. */
  readonly secretKeys: ReadonlyMap<string, readonly string[]>
  readonly release: ReleaseObservation
  readonly workloads: WorkloadObservation
  /** Of kinds that are not watched, by kind and name. */
  readonly unready: readonly UnreadyObject[]
  readonly drift: Drift
}

export type NamespaceObservation =
  | { readonly found: 'absent' }
  | {
      readonly found: 'present'
      readonly uid: string
      readonly terminating: boolean
      /** RFC 3339. */
      readonly createdAt?: string
      readonly labels: Readonly<Record<string, string>>
      readonly appliedDigest?: string
      /** What keeps a terminating namespace, in the words of the API server. */
      readonly remaining?: string
    }

export interface OwnedObject {
  readonly ref: ObjectRef
  readonly uid: string
  readonly appliedDigest?: string
}

export interface ReleaseObservation {
  /** The operator's own record. */
  readonly record?: ReleaseRecord
  /** The newest revision in Helm's records, whoever made it. */
  readonly latest?: { readonly revision: number; readonly status: string; readonly digest?: string }
}

export interface ReleaseRecord extends TenantReleaseSpec {
  /** Applying: old and new objects may exist. Deployed: exactly the inventory exists, and nothing is left to do. */
  readonly state: 'Applying' | 'Deployed'
}

export interface WorkloadObservation {
  readonly deployments: readonly DeploymentObservation[]
  readonly database: DatabaseObservation
  readonly ingress: IngressObservation
  /** Services with at least one ready endpoint. */
  readonly readyServices: readonly string[]
  /** Why pods do not run, volumes before the rest, each once, in a fixed order. Looked for only while something is not ready. */
  readonly podProblems: readonly PodProblem[]
  /** Of what becomes of them nobody tells. */
  readonly hasUnreadyPods: boolean
  readonly probe: ProbeResult
}

/** All Ingresses of a tenant together. */
export interface IngressObservation {
  readonly found: boolean
  readonly addresses: readonly string[]
  readonly className?: string
  readonly rules: readonly IngressRule[]
}

/** No host: whatever host is asked for. */
export interface IngressRule {
  readonly host?: string
  readonly path: string
  readonly service: string
}

/** A Deployment, or what is rolled out like one. */
export interface DeploymentObservation {
  /** A Deployment where it does not say otherwise. */
  readonly kind?: 'StatefulSet'
  readonly name: string
  readonly appliedDigest?: string
  readonly replicas: number
  readonly available: number
  readonly rolledOut: boolean
  /** The message of ReplicaFailure, such as an exceeded quota. */
  readonly failure?: string
}

export type DatabaseObservation =
  | { readonly found: 'unknown'; readonly reason: string; readonly why: string }
  | { readonly found: 'absent' }
  | {
      readonly found: 'present'
      readonly name: string
      readonly appliedDigest?: string
      readonly instances: number
      readonly readyInstances: number
      readonly primary?: string
      readonly phase?: string
      readonly phaseReason?: string
    }

export interface PodProblem {
  /** What the pod belongs to: the name of its Deployment or database cluster. */
  readonly owner: string
  readonly reason: string
  readonly message: string
  /** What `kubectl logs` takes for pods of this revision alone: others of the same owner may still serve. */
  readonly pods?: string
  /** Where the pod has several containers: the one that has the problem. */
  readonly container?: string
}

/** One HTTP request with the tenant's host through the ingress; `off` where no probe address is configured. */
export type ProbeResult =
  | { readonly result: 'off' }
  | { readonly result: 'serving' }
  | { readonly result: 'failing'; readonly message: string }

/** What a teardown has to know. It needs no valid spec: everything is found by the marks it carries. */
export interface TeardownObservation {
  readonly namespace: NamespaceObservation
  readonly release: ReleaseObservation
  readonly objects: ReadonlyMap<string, OwnedObject>
  /** Volumes bound to claims of the tenant's namespace. */
  readonly volumes: readonly VolumeObservation[]
  /** Secrets of the tenant's namespace worth keeping, and whether their copy exists. */
  readonly secrets: readonly { readonly name: string; readonly copied: boolean }[]
  /** What it has in Proxmox VE; absent where it never had anything there. */
  readonly slice?: LeavingSlice
  /** True while the CustomResourceDefinition of Tenant itself is being deleted. */
  readonly crdTerminating: boolean
}

export interface VolumeObservation {
  readonly name: string
  readonly policy: string
  readonly labels: Readonly<Record<string, string>>
  readonly phase: string
  /** RFC 3339. */
  readonly createdAt?: string
}

/** A volume that outlived the tenant with the former uid. */
export interface RetainedVolume {
  readonly volume: string
  readonly formerUid: string
}
