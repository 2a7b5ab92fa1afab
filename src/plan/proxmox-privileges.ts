/**
 * Which rights the token of a ProxmoxCluster needs, where, and in which role an administrator would give them; what of
 * them is missing, and the commands that grant it. docs/proxmox-permissions.md explains each. Pure.
 */
import type { ProxmoxClusterSpec } from '../crds/proxmox-cluster.ts'
import type { Privileges, ProxmoxClusterObservation } from './proxmox-observation.ts'

export interface Requirement {
  readonly path: string
  readonly privileges: readonly string[]
  /** The role that docs/proxmox-permissions.md has for this. */
  readonly role: string
  /** Whether the rights have to go on below the path. */
  readonly propagate: boolean
}

export interface MissingRights {
  readonly path: string
  readonly privileges: readonly string[]
  readonly command: string
}

/** On the pool that holds the pools of tenants; the rights go on to these and to the machines in them. */
const MACHINE_PRIVILEGES = [
  'Pool.Allocate',
  'Pool.Audit',
  'VM.Allocate',
  'VM.Audit',
  'VM.Config.CPU',
  'VM.Config.Disk',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.Options',
  'VM.PowerMgmt',
] as const

export function requirementsOf(spec: ProxmoxClusterSpec, observed: ProxmoxClusterObservation): Requirement[] {
  const { access, network, placement } = spec
  const given = access.tenantRoles.flatMap(role => observed.roles[role] ?? [])
  return [
    {
      path: `/pool/${access.parentPool}`,
      // A role can be given only by who has all of its rights.
      privileges: sorted([...MACHINE_PRIVILEGES, ...given]),
      role: 'TenantryMachines',
      propagate: true,
    },
    ...placement.templates.map(vmid => ({
      path: `/vms/${vmid}`,
      privileges: ['VM.Audit', 'VM.Clone'],
      role: 'TenantryTemplates',
      propagate: true,
    })),
    ...placement.storages.map(storage => ({
      path: `/storage/${storage}`,
      privileges: ['Datastore.AllocateSpace', 'Datastore.Audit'],
      role: 'TenantryStorage',
      propagate: true,
    })),
    ...networkRequirements(network, bridgePaths(observed)),
    { path: `/access/groups/${access.userGroup}`, privileges: ['User.Modify'], role: 'TenantryUsers', propagate: true },
    { path: '/access/realm/pve', privileges: ['Realm.AllocateUser'], role: 'TenantryRealm', propagate: true },
    ...(placement.nodes?.map(node => `/nodes/${node}`) ?? ['/nodes']).map(path => ({
      path,
      privileges: ['Sys.Audit'],
      role: 'TenantryNodes',
      propagate: true,
    })),
  ]
}

function networkRequirements(network: ProxmoxClusterSpec['network'], templatePaths: readonly string[]): Requirement[] {
  const own = network.type === 'bridge' ? `/sdn/zones/localnetwork/${network.bridge}` : `/sdn/zones/${network.zone}`
  const uses = templatePaths
    .filter(path => path !== own && !path.startsWith(`${own}/`))
    .map(path => ({ path, privileges: ['SDN.Use'], role: 'TenantryBridge', propagate: true }))
  if (network.type === 'bridge') {
    return [{ path: own, privileges: ['SDN.Use'], role: 'TenantryBridge', propagate: true }, ...uses]
  }
  return [
    {
      path: own,
      privileges: ['SDN.Allocate', 'SDN.Audit', 'SDN.Use'],
      role: 'TenantryNetwork',
      propagate: true,
    },
    // Applying is for the whole of the SDN; zones of others stay out of reach if the right does not go on.
    { path: '/sdn', privileges: ['SDN.Allocate'], role: 'TenantryNetworkApply', propagate: false },
    ...uses,
  ]
}

/** A clone asks for the right to use what the template is connected to, even where the clone gets another network. */
function bridgePaths({ templateBridges, vnets }: ProxmoxClusterObservation): string[] {
  const paths = templateBridges.map(bridge => {
    const zone = vnets.find(({ vnet }) => vnet === bridge)?.zone ?? 'localnetwork'
    return `/sdn/zones/${zone}/${bridge}`
  })
  return sorted(paths)
}

/** Sorted by the order of the requirements; the same for each look at the same world. */
export function missingRights(spec: ProxmoxClusterSpec, observed: ProxmoxClusterObservation): MissingRights[] {
  return requirementsOf(spec, observed).flatMap(requirement => {
    const held = effectiveOn(requirement.path, observed.permissions)
    const privileges = requirement.privileges.filter(
      privilege => held[privilege] === undefined || (requirement.propagate && !held[privilege]),
    )
    if (privileges.length === 0) return []
    return [{ path: requirement.path, privileges, command: grantCommand(requirement, observed) }]
  })
}

/** What is held on a path. Where nobody has a right on exactly this path, what goes on from above it. */
export function effectiveOn(path: string, permissions: Readonly<Record<string, Privileges>>): Privileges {
  const exact = permissions[path]
  if (exact !== undefined) return exact
  if (path === '/') return {}
  const above = effectiveOn(parentOf(path), permissions)
  return Object.fromEntries(Object.entries(above).filter(([, propagates]) => propagates))
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/**
 * Gives everything that the path needs, for what is given on a path takes the place of what goes on from above it. Right
 * for tokens with and without rights of their own. Harmless where a part is there.
 */
function grantCommand(
  { path, privileges, role, propagate }: Requirement,
  { tokenId, roles }: ProxmoxClusterObservation,
): string {
  const has = roles[role]
  const lacking = privileges.filter(privilege => !has?.includes(privilege))
  const makeRole =
    has === undefined
      ? [`pveum role add ${role} --privs "${privileges.join(' ')}"`]
      : lacking.length > 0
        ? [`pveum role modify ${role} --append 1 --privs "${lacking.join(' ')}"`]
        : []
  const [user] = tokenId.split('!')
  const grant = `pveum acl modify ${path} --roles ${role} --users ${user} --tokens '${tokenId}'`
  return [...makeRole, propagate ? grant : `${grant} --propagate 0`].join(' && ')
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
