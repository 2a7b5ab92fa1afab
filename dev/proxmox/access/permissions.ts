/** Who may do what where: ACLs along a path, groups, pools, and what privilege separation leaves of it. */

import type { AclEntry, State } from '../state.ts'
import { allPrivileges } from './roles.ts'

/** Privileges that are held, each with whether it propagates. */
export type Privileges = ReadonlyMap<string, number>

/** Roles that apply, each with whether it propagates. */
type Roles = Map<string, number>

export const root = 'root@pam'

/** `ann@pve` and `app` of `ann@pve!app`; no token where it is a user. */
export function splitAuthId(authid: string): { user: string; token: string | undefined } {
  const at = authid.indexOf('!')
  return at < 0 ? { user: authid, token: undefined } : { user: authid.slice(0, at), token: authid.slice(at + 1) }
}

/** One slash between parts and at the start; undefined for what can be no path. */
export function normalizePath(path: string): string | undefined {
  const short = path.replace(/\/+/g, '/').replace(/\/$/, '')
  const normal = short === '' ? '/' : short.startsWith('/') ? short : `/${short}`
  return path !== '' && /^[A-Za-z0-9.\-_/]+$/.test(normal) ? normal : undefined
}

export function privilegesOf(state: State, authid: string, path: string): Privileges {
  if (authid === root) return new Map(allPrivileges.map(name => [name, 1]))
  const { user, token: tokenId } = splitAuthId(authid)
  if (tokenId === undefined) return privilegesOfRoles(state, rolesWithPools(state, authid, path))
  const token = state.users[user]?.tokens[tokenId]
  if (token === undefined) return new Map()
  const ofUser = privilegesOf(state, user, path)
  if (token.privsep === 0) return ofUser
  const ofToken = privilegesOfRoles(state, rolesWithPools(state, authid, path))
  if (user === root) return ofToken
  const both = [...ofToken].filter(([name]) => ofUser.has(name))
  return new Map(both.map(([name, propagates]) => [name, ofUser.get(name) && propagates ? 1 : 0]))
}

function privilegesOfRoles(state: State, roles: Roles): Privileges {
  const privileges = new Map<string, number>()
  for (const [role, propagates] of roles) {
    for (const name of state.roles[role] ?? []) privileges.set(name, privileges.get(name) || propagates)
  }
  return privileges
}

/** Members of a pool get its roles, which never propagate and never win over `NoAccess`. */
function rolesWithPools(state: State, authid: string, path: string): Roles {
  const roles = rolesAt(state, authid, path)
  if (roles.has('NoAccess')) return roles
  const ofPools = poolsOf(state, path).flatMap(pool => [...rolesAt(state, authid, `/pool/${pool}`).keys()])
  if (ofPools.includes('NoAccess')) return new Map([['NoAccess', 0]])
  for (const role of ofPools) if (!roles.has(role)) roles.set(role, 0)
  return roles
}

function poolsOf(state: State, path: string): string[] {
  const [, kind, member = ''] = /^\/(vms|storage)\/([^/]+)$/.exec(path) ?? []
  return Object.entries(state.pools)
    .filter(([, pool]) => (kind === 'vms' ? pool.vms.includes(Number(member)) : pool.storage.includes(member)))
    .map(([name]) => (kind === undefined ? '' : name))
    .filter(name => name !== '')
}

/** What is said nearer to the path replaces what was said above; a user's own entries go before those of groups. */
function rolesAt(state: State, authid: string, path: string): Roles {
  let roles: Roles = new Map()
  for (const step of stepsOf(path)) {
    const applying = state.acl.filter(entry => entry.path === step && (step === path || entry.propagate === 1))
    const of = (type: AclEntry['type'], applies: (ugid: string) => boolean) =>
      applying.filter(entry => entry.type === type && applies(entry.ugid))
    const found = [
      of('token', ugid => ugid === authid),
      of('user', ugid => ugid === authid),
      of('group', ugid => state.users[authid]?.groups.includes(ugid) ?? false),
    ].find(entries => entries.length > 0)
    if (found !== undefined) roles = new Map(found.map(({ roleid, propagate }) => [roleid, propagate]))
  }
  const noAccess = roles.get('NoAccess')
  return noAccess === undefined ? roles : new Map([['NoAccess', noAccess]])
}

function stepsOf(path: string): string[] {
  const parts = path.split('/').filter(part => part !== '')
  return ['/', ...parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)]
}

/** Every path that says something about somebody, and those of pool members. */
export function effectivePermissions(state: State, authid: string): Record<string, Record<string, number>> {
  const paths = new Set([
    ...['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'],
    ...state.acl.flatMap(({ path }) => stepsOf(path)),
    ...Object.values(state.pools).flatMap(({ vms, storage }) => [
      ...vms.map(vmid => `/vms/${vmid}`),
      ...storage.map(name => `/storage/${name}`),
    ]),
  ])
  const rows = [...paths].map(path => [path, Object.fromEntries(privilegesOf(state, authid, path))] as const)
  return Object.fromEntries(rows.filter(([, privileges]) => Object.keys(privileges).length > 0))
}
