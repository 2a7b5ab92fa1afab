/** IP sets: named lists of addresses; `ipfilter-net0` of a guest says which ones it may use. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, param, type Route } from '../api/route.ts'
import { flag, formatted, optional, text } from '../schema/property.ts'
import type { Firewall, Row } from '../state.ts'
import { addressOrAlias, isAlias } from './rule-check.ts'
import { digest } from './rule-routes.ts'
import {
  cluster,
  clusterFirewall,
  digestOf,
  editFirewall,
  guests,
  mustBeCurrent,
  readFirewall,
  type Scope,
  withDigest,
} from './scopes.ts'

export const setName = text({ minLength: 2, maxLength: 64, pattern: /[A-Za-z][A-Za-z0-9\-_]+/ })
const comment = text()
const cidr = formatted(addressOrAlias)

const of = (scope: Scope): Route[] => {
  const { params, audits, modifies } = scope
  const all = `${scope.path}/ipset`
  const one = `${all}/{name}`
  /** Networks have slashes. */
  const entry = `${one}/{cidr*}`
  const name = setName
  return [
    { method: 'GET', path: all, params, may: audits, run: call => list(readFirewall(call, scope)) },
    {
      method: 'POST',
      path: all,
      params: { ...params, name, ...optional({ comment, digest, rename: name }) },
      may: modifies,
      run: call => create(call, scope),
    },
    {
      method: 'GET',
      path: one,
      params: { ...params, name },
      may: audits,
      run: call => withDigest(existing(call, readFirewall(call, scope)).entries),
    },
    {
      method: 'DELETE',
      path: one,
      params: { ...params, name, ...optional({ force: flag() }) },
      may: modifies,
      run: call => {
        editFirewall(call, scope, firewall => {
          const { entries } = existing(call, firewall)
          if (entries.length > 0 && !isOn(call, 'force')) throw failure(`IPSet '${param(call, 'name')}' is not empty`)
          delete firewall.ipsets[param(call, 'name')]
        })
      },
    },
    {
      method: 'POST',
      path: one,
      params: { ...params, name, cidr, ...optional({ comment, nomatch: flag() }) },
      may: modifies,
      run: call => addEntry(call, scope),
    },
    {
      method: 'GET',
      path: entry,
      params: { ...params, name, cidr },
      may: audits,
      run: call => {
        const found = withDigest(existing(call, readFirewall(call, scope)).entries).find(row => isNamed(call, row))
        if (found === undefined) throw invalid({ cidr: 'no such IP/Network' })
        return found
      },
    },
    {
      method: 'PUT',
      path: entry,
      params: { ...params, name, cidr, ...optional({ comment, digest, nomatch: flag() }) },
      may: modifies,
      run: call => {
        editFirewall(call, scope, firewall => {
          const set = existing(call, firewall)
          mustBeCurrent(call, set.entries)
          if (!set.entries.some(row => isNamed(call, row))) throw invalid({ cidr: 'no such IP/Network' })
          set.entries = set.entries.map(row => (isNamed(call, row) ? entryOf(call) : row))
        })
      },
    },
    {
      method: 'DELETE',
      path: entry,
      params: { ...params, name, cidr, ...optional({ digest }) },
      may: modifies,
      run: call => {
        editFirewall(call, scope, firewall => {
          const set = existing(call, firewall)
          mustBeCurrent(call, set.entries)
          set.entries = set.entries.filter(row => !isNamed(call, row))
        })
      },
    },
  ]
}

export const ipsetRoutes: readonly Route[] = [cluster, ...guests].flatMap(of)

const isNamed = (call: Call, row: Row) => row.cidr === param(call, 'cidr')

function existing(call: Call, { ipsets }: Firewall): Firewall['ipsets'][string] {
  const found = ipsets[param(call, 'name')]
  if (found === undefined) throw failure(`no such IPSet '${param(call, 'name')}'`)
  return found
}

function list({ ipsets }: Firewall): Row[] {
  const rows = Object.entries(ipsets).map(([name, { comment: about }]) => ({
    name,
    ...(about === undefined ? {} : { comment: about }),
  }))
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(row => ({ ...row, digest: digestOf(rows) }))
}

function create(call: Call, scope: Scope): null {
  const name = param(call, 'name')
  const former = given(call, 'rename')
  const about = given(call, 'comment')
  const comments = about === undefined ? {} : { comment: about }
  editFirewall(call, scope, ({ ipsets }) => {
    if (former === undefined) {
      if (ipsets[name] !== undefined) throw invalid({ name: `IPSet '${name}' already exists` })
      ipsets[name] = { entries: [], ...comments }
      return
    }
    const found = ipsets[former]
    if (found === undefined) throw invalid({ name: `IPSet '${former}' does not exist` })
    if (ipsets[name] !== undefined && name !== former) throw invalid({ name: `IPSet '${name}' does already exist` })
    delete ipsets[former]
    ipsets[name] = { ...found, ...comments }
  })
  return null
}

function addEntry(call: Call, scope: Scope): null {
  editFirewall(call, scope, firewall => {
    const set = existing(call, firewall)
    const address = withoutWholeMask(param(call, 'cidr'))
    if (isAlias(address)) mustResolve(call, firewall, address)
    if (set.entries.some(row => row.cidr === address)) {
      throw invalid({ cidr: `address '${address}' already exists` })
    }
    if (/\/0+$/.test(address)) throw invalid({ cidr: 'a zero prefix is not allowed in ipset entries' })
    set.entries = [{ ...entryOf(call), cidr: address }, ...set.entries]
  })
  return null
}

/** A network of one address is an address. */
const withoutWholeMask = (cidr: string) => cidr.replace(/^([\d.]+)\/32$/, '$1').replace(/^([\da-f:]+)\/128$/i, '$1')

function mustResolve(call: Call, own: Firewall, name: string): void {
  const [, scope, alias = ''] = /^(dc\/|guest\/)?(.+)$/.exec(name) ?? []
  const key = alias.toLowerCase()
  const found = (scope !== 'dc/' && own.aliases[key]) || (scope !== 'guest/' && clusterFirewall(call).aliases[key])
  if (!found) throw failure(`no such alias '${alias}'`)
}

function entryOf(call: Call): Row {
  const about = given(call, 'comment')
  return {
    cidr: param(call, 'cidr'),
    ...(isOn(call, 'nomatch') ? { nomatch: 1 } : {}),
    ...(about ? { comment: about } : {}),
  }
}
