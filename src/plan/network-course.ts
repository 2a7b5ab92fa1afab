/** What is to become of a NetworkLease: served, left alone, taken away, or kept in quarantine. Pure. */
import type { NetworkLease } from '../crds/parse.ts'
import type { ProxmoxProblem } from './proxmox-view.ts'

export interface Holder {
  /** By its uid: another tenant of that name is somebody else. */
  readonly tenant: 'alive' | 'deleting' | 'gone'
  /** Pools in Proxmox VE with its mark. */
  readonly pools: readonly string[]
  /** Users in Proxmox VE with its mark. */
  readonly users: readonly string[]
  /** Its TenantMachines. */
  readonly machines: readonly string[]
}

export type Course =
  /** Its network is to be there. Nothing new is made for a tenant that is going. */
  | { readonly course: 'serve'; readonly make: boolean }
  /** The tenant has gone and left it, which only a person can judge, if there is anything to judge. */
  | {
      readonly course: 'orphaned'
      readonly left: readonly string[]
      /** Why nobody can tell what is left. */
      readonly unseen?: string
    }
  | { readonly course: 'abandoned' }
  /** It is to go, and something still needs it. */
  | { readonly course: 'hold'; readonly by: string }
  | { readonly course: 'release' }
  | { readonly course: 'quarantine'; readonly releasedAt: string }

/** Deleting a lease by hand takes no network from a living tenant: it goes with it. */
export function courseOf({ metadata, status }: Pick<NetworkLease, 'metadata' | 'status'>, holder: Holder): Course {
  const { tenant, machines } = holder
  if (metadata.deletionTimestamp === undefined) {
    if (status?.abandoned !== undefined) return { course: 'abandoned' }
    return tenant === 'gone'
      ? { course: 'orphaned', left: leftOf(holder) }
      : { course: 'serve', make: tenant === 'alive' }
  }
  if (status?.releasedAt !== undefined) return { course: 'quarantine', releasedAt: status.releasedAt }
  if (tenant === 'alive') return { course: 'serve', make: true }
  if (machines.length > 0) return { course: 'hold', by: `TenantMachine ${[...machines].sort().join(', ')}` }
  const left = leftOf(holder)
  return left.length === 0 ? { course: 'release' } : { course: 'hold', by: left.join(' and ') }
}

/** In words. */
function leftOf({ pools, users }: Pick<Holder, 'pools' | 'users'>): string[] {
  const listed = (what: string, found: readonly string[]) =>
    found.length === 0 ? [] : [`${what} ${[...found].sort().join(', ')}`]
  return [...listed('pool', pools), ...listed('user', users)]
}

/** What is not seen is not proven to be gone. */
export function unlessBlind(course: Course, blind: ProxmoxProblem | undefined): Course {
  if (blind === undefined) return course
  const unseen = blind.message.replace(/\.$/, '')
  if (course.course === 'release') return { course: 'hold', by: `what nobody sees: ${unseen}` }
  return course.course === 'orphaned' ? { ...course, unseen } : course
}
