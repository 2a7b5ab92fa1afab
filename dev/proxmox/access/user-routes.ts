/** `/access/users`: people and the accounts of programs. */

import { failure } from '../api/api-error.ts'
import { type Call, given, isOn, param, type Route } from '../api/route.ts'
import { email, groupName, userId } from '../schema/formats.ts'
import { type Format, flag, formatted, integer, listOf, optional, type Parameters, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { withUserConfig } from '../simulation.ts'
import type { Row, State, User } from '../state.ts'
import { allocatesInRealm, anybody, both, mayHoldAny, modifiesUser } from './checks.ts'
import { root } from './permissions.ts'

export const userid = formatted(userId, { maxLength: 64 })
const emailOrNone: Format = value => {
  if (value !== '' && value !== '0') email(value)
}
const about: Parameters = optional({
  comment: text({ maxLength: 2048 }),
  email: formatted(emailOrNone, { maxLength: 254 }),
  enable: flag(),
  expire: integer(0),
  firstname: text({ maxLength: 1024 }),
  groups: listOf(groupName),
  keys: text({ pattern: /[0-9a-zA-Z!=]{0,4096}/ }),
  lastname: text({ maxLength: 1024 }),
})

export const userRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/access/users',
    params: optional({ enabled: flag(), full: flag() }),
    may: anybody,
    run: listUsers,
  },
  {
    method: 'POST',
    path: '/access/users',
    params: { userid, ...about, ...optional({ password: text({ minLength: 8, maxLength: 64 }) }) },
    may: both(allocatesInRealm, modifiesUser(['User.Modify'], 'create')),
    run: call => withUserConfig(call.sim, 'create user failed', () => createUser(call)),
  },
  {
    method: 'GET',
    path: '/access/users/{userid}',
    params: { userid },
    may: modifiesUser(['User.Modify', 'Sys.Audit']),
    run: call => userRow(existingUser(call), true),
  },
  {
    method: 'PUT',
    path: '/access/users/{userid}',
    params: { userid, ...about, ...optional({ append: flag({ requires: 'groups' }) }) },
    may: modifiesUser(['User.Modify'], 'update'),
    run: call => withUserConfig(call.sim, 'update user failed', () => updateUser(call)),
  },
  {
    method: 'DELETE',
    path: '/access/users/{userid}',
    params: { userid },
    may: both(allocatesInRealm, modifiesUser(['User.Modify'])),
    run: call =>
      withUserConfig(call.sim, 'delete user failed', () => deleteUser(call.sim.state, param(call, 'userid'))),
  },
]

export function existingUser(call: Call): User {
  const id = param(call, 'userid')
  const user = call.sim.state.users[id]
  if (user === undefined) throw failure(`no such user ('${id}')`)
  return user
}

function listUsers(call: Call): Row[] {
  const { state } = call.sim
  const all = mayHoldAny(call, '/access/groups', 'User.Modify', 'Sys.Audit')
  const groups = Object.keys(state.groups).filter(group =>
    mayHoldAny(call, `/access/groups/${group}`, 'User.Modify', 'Sys.Audit'),
  )
  const enabled = given(call, 'enabled')
  return Object.entries(state.users)
    .filter(([id, user]) => all || id === call.authid || user.groups.some(group => groups.includes(group)))
    .filter(([, user]) => enabled === undefined || (user.enable === 1) === isOn(call, 'enabled'))
    .map(([id, user]) => {
      const row = userRow(user, isOn(call, 'full'))
      const realm = state.realms[id.slice(id.lastIndexOf('@') + 1)]
      return {
        ...row,
        userid: id,
        ...(Array.isArray(row.groups) ? { groups: row.groups.join(',') } : {}),
        ...(row.tokens === undefined ? {} : { tokens: tokenRows(user) }),
        ...(realm === undefined ? {} : { 'realm-type': realm.type }),
      }
    })
}

export function tokenRows({ tokens }: User): Row[] | null {
  const rows = Object.entries(tokens).map(([tokenid, { secret: _, ...info }]) => ({ tokenid, ...info }))
  return rows.length === 0 ? null : rows
}

/** The file of users has no end of line between fields: an empty address shows once a later field is set. */
function userRow(user: User, full: boolean): Row {
  const { enable, expire, firstname, lastname, email: address, comment, keys } = user
  const shown = { firstname, lastname, comment, keys }
  const set = Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined && value !== ''))
  const later = 'comment' in set || 'keys' in set
  const row: Row = { enable, expire, ...set, ...(address || later ? { email: address ?? '' } : {}) }
  if (!full) return row
  const tokens = Object.fromEntries(Object.entries(user.tokens).map(([id, { secret: _, ...info }]) => [id, info]))
  return {
    ...row,
    groups: user.groups.toSorted(),
    tokens: Object.keys(tokens).length === 0 ? null : tokens,
  }
}

function createUser(call: Call): null {
  const { state } = call.sim
  const id = param(call, 'userid')
  if (state.users[id] !== undefined) throw failure(`user '${id}' already exists`)
  const realm = id.slice(id.lastIndexOf('@') + 1)
  const password = given(call, 'password')
  if (password !== undefined && state.realms[realm] === undefined) {
    throw failure(`auth domain '${realm}' does not exist`)
  }
  const user: User = { enable: 1, expire: 0, groups: [], tokens: {} }
  fill(call, user)
  if (password !== undefined) user.password = password
  state.users[id] = user
  return null
}

function updateUser(call: Call): null {
  const user = structuredClone(existingUser(call))
  if (!isOn(call, 'append') && given(call, 'groups') !== undefined) user.groups = []
  fill(call, user)
  call.sim.state.users[param(call, 'userid')] = user
  return null
}

function fill(call: Call, user: User): void {
  const enable = given(call, 'enable')
  const expire = given(call, 'expire')
  if (enable !== undefined) user.enable = Number(enable)
  if (expire !== undefined) user.expire = Number(expire)
  for (const group of splitList(given(call, 'groups') ?? '')) {
    if (call.sim.state.groups[group] === undefined) throw failure(`no such group '${group}'`)
    if (!user.groups.includes(group)) user.groups.push(group)
  }
  for (const name of ['firstname', 'lastname', 'email', 'comment', 'keys'] as const) {
    const value = given(call, name)
    if (value !== undefined) user[name] = value
  }
}

/** Deleting who is not there is fine; root comes back with nothing but the password. */
function deleteUser(state: State, id: string): null {
  const { password } = state.users[id] ?? {}
  delete state.users[id]
  if (id === root) state.users[id] = { enable: 1, expire: 0, groups: [], tokens: {}, ...(password ? { password } : {}) }
  const isTheirs = (ugid: string) => ugid === id || ugid.startsWith(`${id}!`)
  state.acl = state.acl.filter(({ type, ugid }) => type === 'group' || !isTheirs(ugid))
  return null
}
