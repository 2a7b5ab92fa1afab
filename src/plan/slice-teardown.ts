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
import { abandonHint, type LeavingSlice, type SliceTeardown } from './leaving-slice.ts'
import { isGoing } from './machine-objects.ts'
import * as names from './names.ts'
import { refOf } from './object.ts'
import type { TenantIdentity } from './release.ts'
import { leaselessOf, leaselessWave, lookedAtLater, lookedWave, ownedAs } from './slice-remains.ts'
import type { Step } from './step.ts'

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
