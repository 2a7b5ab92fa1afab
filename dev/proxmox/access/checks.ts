/** The checks that stand in tables of routes, and those that handlers make on the way. */

import { ApiError, failure, forbidden } from '../api/api-error.ts'
import { type Call, type Check, given } from '../api/route.ts'
import { userId } from '../schema/formats.ts'
import { FormatError } from '../schema/property-string.ts'
import { splitList } from '../schema/validation.ts'
import { normalizePath, privilegesOf } from './permissions.ts'

export const world: Check = () => {}
/** Whoever is logged in. */
export const anybody: Check = () => {}

/** All of the privileges on the path, in which `{poolid}` stands for a parameter. */
export const holds =
  (template: string, ...privileges: string[]): Check =>
  call =>
    mustHold(call, filled(template, call), privileges)

export const holdsAny =
  (template: string, ...privileges: string[]): Check =>
  call =>
    mustHoldAny(call, filled(template, call), privileges)

/** Only where this parameter is given; refused otherwise. */
export const withParam =
  (name: string, check: Check): Check =>
  call => {
    if (given(call, name) === undefined) throw forbidden()
    check(call)
  }

/** Its refusals are final, also as one of several ways. */
export const both = (...checks: Check[]): Check => {
  const check: Check = call => {
    for (const each of checks) each(call)
  }
  final.add(check)
  return check
}

const final = new WeakSet<Check>()

/** Says nothing about which of them was missing. */
export const either =
  (...checks: Check[]): Check =>
  call => {
    const holdsNow = (check: Check) => {
      if (!final.has(check)) return passes(() => check(call))
      check(call)
      return true
    }
    if (!checks.some(holdsNow)) throw forbidden()
  }

export function mustHold(call: Call, path: string, privileges: readonly string[]): void {
  const held = privilegesOf(call.sim.state, call.authid, path)
  const missing = privileges.find(name => !held.has(name))
  if (missing !== undefined) throw forbidden(`${path}, ${missing}`)
}

export function mustHoldAny(call: Call, path: string, privileges: readonly string[]): void {
  const held = privilegesOf(call.sim.state, call.authid, path)
  if (!privileges.some(name => held.has(name))) throw forbidden(`${path}, ${privileges.join('|')}`)
}

export const mayHold = (call: Call, path: string, ...privileges: string[]): boolean =>
  passes(() => mustHold(call, path, privileges))

export const mayHoldAny = (call: Call, path: string, ...privileges: string[]): boolean =>
  passes(() => mustHoldAny(call, path, privileges))

/** Who may give rights away: `Permissions.Modify`, or the right to make the thing itself. */
export function mustModifyPermissions(call: Call, path: string): void {
  const own = { storage: 'Datastore.Allocate', vms: 'VM.Allocate', pool: 'Pool.Allocate' } as Record<string, string>
  const [, kind = ''] = /^\/(\w+)\/.+$/.exec(path) ?? []
  mustHoldAny(call, path, ['Permissions.Modify', ...(own[kind] === undefined ? [] : [own[kind]])])
}

export const modifiesPermissions =
  (template: string): Check =>
  call => {
    const path = normalizePath(filled(template, call, false))
    if (path !== undefined) mustModifyPermissions(call, path)
  }

/** The user that the parameter names is the caller itself. */
export const isSelf: Check = call => {
  mustExist(call)
  if (given(call, 'userid') !== call.authid) throw forbidden()
}

export const allocatesInRealm: Check = call => {
  const userid = given(call, 'userid') ?? ''
  checkedUser(userid)
  mustHold(call, `/access/realm/${userid.slice(userid.lastIndexOf('@') + 1)}`, ['Realm.AllocateUser'])
}

/**
 * Rights on all groups are rights on all users; else every group that is named must be the caller's to fill, and the
 * user has to be in one of them already, unless it is about to be made.
 */
export const modifiesUser =
  (privileges: readonly string[], groups?: 'create' | 'update'): Check =>
  call => {
    if (groups !== 'create') mustExist(call)
    if (mayHoldAny(call, '/access/groups', ...privileges)) return
    const mine = Object.keys(call.sim.state.groups).filter(group =>
      mayHoldAny(call, `/access/groups/${group}`, ...privileges),
    )
    if (groups !== undefined) {
      const named = splitList(given(call, 'groups') ?? '')
      if (named.length === 0) throw forbidden(`/access/groups, ${privileges.join('|')}`)
      const foreign = named.find(group => !mine.includes(group))
      if (foreign !== undefined) throw forbidden(`/access/groups/${foreign}, ${privileges.join('|')}`)
    }
    const user = call.sim.state.users[given(call, 'userid') ?? '']
    if (groups !== 'create' && !user?.groups.some(group => mine.includes(group))) throw forbidden()
  }

export function passes(check: () => void): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}

function mustExist(call: Call): void {
  const userid = given(call, 'userid') ?? ''
  checkedUser(userid)
  if (call.sim.state.users[userid] === undefined) throw failure(`no such user ('${userid}')`)
}

/** Checks come before the parameters are looked at, so that a bad name is a plain error here. */
function checkedUser(userid: string): void {
  try {
    userId(userid)
  } catch (error) {
    throw error instanceof FormatError ? failure(error.message) : error
  }
}

function filled(template: string, call: Call, normalize = true): string {
  const path = template.replace(/\{([^}]+)\}/g, (_, name: string) => given(call, name) ?? '')
  return normalize ? (normalizePath(path) ?? path) : path
}
