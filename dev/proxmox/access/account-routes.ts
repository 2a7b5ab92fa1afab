/** `/access/ticket`, `password`, `permissions`, `domains`: logging in, and what one may do. */

import { failure, forbidden } from '../api/api-error.ts'
import { type Call, given, param, type Route } from '../api/route.ts'
import { digestOf } from '../firewall/scopes.ts'
import { realm, userId } from '../schema/formats.ts'
import { flag, formatted, integer, listOf, optional, text } from '../schema/property.ts'
import { FormatError } from '../schema/property-string.ts'
import { splitList } from '../schema/validation.ts'
import type { Row } from '../state.ts'
import { isConsoleTicket, isEnabled, newCsrfToken, newTicket, verifiedTicket, wrongPassword } from './authenticate.ts'
import {
  allocatesInRealm,
  anybody,
  both,
  either,
  holdsAny,
  isSelf,
  mayHold,
  modifiesUser,
  mustHold,
  world,
} from './checks.ts'
import { effectivePermissions, normalizePath, privilegesOf, splitAuthId } from './permissions.ts'
import { allPrivileges } from './roles.ts'

const privilege = (value: string) => {
  if (!allPrivileges.includes(value)) throw new FormatError(`invalid privilege '${value}'`)
}

export const accountRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/access',
    may: anybody,
    run: () =>
      ['users', 'groups', 'roles', 'acl', 'domains', 'openid', 'tfa', 'ticket', 'password'].map(subdir => ({ subdir })),
  },
  // Nobody here has a second factor.
  { method: 'GET', path: '/access/tfa', may: anybody, run: () => [] },
  { method: 'GET', path: '/access/ticket', may: world, run: () => null },
  {
    method: 'POST',
    path: '/access/ticket',
    onlyTickets: true,
    params: {
      username: text({ maxLength: 64 }),
      password: text(),
      ...optional({
        'new-format': flag(),
        otp: text(),
        path: text({ maxLength: 64, requires: 'privs' }),
        privs: listOf(privilege, { maxLength: 64, requires: 'path' }),
        realm: formatted(realm, { maxLength: 32 }),
        'tfa-challenge': text(),
      }),
    },
    may: world,
    run: logIn,
  },
  {
    method: 'POST',
    path: '/access/vncticket',
    params: {
      authid: text({ maxLength: 64 }),
      path: text({ maxLength: 64 }),
      privs: listOf(privilege, { maxLength: 64 }),
      vncticket: text(),
      ...optional({ port: integer() }),
    },
    may: world,
    run: verifyConsole,
  },
  {
    method: 'PUT',
    path: '/access/password',
    onlyTickets: true,
    params: {
      userid: formatted(userId, { maxLength: 64 }),
      password: text({ minLength: 8, maxLength: 64 }),
      ...optional({ 'confirmation-password': text({ minLength: 5, maxLength: 64 }) }),
    },
    may: either(isSelf, both(allocatesInRealm, modifiesUser(['User.Modify']))),
    run: changePassword,
  },
  {
    method: 'GET',
    path: '/access/permissions',
    params: optional({
      path: text(),
      userid: text({ pattern: /[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+(?:![A-Za-z][A-Za-z0-9.\-_]+)?/ }),
    }),
    may: anybody,
    run: permissions,
  },
  {
    method: 'GET',
    path: '/access/domains',
    may: world,
    run: ({ sim }) => Object.entries(sim.state.realms).map(([name, rest]) => ({ realm: name, ...rest })),
  },
  {
    method: 'GET',
    path: '/access/domains/{realm}',
    params: { realm: formatted(realm, { maxLength: 32 }) },
    may: holdsAny('/access/realm', 'Realm.Allocate', 'Sys.Audit'),
    run: call => {
      const { realms } = call.sim.state
      const found = realms[param(call, 'realm')]
      if (found === undefined) throw failure(`domain '${param(call, 'realm')}' does not exist`)
      return { ...found, digest: digestOf(realms) }
    },
  },
]

function logIn(call: Call): Row {
  const { sim } = call
  const inRealm = given(call, 'realm')
  const username = `${param(call, 'username')}${inRealm === undefined ? '' : `@${inRealm}`}`
  const password = param(call, 'password')
  if (!isEnabled(sim, username) || !proves(call, username, password)) throw wrongPassword()
  const path = given(call, 'path')
  if (path !== undefined) {
    const privileges = splitList(param(call, 'privs'))
    if (privileges.length === 0 || !mayHold({ ...call, authid: username }, path, ...privileges)) throw wrongPassword()
  }
  const proof =
    path === undefined ? { ticket: newTicket(sim, username), CSRFPreventionToken: newCsrfToken(sim, username) } : {}
  const cluster = sim.state.nodes.length > 1 && mayHold({ ...call, authid: username }, '/', 'Sys.Audit')
  return { ...proof, username, cap: capabilities(call, username), ...(cluster ? { clustername: 'sim' } : {}) }
}

/** A password, or a ticket of the same user; root's opens every account. */
function proves({ sim }: Call, username: string, password: string): boolean {
  const holder = verifiedTicket(sim, password)
  if (holder !== undefined) return holder === username || holder === 'root@pam'
  return sim.state.users[username]?.password === password && password !== ''
}

function verifyConsole(call: Call): null {
  const path = normalizePath(param(call, 'path'))
  const authid = param(call, 'authid')
  const fine =
    path !== undefined &&
    isConsoleTicket(call.sim, param(call, 'vncticket'), authid, path, Number(given(call, 'port') ?? 0)) &&
    mayHold({ ...call, authid }, path, ...splitList(param(call, 'privs')))
  if (!fine) throw wrongPassword()
  return null
}

function changePassword(call: Call): null {
  const { sim, authid } = call
  const userid = param(call, 'userid')
  const inRealm = userid.slice(userid.lastIndexOf('@') + 1)
  if (authid !== 'root@pam') {
    const own = sim.state.users[authid]?.password
    const confirmation = given(call, 'confirmation-password')
    if (confirmation === undefined) {
      throw failure(`confirmation-password: parameter is required`)
    }
    if (confirmation !== own) throw wrongPassword()
    if (authid !== userid && (userid === 'root@pam' || inRealm === 'pam')) throw forbidden()
  }
  const user = sim.state.users[userid]
  if (user === undefined) throw failure(`no such user ('${userid}')`)
  if (sim.state.realms[inRealm] === undefined) throw failure(`auth domain '${inRealm}' does not exist`)
  user.password = param(call, 'password')
  return null
}

function permissions(call: Call): Row {
  const { state } = call.sim
  const userid = given(call, 'userid') ?? call.authid
  const { user, token } = splitAuthId(userid)
  const own = userid === call.authid || (token !== undefined && user === call.authid)
  if (!own) mustHold(call, '/access', ['Sys.Audit'])
  const path = given(call, 'path')
  if (path === undefined || path === '') return effectivePermissions(state, userid)
  return { [path]: Object.fromEntries(privilegesOf(state, userid, path)) }
}

const areas: Readonly<Record<string, RegExp>> = {
  vms: /^(VM\.|Permissions\.Modify)/,
  access: /^((User|Group)\.|Permissions\.Modify)/,
  storage: /^(Datastore\.|Permissions\.Modify)/,
  nodes: /^(Sys\.|Permissions\.Modify)/,
  sdn: /^(SDN\.|Permissions\.Modify)/,
  dc: /^(Sys\.Audit|Sys\.Modify|SDN\.)/,
  mapping: /^(Mapping\.|Permissions.Modify)/,
}

/** What a web interface may offer, by area. */
function capabilities({ sim: { state } }: Call, username: string): Record<string, Record<string, number>> {
  const result: Record<string, Record<string, number>> = Object.fromEntries(
    Object.keys(areas).map(area => [area, {} as Record<string, number>]),
  )
  const above = state.acl.flatMap(({ path }) => path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/')))
  const paths = ['/', '/nodes', '/access/groups', '/vms', '/storage', '/sdn', '/mapping', ...above]
  for (const path of new Set(paths.map(each => each || '/'))) {
    const [, first = 'dc'] = /^\/(\w+)/.exec(path) ?? []
    for (const area of first === 'pool' ? ['vms', 'storage'] : [first]) {
      for (const name of privilegesOf(state, username, path).keys()) {
        const into = result[area]
        if (into !== undefined && areas[area]?.test(name)) into[name] = 1
      }
    }
  }
  return result
}
