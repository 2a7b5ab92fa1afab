/** Which rights the token of a ProxmoxCluster has beyond what it needs, and what somebody who steals it could do. Pure. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ProxmoxClusterObservation } from './proxmox-observation.ts'
import { effectiveOn, parentOf, requirementsOf } from './proxmox-privileges.ts'

export interface ExcessRights {
  readonly path: string
  readonly privileges: readonly string[]
  readonly allows: string
}

/** The worst first. */
const DANGERS: readonly [RegExp, string][] = [
  // Whoever may edit all users makes a token of root@pam without privilege separation.
  [/^User\.Modify$/, 'edit other users; on /access/groups or above, make a token of root@pam, which may do everything'],
  [/^Permissions\.Modify$/, 'give itself every right there'],
  [/^Sys\.(?:Modify|Console|PowerMgmt|Incoming|AccessNetwork)$/, 'change, switch off or take over nodes and cluster'],
  [/^Realm\.Allocate$/, 'change how users log in'],
  [/^Group\.Allocate$/, 'make and delete groups'],
  [/^Realm\.AllocateUser$/, 'make and delete users'],
  [/^VM\./, 'change or destroy machines that are not of tenants'],
  [/^Pool\./, 'change pools that are not of tenants'],
  [/^Datastore\./, 'fill or empty storages that are not for tenants'],
  [/^SDN\./, 'change networks that are not of tenants'],
  [/^Mapping\./, 'use devices of the nodes'],
]

/** Reading is no danger here: it is noticed by its path alone, and often wanted. */
const READING = /\.Audit$/

/** What the documented role for the parent pool had in earlier versions, and may keep. */
const ONCE_NEEDED = ['VM.Config.CDROM', 'VM.Config.HWType', 'VM.GuestAgent.Audit', 'VM.Monitor']

/** On the topmost path that has them; nothing is said again for the paths to which they go on. */
export function excessRights(spec: ProxmoxClusterSpec, observed: ProxmoxClusterObservation): ExcessRights[] {
  const allowed = allowedBy(spec, observed)
  const excessOn = (path: string) =>
    Object.entries(effectiveOn(path, observed.permissions))
      .filter(([privilege, propagates]) => !READING.test(privilege) && !allowed(path, privilege, propagates))
      .map(([privilege]) => privilege)
  return Object.keys(observed.permissions)
    .sort()
    .flatMap(path => {
      const above = path === '/' ? {} : effectiveOn(parentOf(path), observed.permissions)
      const privileges = excessOn(path)
        .filter(privilege => above[privilege] !== true || allowed(parentOf(path), privilege, true))
        .sort()
      return privileges.length === 0 ? [] : [{ path, privileges, allows: dangersOf(privileges) }]
    })
    .slice(0, MOST)
}

const MOST = 64

function dangersOf(privileges: readonly string[]): string {
  const found = DANGERS.filter(([pattern]) => privileges.some(privilege => pattern.test(privilege)))
  return found.length === 0 ? 'do more than is needed' : found.map(([, danger]) => danger).join('; ')
}

/**
 * On the path that needs it, and below where it has to go on; going on where it need not is too much. A machine in a pool
 * of tenants is below that pool.
 */
function allowedBy(
  spec: ProxmoxClusterSpec,
  observed: ProxmoxClusterObservation,
): (path: string, privilege: string, propagates: boolean) => boolean {
  const path = `/pool/${spec.access.parentPool}`
  const allowed = [...requirementsOf(spec, observed), { path, privileges: ONCE_NEEDED, propagate: true }]
  const pools = new Map(observed.guests.map(({ vmid, pool }) => [`/vms/${vmid}`, pool]))
  return (path, privilege, propagates) => {
    const pool = pools.get(path)
    const places = pool === undefined ? [path] : [path, `/pool/${pool}`]
    return allowed.some(
      ({ path: needed, privileges, propagate }) =>
        privileges.includes(privilege) &&
        places.some(place =>
          propagate ? place === needed || place.startsWith(`${needed}/`) : place === needed && !propagates,
        ),
    )
  }
}
