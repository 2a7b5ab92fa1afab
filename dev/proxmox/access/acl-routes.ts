/** `/access/acl`: who has which role on which path. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, param, type Route } from '../api/route.ts'
import { groupName, roleName, tokenId, userId } from '../schema/formats.ts'
import { flag, listOf, optional, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { withUserConfig } from '../simulation.ts'
import type { AclEntry, Row, State } from '../state.ts'
import { anybody, mayHold, modifiesPermissions, mustModifyPermissions, passes } from './checks.ts'
import { normalizePath, privilegesOf, splitAuthId } from './permissions.ts'

export const aclRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/acl', may: anybody, run: listAcl },
  {
    method: 'PUT',
    path: '/access/acl',
    params: {
      path: text(),
      roles: listOf(roleName),
      ...optional({
        delete: flag(),
        groups: listOf(groupName),
        propagate: flag(),
        tokens: listOf(tokenId),
        users: listOf(userId),
      }),
    },
    may: modifiesPermissions('{path}'),
    run: updateAcl,
  },
]

const name = '[A-Za-z0-9._-]+'
const plain = '[A-Za-z0-9]+'
const sdnKinds = `controllers(/[A-Za-z0-9_-]+)?|(dns|fabrics|ipams|prefix-lists|route-maps)(/${plain})?`
const zones = `zones(/${name}(/${name}(/[1-9][0-9]{0,3})?)?)?`
const known = new RegExp(
  `^/(access(/(groups|realm)(/${name})?)?|nodes(/${name})?|pool(/${name}){0,3}|sdn(/(${sdnKinds}|${zones}))?` +
    `|storage(/${name})?|vms(/[1-9][0-9]{2,})?|mapping(/${name}){0,2})?$`,
)

function listAcl(call: Call): Row[] {
  const all = mayHold(call, '/access', 'Sys.Audit')
  const shown = (path: string) => all || passes(() => mustModifyPermissions(call, path))
  return call.sim.state.acl.filter(({ path }) => shown(path)).map(entry => ({ ...entry }))
}

function updateAcl(call: Call): Promise<null> {
  const subjects = ['users', 'groups', 'tokens'] as const
  if (subjects.every(each => !given(call, each))) {
    throw invalid(Object.fromEntries(subjects.map(each => [each, `either 'users', 'groups' or 'tokens' is required.`])))
  }
  const path = normalizePath(param(call, 'path'))
  if (path === undefined || (!isOn(call, 'delete') && !known.test(path))) {
    throw invalid({ path: `invalid ACL path '${param(call, 'path')}'` })
  }
  return withUserConfig(call.sim, 'ACL update failed', () => changeAcl(call, path))
}

/** All or nothing: the file is written at the end. */
function changeAcl(call: Call, path: string): null {
  const { state } = call.sim
  const propagate = given(call, 'propagate') === undefined || isOn(call, 'propagate') ? 1 : 0
  let acl = state.acl
  for (const roleid of splitList(param(call, 'roles'))) {
    if (state.roles[roleid] === undefined) throw failure(`role '${roleid}' does not exist`)
    mustGive(call, path, roleid, propagate)
    for (const subject of subjectsOf(call)) {
      const entry: AclEntry = { path, ...subject, roleid, propagate }
      acl = acl.filter(other => !isSame(other, entry))
      if (!isOn(call, 'delete')) acl = [...acl, entry]
    }
  }
  state.acl = acl
  return null
}

const isSame = (a: AclEntry, b: AclEntry) =>
  a.path === b.path && a.type === b.type && a.ugid === b.ugid && a.roleid === b.roleid

function subjectsOf(call: Call): Pick<AclEntry, 'type' | 'ugid'>[] {
  const { state } = call.sim
  const listed = (parameter: string) => splitList(given(call, parameter) ?? '')
  return [
    ...listed('groups').map(ugid => {
      if (state.groups[ugid] === undefined) throw failure(`group '${ugid}' does not exist`)
      return { type: 'group' as const, ugid }
    }),
    ...listed('users').map(ugid => {
      if (state.users[ugid] === undefined) throw failure(`user '${ugid}' does not exist`)
      return { type: 'user' as const, ugid }
    }),
    ...listed('tokens').map(ugid => ({ type: 'token' as const, ugid: existingToken(state, ugid) })),
  ]
}

function existingToken(state: State, ugid: string): string {
  const { user, token = '' } = splitAuthId(ugid)
  if (state.users[user] === undefined) throw failure(`no such user ('${user}')`)
  if (state.users[user].tokens[token] === undefined) throw failure(`no such token '${token}' for user '${user}'`)
  return ugid
}

/** Who may not modify permissions gives, and takes, only what they have themselves. */
function mustGive(call: Call, path: string, roleid: string, propagate: number): void {
  const { state } = call.sim
  const held = privilegesOf(state, call.authid, path)
  if (held.has('Permissions.Modify')) return
  const verb = isOn(call, 'delete') ? 'remove' : 'add'
  const refused = (how: string, needs: string) =>
    invalid({ role: `Cannot ${verb} role '${roleid}'${how} - requires 'Permissions.Modify'${needs}` })
  for (const privilege of state.roles[roleid] ?? []) {
    if (!held.has(privilege)) throw refused('', ' or superset of privileges.')
    if (propagate === 1 && held.get(privilege) !== 1 && verb === 'add') {
      throw refused(' with propagation', ' or propagated superset of privileges.')
    }
  }
  if (roleid === 'NoAccess') throw refused('', '')
}
