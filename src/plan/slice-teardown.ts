/**
 * Taking a tenant's slice of Proxmox VE away, by its leases and by the marks on what is there, never by its spec. Pure.
 *
 *   TenantMachines  →  users, with their rights  →  pool  →  lease, until its network is gone
 *
 * Each wave starts when the one before it is seen to be done. To give up on all of it is a wave of its own, which comes first:
 * the lease then remembers what was left behind.
 */
import type { NetworkLease } from '../crds/parse.ts'
import type { TenantMachineStatus } from '../crds/tenant-machine.ts'
import { conditionOf } from './condition-set.ts'
import { isGoing } from './machine-objects.ts'
import * as names from './names.ts'
import { type KubeObject, refOf } from './object.ts'
import { formerSelfProblem, type Mark, ownershipOf, parseMark } from './proxmox-mark.ts'
import { holdingIn } from './proxmox-pool.ts'
import type { ProxmoxLook, ProxmoxProblem, ProxmoxView } from './proxmox-view.ts'
import type { TenantIdentity } from './release.ts'
import type { Stage, Step } from './step.ts'

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

/** Nothing is left to do there: undefined. */
export function planSliceTeardown(tenant: TenantIdentity, slice: LeavingSlice): SliceTeardown | undefined {
  const unremembered = slice.isGivenUp ? openLeases(slice) : []
  if (unremembered.length > 0) {
    const steps = unremembered.map(lease => abandonStep(lease, slice))
    return { stages: [{ name: 'Network', steps }], progress: 'Leaving behind what is in Proxmox VE.' }
  }
  const leaving = machineWave(tenant, slice)
  if (leaving !== undefined) return leaving
  const waves = [
    ...openLeases(slice).flatMap(lease => leaseWave(tenant, lease, slice) ?? []),
    ...leaselessOf(slice).flatMap(place => leaselessWave(tenant, place, slice) ?? []),
  ]
  return waves.find(({ stages }) => stages.length > 0) ?? waves.find(({ obstacle }) => obstacle) ?? waves[0]
}

/** Where pool and users are to be looked for now. A network is taken away only when no pool is left, so that then nothing is. */
export function clustersToSearch({ machines, isGivenUp, ...slice }: Omit<LeavingSlice, 'looks'>): string[] {
  if (machines.length > 0 && !isGivenUp) return []
  const held = openLeases(slice).flatMap(({ spec, status }) => (status?.releasedAt === undefined ? [spec.cluster] : []))
  return [...held, ...leaselessOf({ ...slice, isGivenUp }).map(({ cluster }) => cluster)]
}

/** There is nothing to remember by what was given up there. */
function leaselessOf({
  leases,
  places = [],
  isGivenUp,
}: Pick<LeavingSlice, 'leases' | 'places' | 'isGivenUp'>): Place[] {
  return isGivenUp ? [] : places.filter(({ cluster }) => !leases.some(({ spec }) => spec.cluster === cluster))
}

/** In words for people, wherever something in Proxmox VE stands in the way of a deletion. */
export function abandonHint({ name, uid }: TenantIdentity): string {
  return `It is tried again by itself. To leave what this tenant has in Proxmox VE there for good: kubectl annotate tenant ${name} ${names.ABANDON_ANNOTATION}=${uid}`
}

function openLeases({ leases }: Pick<LeavingSlice, 'leases'>): NetworkLease[] {
  return leases
    .filter(({ status }) => status?.abandoned === undefined)
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
}

function abandonStep({ metadata, spec }: NetworkLease, slice: LeavingSlice): Step {
  const { machines, pools, now, looks, installation, adopted, wantedUsers = [] } = slice
  const look = looks.get(spec.cluster)
  const mark = { installation, tenant: spec.tenant }
  const seen = look?.found === 'view' ? look.view.users.flatMap(found => ownedAs(found, mark, adopted)) : undefined
  const isCertain = look?.found === 'view' && look.blind === undefined
  const users = new Set([...(seen ?? []).map(({ user }) => user), ...(isCertain ? [] : wantedUsers)])
  const left = machines.map(({ metadata, status }) => {
    const { vmid } = (status ?? {}) as Partial<TenantMachineStatus>
    return { name: metadata.name, ...(vmid === undefined ? {} : { vmid }) }
  })
  return {
    do: 'kube.abandonLease',
    lease: metadata.name,
    uid: metadata.uid ?? '',
    abandoned: { at: now, pool: pools.get(spec.cluster) ?? spec.tenant.name, machines: left, users: [...users].sort() },
  }
}

/** What another pass is about, in the words of the machine's condition Deleting. */
const ON_THEIR_WAY: ReadonlySet<string> = new Set(['Stopping', 'Destroying', 'Working', 'Moving', 'Adopting'])

function machineWave(tenant: TenantIdentity, { machines, isGivenUp }: LeavingSlice): SliceTeardown | undefined {
  if (machines.length === 0) return undefined
  const all = [...machines].sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
  const staying = all.filter(machine => !isGoing(machine))
  if (staying.length > 0) {
    const steps = staying.map(
      (machine): Step => ({ do: 'kube.delete', ref: refOf(machine), uid: machine.metadata.uid ?? '' }),
    )
    const progress = `Deleting machines ${staying.map(({ metadata }) => metadata.name).join(', ')}.`
    return { stages: [{ name: 'Machines', steps }], progress }
  }
  const told = all.map(({ metadata, status }) => {
    const deleting = conditionOf(status as TenantMachineStatus | undefined, 'Deleting')
    return { name: metadata.name, reason: deleting?.reason, why: deleting === undefined ? '' : `: ${deleting.message}` }
  })
  const stuck = told.find(({ reason }) => reason !== undefined && !ON_THEIR_WAY.has(reason))
  const progress = `Waiting until machines are gone: ${told.map(({ name }) => name).join(', ')}.`
  if (stuck?.reason === undefined || isGivenUp) return { stages: [], progress }
  const message = `${progress} ${stuck.name}${stuck.why} ${abandonHint(tenant)}`
  return { stages: [], progress, obstacle: { reason: stuck.reason, message } }
}

function leaseWave(
  tenant: TenantIdentity,
  { metadata, spec, status }: NetworkLease,
  slice: LeavingSlice,
): SliceTeardown | undefined {
  // In quarantine the tag is nobody's, and whoever holds the cluster sees it through.
  if (metadata.deletionTimestamp !== undefined && status?.releasedAt !== undefined) return undefined
  const { cluster, tag } = spec
  const look = slice.looks.get(cluster)
  if (look === undefined && status?.releasedAt === undefined) return lookedAtLater(cluster)
  // The lease is what it would be found by later.
  const wave = look && lookedWave(tenant, { cluster, look }, slice)
  if (wave !== undefined) return wave
  if (metadata.deletionTimestamp === undefined) {
    const ref = { apiVersion: names.API_VERSION, kind: 'NetworkLease', name: metadata.name }
    const steps: Step[] = [{ do: 'kube.delete', ref, uid: metadata.uid ?? '' }]
    return { stages: [{ name: 'Network', steps }], progress: `Giving back VLAN ${tag} of cluster ${cluster}.` }
  }
  const ready = conditionOf(status, 'Ready')
  const why = ready === undefined || ready.status === 'True' ? '' : ` ${ready.message}`
  return { stages: [], progress: `Waiting until the network of VLAN ${tag} of cluster ${cluster} is gone.${why}` }
}

/** Of one whose lease was lost: what is seen of it goes, and where something was, nobody takes what is not seen for gone. */
function leaselessWave(
  tenant: TenantIdentity,
  { cluster, was }: Place,
  slice: LeavingSlice,
): SliceTeardown | undefined {
  const look = slice.looks.get(cluster)
  if (look === undefined) return lookedAtLater(cluster)
  const wave = lookedWave(tenant, { cluster, look }, slice)
  if (wave !== undefined && (wave.stages.length > 0 || was === 'there')) return wave
  if (look.found === 'unknown') return undefined
  const { network } = look.spec
  const hasVnet = look.view.vnets.some(({ zone, tag, alias, state }) => {
    const isKept = zone === network.zone && tag !== undefined && state !== 'deleted'
    return isKept && ownershipOf(alias, { installation: slice.installation, tenant }) === 'own'
  })
  return hasVnet ? { stages: [], progress: `Waiting until its lease on cluster ${cluster} is made again.` } : undefined
}

function lookedAtLater(cluster: string): SliceTeardown {
  return { stages: [], progress: `Cluster ${cluster} is looked at when the release is gone.` }
}

/** Users, then the pool, then what stands in the way of knowing that nothing is left; undefined where nothing is. */
function lookedWave(
  tenant: TenantIdentity,
  { cluster, look }: { readonly cluster: string; readonly look: ProxmoxLook },
  { installation, adopted }: LeavingSlice,
): SliceTeardown | undefined {
  const unseen = ({ reason, message }: ProxmoxProblem): SliceTeardown => ({
    stages: [],
    progress: `Looking for what is left on cluster ${cluster}.`,
    obstacle: { reason, message: `${message} ${abandonHint(tenant)}` },
  })
  if (look.found === 'unknown') return unseen(look.problem)
  const mark = { installation, tenant }
  const users = look.view.users.flatMap(found => ownedAs(found, mark, adopted))
  if (users.length > 0) {
    const steps = users.map(({ user, mark }): Step => ({ do: 'proxmox.deleteUser', cluster, user, mark }))
    const told = users.map(({ user }) => user).sort()
    return { stages: [{ name: 'Users', steps }], progress: `Deleting users ${told.join(', ')}.` }
  }
  const pools = look.view.pools.flatMap(found => ownedAs(found, mark, adopted))
  if (pools.length > 0) {
    const steps = pools.map(({ pool, mark }): Step => ({ do: 'proxmox.deletePool', cluster, pool, mark }))
    return { stages: [{ name: 'Pool', steps }], progress: `Deleting pool ${pools.map(({ pool }) => pool).join(', ')}.` }
  }
  const estranged = estrangedProblem(look.view, mark, cluster)
  const obstacle = estranged ?? look.blind
  return obstacle && unseen(obstacle)
}

type Owner = Pick<Mark, 'installation' | 'tenant'>

/** With the mark that it carries: its own, or that of a former self that was adopted. */
function ownedAs<T extends { readonly comment?: string }>(
  found: T,
  own: Owner,
  adopted: string | undefined,
): (T & { readonly mark: Owner })[] {
  const holding = holdingIn(found, own)
  if (holding.is === 'own') return [{ ...found, mark: own }]
  return holding.is === 'former' && holding.key === adopted ? [{ ...found, mark: holding.former }] : []
}

/** What this very tenant has there under another id of the installation: nobody would find it again. */
function estrangedProblem({ users, pools }: ProxmoxView, own: Owner, cluster: string): ProxmoxProblem | undefined {
  const named = [
    ...users.map(({ user, comment }) => ({ what: `User ${user}`, comment })),
    ...pools.map(({ pool, comment }) => ({ what: `Pool ${pool}`, comment })),
  ]
  const problems = named.flatMap(({ what, comment }) => {
    const mark = parseMark(comment)
    const isEstranged = mark?.tenant.uid === own.tenant.uid && ownershipOf(comment, own) === 'former'
    return isEstranged ? [formerSelfProblem(`${what} of cluster ${cluster}`, mark, own)] : []
  })
  return problems[0]
}
