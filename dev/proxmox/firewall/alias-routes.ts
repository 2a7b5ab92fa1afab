/** Aliases: names for addresses. */

import { invalid } from '../api/api-error.ts'
import { type Call, given, param, type Route } from '../api/route.ts'
import { formatted, optional, text } from '../schema/property.ts'
import type { Firewall, Row } from '../state.ts'
import { setName } from './ipset-routes.ts'
import { addressOrNetwork, versionOf } from './rule-check.ts'
import { digest } from './rule-routes.ts'
import { cluster, editFirewall, guests, mustBeCurrent, readFirewall, type Scope, withDigest } from './scopes.ts'

const cidr = formatted(addressOrNetwork)
const name = setName

const of = (scope: Scope): Route[] => {
  const { params, audits, modifies } = scope
  const all = `${scope.path}/aliases`
  const one = `${all}/{name}`
  return [
    { method: 'GET', path: all, params, may: audits, run: call => withDigest(rowsOf(readFirewall(call, scope))) },
    {
      method: 'POST',
      path: all,
      params: { ...params, name, cidr, ...optional({ comment: text() }) },
      may: modifies,
      run: call => {
        editFirewall(call, scope, ({ aliases }) => {
          if (aliases[key(call)] !== undefined) throw invalid({ name: `alias '${param(call, 'name')}' already exists` })
          aliases[key(call)] = aliasOf(call)
        })
      },
    },
    {
      method: 'GET',
      path: one,
      params: { ...params, name },
      may: audits,
      run: call => {
        const found = rowsOf(readFirewall(call, scope)).find(row => String(row.name).toLowerCase() === key(call))
        if (found === undefined) throw invalid({ name: 'no such alias' })
        return found
      },
    },
    {
      method: 'PUT',
      path: one,
      params: { ...params, name, cidr, ...optional({ comment: text(), digest, rename: name }) },
      may: modifies,
      run: call => update(call, scope),
    },
    {
      method: 'DELETE',
      path: one,
      params: { ...params, name, ...optional({ digest }) },
      may: modifies,
      run: call => {
        editFirewall(call, scope, firewall => {
          mustBeCurrent(call, rowsOf(firewall))
          delete firewall.aliases[key(call)]
        })
      },
    },
  ]
}

export const aliasRoutes: readonly Route[] = [cluster, ...guests].flatMap(of)

const key = (call: Call) => param(call, 'name').toLowerCase()

const aliasOf = (call: Call) => {
  const comment = given(call, 'comment')
  return { name: param(call, 'name'), cidr: param(call, 'cidr'), ...(comment ? { comment } : {}) }
}

const rowsOf = ({ aliases }: Firewall): Row[] =>
  Object.values(aliases).map(alias => ({ ...alias, ipversion: versionOf(alias.cidr) }))

function update(call: Call, scope: Scope): null {
  editFirewall(call, scope, firewall => {
    const { aliases } = firewall
    mustBeCurrent(call, rowsOf(firewall))
    if (aliases[key(call)] === undefined) throw invalid({ name: 'no such alias' })
    const next = given(call, 'rename') ?? param(call, 'name')
    const nextKey = next.toLowerCase()
    if (nextKey !== key(call) && aliases[nextKey] !== undefined)
      throw invalid({ name: `alias '${next}' already exists` })
    delete aliases[key(call)]
    aliases[nextKey] = { ...aliasOf(call), name: nextKey === key(call) ? param(call, 'name') : next }
  })
  return null
}
