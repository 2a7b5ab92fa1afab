/** Security groups: rules of the cluster that others refer to by name. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, param, type Route } from '../api/route.ts'
import { optional, text } from '../schema/property.ts'
import type { Row } from '../state.ts'
import { digest, ruleRoutes } from './rule-routes.ts'
import { cluster, clusterFirewall, digestOf, editFirewall, mustBeCurrent, type Scope } from './scopes.ts'

const group = text({ minLength: 2, maxLength: 18, pattern: /[A-Za-z][A-Za-z0-9\-_]+/ })
const path = '/cluster/firewall/groups'
const scope: Scope = { ...cluster, environment: 'group' }

export const securityGroupRoutes: readonly Route[] = [
  { method: 'GET', path, may: cluster.audits, run: list },
  {
    method: 'POST',
    path,
    params: { group, ...optional({ comment: text(), digest, rename: group }) },
    may: cluster.modifies,
    run: create,
  },
  { method: 'DELETE', path: `${path}/{group}`, params: { group }, may: cluster.modifies, run: remove },
  ...ruleRoutes(scope, {
    path: `${path}/{group}`,
    params: { group },
    of: (call, { groups }) => {
      const found = groups[param(call, 'group')]
      if (found === undefined) throw failure(`no such security group '${param(call, 'group')}'`)
      return found.rules
    },
    put: (call, { groups }, rules) => {
      const name = param(call, 'group')
      groups[name] = { ...groups[name], rules }
    },
  }),
]

function list(call: Call): Row[] {
  const { groups } = clusterFirewall(call)
  const rows = Object.entries(groups).map(([name, { comment }]) => ({
    group: name,
    ...(comment === undefined ? {} : { comment }),
  }))
  return rows.map(row => ({ ...row, digest: digestOf(rows) }))
}

function create(call: Call): null {
  const name = param(call, 'group')
  const former = given(call, 'rename')
  const comment = given(call, 'comment')
  editFirewall(call, cluster, ({ groups }) => {
    if (former === undefined) {
      if (groups[name] !== undefined) throw invalid({ group: `Security group '${name}' already exists` })
      groups[name] = { rules: [], ...(comment === undefined ? {} : { comment }) }
      return
    }
    mustBeCurrent(call, groups)
    const found = groups[former]
    if (found === undefined) throw invalid({ group: `Security group '${former}' does not exist` })
    if (groups[name] !== undefined && name !== former) {
      throw invalid({ group: `Security group '${name}' does already exist` })
    }
    delete groups[former]
    groups[name] = { ...found, ...(comment === undefined ? {} : { comment }) }
  })
  return null
}

function remove(call: Call): null {
  const name = param(call, 'group')
  editFirewall(call, cluster, ({ groups }) => {
    const found = groups[name]
    if (found === undefined) throw failure(`no such security group '${name}'`)
    if (found.rules.length > 0) throw failure(`Security group '${name}' is not empty`)
    delete groups[name]
  })
  return null
}
