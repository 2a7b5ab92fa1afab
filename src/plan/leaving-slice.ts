/** What is found of the slice of Proxmox VE of a tenant that goes, and what is done about it, as data. */
import type { NetworkLease } from '../crds/parse.ts'
import * as names from './names.ts'
import type { KubeObject } from './object.ts'
import type { ProxmoxLook, ProxmoxProblem } from './proxmox-view.ts'
import type { TenantIdentity } from './release.ts'
import type { Stage } from './step.ts'

export interface LeavingSlice {
  /** Part of every mark. */
  readonly installation: string
  /** Its TenantMachines, whoever made them. */
  readonly machines: readonly KubeObject[]
  readonly leases: readonly NetworkLease[]
  /** By the name of the cluster, as far as `clustersToSearch` asks for them. */
  readonly looks: ReadonlyMap<string, ProxmoxLook>
  /** By the name of the cluster: what its pool there is called. */
  readonly pools: ReadonlyMap<string, string>
  /** What somebody has said to be this tenant's as well, although it carries the mark of a former self. */
  readonly adopted?: string
  /** Where it has, or may have, something by what its own object says: leases can be lost. */
  readonly places?: readonly Place[]
  /** Users that its spec asks for, in whatever cluster: more than that nobody knows of one that does not answer. */
  readonly wantedUsers?: readonly string[]
  /** Somebody said that all of it is to be left where it is. */
  readonly isGivenUp: boolean
  /** RFC 3339. */
  readonly now: string
}

export interface Place {
  readonly cluster: string
  /** Its status says that something was there; its spec asks for it alone. */
  readonly was: 'there' | 'wanted'
}

export interface SliceTeardown {
  readonly stages: readonly Stage[]
  /** One sentence: what this pass does or waits for. */
  readonly progress: string
  /** What it does not get over by itself. */
  readonly obstacle?: ProxmoxProblem
}

/** In words for people, wherever something in Proxmox VE stands in the way of a deletion. */
export function abandonHint({ name, uid }: TenantIdentity): string {
  return `It is tried again by itself. To leave what this tenant has in Proxmox VE there for good: kubectl annotate tenant ${name} ${names.ABANDON_ANNOTATION}=${uid}`
}
