/** `/cluster/options`: settings of the whole data centre. */

import { anybody, both, holds } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, chosen, given, type Route } from '../api/route.ts'
import { cidr, configId, email, macPrefix } from '../schema/formats.ts'
import {
  composed,
  decimal,
  type Fields,
  type Format,
  flag,
  formatted,
  integer,
  listOf,
  oneOf,
  optional,
  type Parameters,
  text,
} from '../schema/property.ts'
import { parsePropertyString } from '../schema/property-string.ts'
import { splitList } from '../schema/validation.ts'
import { withClusterLock } from '../simulation.ts'
import type { Row } from '../state.ts'

export const nextIdFields: Fields = optional({ lower: integer(), upper: integer() })

const emailOrNone: Format = value => {
  if (value !== '' && value !== '0') email(value)
}
const tagText = '[a-z0-9_][a-z0-9_\\-+.]*'
const colour = '[0-9a-fA-F]{6}'
const transport = (type: Parameters) => composed({ ...type, ...optional({ network: formatted(cidr) }) })
const secure = { type: { ...oneOf('secure', 'insecure'), defaultKey: true } }
const auto = { requires: 'ha-auto-rebalance' }

const settings: Parameters = optional({
  bwlimit: composed(
    optional(Object.fromEntries(['clone', 'default', 'migration', 'move', 'restore'].map(name => [name, decimal(0)]))),
  ),
  'consent-text': text({ maxLength: 65_536 }),
  console: oneOf('applet', 'vv', 'html5', 'xtermjs'),
  crs: composed(
    optional({
      ha: oneOf('basic', 'static', 'dynamic'),
      'ha-auto-rebalance': flag(),
      'ha-auto-rebalance-hold-duration': decimal(0, undefined, auto),
      'ha-auto-rebalance-margin': decimal(0, 100, auto),
      'ha-auto-rebalance-method': { ...oneOf('bruteforce', 'topsis'), ...auto },
      'ha-auto-rebalance-threshold': decimal(0, 100, auto),
      'ha-rebalance-on-start': flag(),
    }),
  ),
  description: text({ maxLength: 65_536 }),
  email_from: formatted(emailOrNone),
  fencing: oneOf('watchdog', 'hardware', 'both'),
  ha: composed({ shutdown_policy: oneOf('freeze', 'failover', 'conditional', 'migrate') }),
  http_proxy: text({ pattern: /http:\/\/.*/ }),
  keyboard: oneOf(
    ...'de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr'.split(' '),
  ),
  language: oneOf(
    ...'ar ca da de en es eu fa fr hr he it ja ka kr nb nl nn pl pt_BR ru sl sv tr ukr zh_CN zh_TW'.split(' '),
  ),
  location: composed({
    ...optional({ name: text({ maxLength: 128 }) }),
    latitude: decimal(-90, 90),
    longitude: decimal(-180, 180),
  }),
  mac_prefix: formatted(macPrefix),
  max_workers: integer(1),
  migration: transport(secure),
  migration_unsecure: flag(),
  'next-id': composed(nextIdFields),
  notify: composed(
    optional({
      fencing: oneOf('always', 'never'),
      'package-updates': oneOf('auto', 'always', 'never'),
      replication: oneOf('always', 'never'),
      'target-fencing': text(),
      'target-package-updates': text(),
      'target-replication': text(),
    }),
  ),
  'registered-tags': text({ pattern: new RegExp(`(?:${tagText};)*${tagText}`, 'i') }),
  replication: transport(secure),
  'tag-style': composed(
    optional({
      'case-sensitive': flag(),
      'color-map': text({
        pattern: new RegExp(`${tagText}:${colour}(:${colour})?(;${tagText}:${colour}(:${colour})?)*`, 'i'),
      }),
      ordering: oneOf('config', 'alphabetical'),
      shape: oneOf('full', 'circle', 'dense', 'none'),
    }),
  ),
  u2f: composed(optional({ appid: text(), origin: text() })),
  'user-tag-access': composed(
    optional({
      'user-allow': oneOf('none', 'list', 'existing', 'free'),
      'user-allow-list': text({ pattern: new RegExp(`${tagText}(?:;${tagText})*`, 'i') }),
    }),
  ),
  webauthn: composed(optional({ 'allow-subdomains': flag(), id: text(), origin: text(), rp: text() })),
})

export const datacenterRoutes: readonly Route[] = [
  { method: 'GET', path: '/cluster/options', may: anybody, run: read },
  {
    method: 'PUT',
    path: '/cluster/options',
    params: { ...settings, ...optional({ delete: listOf(configId) }) },
    may: both(holds('/', 'Sys.Modify')),
    run: change,
  },
]

const composedNames = Object.keys(settings).filter(name => settings[name]?.fields !== undefined)

function read({ sim: { state } }: Call): Row {
  const { datacenter } = state
  const values = Object.entries(datacenter).map(([name, value]) => {
    if (name === 'description') return [name, `${value}\n`]
    return [name, composedNames.includes(name) ? parsePropertyString(value, settings[name]?.fields ?? {}) : value]
  })
  const tags = splitList(datacenter['registered-tags'] ?? '').toSorted()
  return { description: '', mac_prefix: 'BC:24:11', ...Object.fromEntries(values), 'allowed-tags': tags }
}

function change(call: Call): Promise<void> {
  const { state } = call.sim
  return withClusterLock(call.sim, 'file-datacenter_cfg', '', () => {
    const datacenter = { ...state.datacenter, ...chosen(call, Object.keys(settings)) }
    for (const name of splitList(given(call, 'delete') ?? '')) delete datacenter[name]
    const { lower, upper } = parsePropertyString(datacenter['next-id'] ?? '', nextIdFields)
    if (lower !== undefined && upper !== undefined && Number(lower) > Number(upper)) {
      throw failure(`lower (${lower}) <= upper (${upper}) boundary rule broken`)
    }
    state.datacenter = datacenter
  })
}
