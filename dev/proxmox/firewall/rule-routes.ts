/** Rules, in their order: of a firewall, or of a security group. */

import { failure } from '../api/api-error.ts'
import { type Call, given, number, param, type Route } from '../api/route.ts'
import { configId, interfaceName } from '../schema/formats.ts'
import { formatted, integer, listOf, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import type { Firewall, Row } from '../state.ts'
import { addressList, checkedRule, portList, protocol } from './rule-check.ts'
import {
  cluster,
  editFirewall,
  guests,
  host,
  mustBeCurrent,
  readFirewall,
  type Scope,
  vnet,
  withDigest,
} from './scopes.ts'

export const logLevel = oneOf('emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'nolog')
export const digest = text({ maxLength: 64 })
const action = text({ minLength: 2, maxLength: 20, pattern: /[A-Za-z][A-Za-z0-9\-_]+/ })
const type = oneOf('in', 'out', 'forward', 'group')
const address = formatted(addressList, { maxLength: 512 })
const matching: Parameters = optional({
  comment: text(),
  dest: address,
  digest,
  dport: formatted(portList),
  enable: integer(0),
  'icmp-type': text(),
  iface: formatted(interfaceName, { minLength: 2, maxLength: 20 }),
  log: logLevel,
  macro: text({ maxLength: 128 }),
  proto: formatted(protocol),
  source: address,
  sport: formatted(portList),
})
const pos = optional({ pos: integer(0) })
const numeric = ['enable', 'pos']

/** Where the rules are: in the firewall itself, or in one of its groups. */
export interface RuleList {
  path: string
  params: Parameters
  /** Throws where the list itself is not there. */
  of: (call: Call, firewall: Firewall) => Row[]
  put: (call: Call, firewall: Firewall, rules: Row[]) => void
}

export function ruleRoutes(scope: Scope, list: RuleList): Route[] {
  const { audits, modifies } = scope
  const params = { ...scope.params, ...list.params }
  const one = `${list.path}/{pos}`
  const read = (call: Call) => list.of(call, readFirewall(call, scope))
  return [
    {
      method: 'GET',
      path: list.path,
      params,
      may: audits,
      run: call => withDigest(read(call)).map((rule, i) => ({ ...rule, pos: i })),
    },
    {
      method: 'POST',
      path: list.path,
      params: { ...params, ...matching, ...pos, action, type },
      may: modifies,
      run: call =>
        change(call, scope, list, (rules, firewall) => {
          const rule = checkedRule(call, { enable: 0, ...ruleOf(call) }, firewall, scope.environment)
          return [rule, ...rules]
        }),
    },
    {
      method: 'GET',
      path: one,
      params: { ...params, ...pos },
      may: audits,
      run: call => ({ ...at(call, withDigest(read(call))), pos: param(call, 'pos') }),
    },
    {
      method: 'PUT',
      path: one,
      params: {
        ...params,
        ...matching,
        ...pos,
        ...optional({ action, delete: listOf(configId), moveto: integer(0), type }),
      },
      may: modifies,
      run: call => change(call, scope, list, (rules, firewall) => updated(call, scope, rules, firewall)),
    },
    {
      method: 'DELETE',
      path: one,
      params: { ...params, ...pos, ...optional({ digest }) },
      may: modifies,
      run: call =>
        change(call, scope, list, rules => {
          mustBeCurrent(call, rules)
          at(call, rules)
          return rules.toSpliced(number(call, 'pos'), 1)
        }),
    },
  ]
}

function change(call: Call, scope: Scope, list: RuleList, work: (rules: Row[], firewall: Firewall) => Row[]): null {
  editFirewall(call, scope, firewall => list.put(call, firewall, work(list.of(call, firewall), firewall)))
  return null
}

function at(call: Call, rules: readonly Row[]): Row {
  const rule = rules[number(call, 'pos')]
  if (rule === undefined) throw failure(`no rule at position ${param(call, 'pos')}`)
  return rule
}

/** An empty text takes a property away. */
function ruleOf(call: Call): Row {
  const names = ['action', 'type', ...Object.keys(matching).filter(name => name !== 'digest')]
  const set = names.flatMap(name => {
    const value = given(call, name)
    if (value === undefined || value === '') return []
    return [[name, numeric.includes(name) ? Number(value) : value]]
  })
  return Object.fromEntries(set)
}

function updated(call: Call, scope: Scope, rules: Row[], firewall: Firewall): Row[] {
  mustBeCurrent(call, rules)
  const position = number(call, 'pos')
  const before = at(call, rules)
  const moveTo = given(call, 'moveto')
  if (moveTo !== undefined && Number(moveTo) !== position) {
    const target = Number(moveTo)
    const rest = rules.toSpliced(position, 1)
    return rest.toSpliced(target > position ? target - 1 : target, 0, before)
  }
  const gone = splitList(given(call, 'delete') ?? '')
  const merged = { ...before, ...ruleOf(call) }
  const left = Object.fromEntries(Object.entries(merged).filter(([name]) => !gone.includes(name)))
  return rules.with(position, checkedRule(call, left, firewall, scope.environment))
}

const ofScope = (scope: Scope): RuleList => ({
  path: `${scope.path}/rules`,
  params: {},
  of: (_, { rules }) => rules,
  put: (_, firewall, rules) => {
    firewall.rules = rules
  },
})

export const firewallRuleRoutes: readonly Route[] = [cluster, host, vnet, ...guests].flatMap(scope =>
  ruleRoutes(scope, ofScope(scope)),
)
