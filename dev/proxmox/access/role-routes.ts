/** `/access/roles`. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, param, type Route } from '../api/route.ts'
import { roleName } from '../schema/formats.ts'
import { flag, formatted, listOf, optional } from '../schema/property.ts'
import { FormatError } from '../schema/property-string.ts'
import { splitList } from '../schema/validation.ts'
import { withUserConfig } from '../simulation.ts'
import { anybody, holds } from './checks.ts'
import { allPrivileges, isBuiltInRole } from './roles.ts'

const privilege = (value: string) => {
  if (!allPrivileges.includes(value)) throw new FormatError(`invalid privilege '${value}'`)
}
const roleid = formatted(roleName)
const privs = optional({ privs: listOf(privilege) })
const modifies = holds('/access', 'Sys.Modify')

export const roleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/access/roles',
    may: anybody,
    run: ({ sim }) =>
      Object.entries(sim.state.roles).map(([id, held]) => ({
        roleid: id,
        privs: held.toSorted().join(','),
        special: isBuiltInRole(id) ? 1 : 0,
      })),
  },
  {
    method: 'POST',
    path: '/access/roles',
    params: { roleid, ...privs },
    may: modifies,
    run: call => {
      const id = param(call, 'roleid')
      if (/^PVE/i.test(id)) {
        throw invalid({ roleid: `cannot use role ID starting with the (case-insensitive) 'PVE' namespace` })
      }
      return withUserConfig(call.sim, 'create role failed', () => {
        if (call.sim.state.roles[id] !== undefined) throw failure(`role '${id}' already exists`)
        call.sim.state.roles[id] = namedPrivileges(call)
      })
    },
  },
  {
    method: 'GET',
    path: '/access/roles/{roleid}',
    params: { roleid },
    may: anybody,
    run: call => Object.fromEntries(existing(call).map(name => [name, 1])),
  },
  {
    method: 'PUT',
    path: '/access/roles/{roleid}',
    params: { roleid, ...privs, ...optional({ append: flag({ requires: 'privs' }) }) },
    may: modifies,
    run: call => {
      refuseBuiltIn(call, 'modified')
      return withUserConfig(call.sim, 'update role failed', () => {
        const before = isOn(call, 'append') ? existing(call) : []
        existing(call)
        call.sim.state.roles[param(call, 'roleid')] = [...new Set([...before, ...namedPrivileges(call)])]
      })
    },
  },
  {
    method: 'DELETE',
    path: '/access/roles/{roleid}',
    params: { roleid },
    may: modifies,
    run: call => {
      refuseBuiltIn(call, 'deleted')
      return withUserConfig(call.sim, 'delete role failed', () => {
        existing(call)
        deleteRole(call, param(call, 'roleid'))
      })
    },
  },
]

const namedPrivileges = (call: Call) => splitList(given(call, 'privs') ?? '')

function existing(call: Call): string[] {
  const id = param(call, 'roleid')
  const held = call.sim.state.roles[id]
  if (held === undefined) throw failure(`role '${id}' does not exist`)
  return held
}

function refuseBuiltIn(call: Call, verb: string): void {
  const id = param(call, 'roleid')
  if (isBuiltInRole(id)) throw failure(`auto-generated role '${id}' cannot be ${verb}`)
}

/** Entries that give it are dropped when the file is read again. */
function deleteRole({ sim: { state } }: Call, id: string): void {
  delete state.roles[id]
  state.acl = state.acl.filter(({ roleid }) => roleid !== id)
}
