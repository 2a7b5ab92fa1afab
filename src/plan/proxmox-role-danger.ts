/** What users of tenants could do with the roles that they may get, against the operator or their own tenant. Pure. */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { ExcessRights } from './proxmox-excess.ts'
import type { ProxmoxClusterObservation } from './proxmox-observation.ts'

const DANGERS: Readonly<Record<string, string>> = {
  'Permissions.Modify': 'give themselves and others every right on their pool',
  'Pool.Allocate': 'rewrite the mark of their pool, delete it, or let others in',
  'VM.Allocate':
    'make machines beyond their allowance, which keep their tenant from being deleted, and destroy those that they have',
  'VM.Config.Options':
    'rewrite the marks of their machines, which are then left alone and keep their tenant from being deleted',
}

/** By role, in the order of the spec; the path names the role, for it is the same in the pool of each tenant. */
export function roleDangers(
  { access }: Pick<ProxmoxClusterSpec, 'access'>,
  { roles }: Pick<ProxmoxClusterObservation, 'roles'>,
): ExcessRights[] {
  return access.tenantRoles.flatMap(role => {
    const privileges = (roles[role] ?? []).filter(privilege => privilege in DANGERS).sort()
    const allows = privileges.map(privilege => DANGERS[privilege]).join('; ')
    return privileges.length === 0 ? [] : [{ path: `role ${role}`, privileges, allows }]
  })
}
