/** Switches of a firewall, and what its rules may refer to. */

import { type Call, chosen, given, type Route } from '../api/route.ts'
import { configId } from '../schema/formats.ts'
import { composed, flag, integer, listOf, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import type { Firewall, Row } from '../state.ts'
import { macroRows } from './macros.ts'
import { digest, logLevel } from './rule-routes.ts'
import {
  cluster,
  clusterFirewall,
  digestOf,
  editFirewall,
  guests,
  host,
  index,
  mustBeCurrent,
  readFirewall,
  type Scope,
  vnet,
} from './scopes.ts'

const policy = oneOf('ACCEPT', 'REJECT', 'DROP')
const forward = oneOf('ACCEPT', 'DROP')

const ofCluster: Parameters = optional({
  ebtables: flag(),
  enable: integer(0),
  log_ratelimit: composed({
    enable: flag({ defaultKey: true }),
    ...optional({ burst: integer(0), rate: text({ pattern: /[1-9][0-9]*\/(second|minute|hour|day)/ }) }),
  }),
  policy_forward: forward,
  policy_in: policy,
  policy_out: policy,
})
const ofGuest: Parameters = optional({
  ...Object.fromEntries(['dhcp', 'enable', 'ipfilter', 'macfilter', 'ndp', 'radv'].map(name => [name, flag()])),
  log_level_in: logLevel,
  log_level_out: logLevel,
  policy_in: policy,
  policy_out: policy,
})
const ofHost: Parameters = optional({
  ...Object.fromEntries(
    [
      ...['enable', 'log_nf_conntrack', 'ndp', 'nf_conntrack_allow_invalid', 'nftables', 'nosmurfs'],
      ...['protection_synflood', 'tcpflags'],
    ].map(name => [name, flag()]),
  ),
  log_level_forward: logLevel,
  log_level_in: logLevel,
  log_level_out: logLevel,
  nf_conntrack_helpers: text(),
  nf_conntrack_max: integer(32_768),
  nf_conntrack_tcp_timeout_established: integer(7875),
  nf_conntrack_tcp_timeout_syn_recv: integer(30, 60),
  protection_synflood_burst: integer(),
  protection_synflood_rate: integer(),
  smurf_log_level: logLevel,
  tcp_flags_log_level: logLevel,
})
const ofVnet: Parameters = optional({ enable: flag(), log_level_forward: logLevel, policy_forward: forward })

const of = (scope: Scope, settings: Parameters, folders: string, hasReferences: boolean): Route[] => [
  {
    method: 'GET',
    path: scope.path,
    params: scope.params,
    may: index,
    anyNode: true,
    run: () => folders.split(' ').map(name => ({ name })),
  },
  {
    method: 'GET',
    path: `${scope.path}/options`,
    params: scope.params,
    may: scope.audits,
    run: call => shown(readFirewall(call, scope), settings),
  },
  {
    method: 'PUT',
    path: `${scope.path}/options`,
    params: { ...scope.params, ...settings, ...optional({ delete: listOf(configId), digest }) },
    may: scope.modifies,
    run: call => {
      editFirewall(call, scope, firewall => {
        mustBeCurrent(call, firewall.options)
        const options = { ...firewall.options, ...chosen(call, Object.keys(settings)) }
        for (const name of splitList(given(call, 'delete') ?? '')) delete options[name]
        firewall.options = options
      })
    },
  },
  ...(hasReferences ? [references(scope)] : []),
]

const references = (scope: Scope): Route => ({
  method: 'GET',
  path: `${scope.path}/refs`,
  params: { ...scope.params, ...optional({ type: oneOf('alias', 'ipset') }) },
  may: scope.audits,
  run: call => {
    const own = readFirewall(call, scope)
    const ofDatacenter = referenceRows(call, clusterFirewall(call), 'dc')
    return scope.environment === 'cluster' ? ofDatacenter : [...ofDatacenter, ...referenceRows(call, own, 'guest')]
  },
})

export const firewallOptionRoutes: readonly Route[] = [
  ...of(cluster, ofCluster, 'aliases ipset rules groups options refs macros', true),
  ...of(host, ofHost, 'rules options log', false),
  ...of(vnet, ofVnet, 'rules options', false),
  ...guests.flatMap(scope => of(scope, ofGuest, 'aliases ipset rules options refs', true)),
  { method: 'GET', path: '/cluster/firewall/macros', may: index, run: macroRows },
]

function shown({ options }: Firewall, settings: Parameters): Row {
  const typed = Object.entries(options).map(([name, value]) => [
    name,
    ['boolean', 'integer'].includes(settings[name]?.type ?? '') ? Number(value) : value,
  ])
  return { ...Object.fromEntries(typed), digest: digestOf(options) }
}

function referenceRows(call: Call, { ipsets, aliases }: Firewall, scope: string): Row[] {
  const wanted = given(call, 'type')
  const row = (type: string, name: string, comment: string | undefined, ref: string): Row => ({
    type,
    name,
    ref,
    scope,
    ...(comment === undefined ? {} : { comment }),
  })
  return [
    ...Object.entries(ipsets).map(([name, { comment }]) => row('ipset', name, comment, `+${name}`)),
    ...Object.values(aliases).map(({ name, comment }) => row('alias', name, comment, name)),
  ].filter(({ type }) => wanted === undefined || type === wanted)
}
