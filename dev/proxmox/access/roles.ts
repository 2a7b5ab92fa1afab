/** The privileges there are, and the roles that come with an installation. */

interface PrivilegeGroup {
  /** Only `Administrator` has them. */
  root?: readonly string[]
  admin?: readonly string[]
  user?: readonly string[]
  audit?: readonly string[]
}

const groups: Readonly<Record<string, PrivilegeGroup>> = {
  VM: {
    admin: [
      ...['Disk', 'CPU', 'Memory', 'Network', 'HWType', 'Options'].map(part => `VM.Config.${part}`),
      'VM.Allocate',
      'VM.Clone',
      'VM.GuestAgent.Unrestricted',
      'VM.Migrate',
      'VM.Replicate',
      'VM.Snapshot',
      'VM.Snapshot.Rollback',
    ],
    user: [
      'VM.Config.CDROM',
      'VM.Config.Cloudinit',
      'VM.Console',
      'VM.Backup',
      'VM.GuestAgent.FileRead',
      'VM.GuestAgent.FileSystemMgmt',
      'VM.GuestAgent.FileWrite',
      'VM.PowerMgmt',
    ],
    audit: ['VM.Audit', 'VM.GuestAgent.Audit'],
  },
  Sys: {
    root: ['Sys.PowerMgmt', 'Sys.Modify', 'Sys.Incoming', 'Sys.AccessNetwork'],
    admin: ['Sys.Console', 'Sys.Syslog'],
    audit: ['Sys.Audit'],
  },
  Datastore: {
    admin: ['Datastore.Allocate', 'Datastore.AllocateTemplate'],
    user: ['Datastore.AllocateSpace'],
    audit: ['Datastore.Audit'],
  },
  SDN: { admin: ['SDN.Allocate', 'SDN.Audit'], user: ['SDN.Use'], audit: ['SDN.Audit'] },
  User: { root: ['Realm.Allocate'], admin: ['User.Modify', 'Group.Allocate', 'Realm.AllocateUser'] },
  Pool: { admin: ['Pool.Allocate'], user: ['Pool.Audit'], audit: ['Pool.Audit'] },
  Mapping: { admin: ['Mapping.Modify'], user: ['Mapping.Use'], audit: ['Mapping.Audit'] },
}

export const allPrivileges: readonly string[] = [
  ...new Set([
    'Permissions.Modify',
    ...Object.values(groups).flatMap(({ root = [], admin = [], user = [], audit = [] }) => [
      ...root,
      ...admin,
      ...user,
      ...audit,
    ]),
  ]),
]

export function builtInRoles(): Record<string, string[]> {
  const roles: Record<string, string[]> = { NoAccess: [], Administrator: [...allPrivileges] }
  const give = (role: string, privileges: readonly string[]) => {
    roles[role] = [...new Set([...(roles[role] ?? []), ...privileges])]
  }
  for (const [name, { admin = [], user = [], audit = [] }] of Object.entries(groups)) {
    const all = [...admin, ...user, ...audit]
    give(`PVE${name}Admin`, all)
    give('PVEAdmin', name === 'Mapping' ? all.filter(privilege => privilege !== 'Mapping.Modify') : all)
    if (user.length > 0) give(`PVE${name}User`, [...user, ...audit])
    give('PVEAuditor', audit)
  }
  give('PVETemplateUser', ['VM.Clone', 'VM.Audit'])
  return roles
}

const special = new Set(Object.keys(builtInRoles()))
export const isBuiltInRole = (role: string) => special.has(role)
