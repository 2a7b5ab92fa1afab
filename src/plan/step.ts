/** What a pass may do to the world, as plain JSON: no functions, no clients, no secret values. */
import type { NetworkLeaseStatus } from '../crds/network-lease.ts'
import type { KubeObject, ObjectRef } from './object.ts'
import type { ProxmoxStep } from './proxmox-step.ts'
import type { DesiredRelease, TenantIdentity } from './release.ts'

/** A Secret whose values the cluster's writer makes up once; nobody else ever sees or replaces them. */
export interface SecretTemplate {
  readonly object: KubeObject
  /** Plain values, such as a user name. */
  readonly plain: Readonly<Record<string, string>>
  /** Keys that get this many random bytes, written as base64url. */
  readonly randomBytes: Readonly<Record<string, number>>
}

export type Step =
  /** Server-side apply as the operator. */
  | { readonly do: 'kube.apply'; readonly object: KubeObject }
  /** Creates the Secret unless it exists; an existing one is never changed. */
  | { readonly do: 'kube.createSecret'; readonly secret: SecretTemplate }
  /** Deletes exactly the object with this uid; absent counts as done. */
  | { readonly do: 'kube.delete'; readonly ref: ObjectRef; readonly uid: string }
  /** Sets what becomes of a volume when its claim goes, and marks whose it was. */
  | {
      readonly do: 'kube.setVolumePolicy'
      readonly volume: string
      readonly policy: 'Retain' | 'Delete'
      readonly labels: Readonly<Record<string, string>>
    }
  /** Copies a Secret, values unseen, under another name and with other labels. */
  | { readonly do: 'kube.copySecret'; readonly from: ObjectRef; readonly to: KubeObject }
  /** Writes into the status of a NetworkLease what its tenant leaves behind in Proxmox VE. */
  | {
      readonly do: 'kube.abandonLease'
      readonly lease: string
      readonly uid: string
      readonly abandoned: NonNullable<NetworkLeaseStatus['abandoned']>
    }
  /** Adds or removes the finalizer of the Tenant. */
  | { readonly do: 'kube.setFinalizer'; readonly tenant: TenantIdentity; readonly present: boolean }
  /** Renders the chart and brings the cluster to it: applies what changed, prunes what is gone, writes Helm's record. */
  | { readonly do: 'helm.upgrade'; readonly release: DesiredRelease }
  /** Applies these objects of the deployed revision again, from Helm's record of it: nothing is rendered. */
  | { readonly do: 'helm.repair'; readonly release: DesiredRelease; readonly objects: readonly ObjectRef[] }
  /** Takes the release away, one wave each time it is called. */
  | {
      readonly do: 'helm.uninstall'
      readonly release: string
      readonly namespace: string
      readonly tenant: TenantIdentity
      /** As `helm uninstall --no-hooks`. */
      readonly skipHooks?: true
    }
  | ProxmoxStep

/** Steps that belong together: each is tried even where another failed, and a failed stage stops the later ones. */
export interface Stage {
  readonly name: StageName
  readonly steps: readonly Step[]
}

export type StageName =
  | 'Observation'
  | 'Finalizer'
  | 'Namespace'
  | 'Access'
  | 'Policies'
  | 'Credentials'
  | 'Release'
  | 'Pool'
  | 'Users'
  | 'Machines'
  | 'Network'
  | 'Retention'
  | 'Teardown'
