/** What may stand in a rule of a firewall. */

import { isIP, isIPv4, isIPv6 } from 'node:net'
import { failure, invalid } from '../api/api-error.ts'
import type { Call } from '../api/route.ts'
import { FormatError } from '../schema/property-string.ts'
import type { Firewall, Row } from '../state.ts'
import { isMacro, macroName } from './macros.ts'
import { clusterFirewall, type Environment } from './scopes.ts'

const directions: Readonly<Record<Environment, readonly string[]>> = {
  ct: ['in', 'out', 'group'],
  vm: ['in', 'out', 'group'],
  group: ['in', 'out', 'forward'],
  cluster: ['in', 'out', 'forward', 'group'],
  host: ['in', 'out', 'forward', 'group'],
  vnet: ['forward', 'group'],
}
const withPorts = ['udp', '17', 'udplite', '136', 'tcp', '6', 'dccp', '33', 'sctp', '132']
const icmp = ['icmp', 'icmpv6', 'ipv6-icmp']
const protocols = [
  ...withPorts,
  ...icmp,
  'igmp',
  'gre',
  'esp',
  'ah',
  'ospf',
  'ipip',
  'vrrp',
  'ipv6',
  'ip',
  'egp',
  'rdp',
]
const services: Readonly<Record<string, number>> = {
  ...{ ssh: 22, smtp: 25, domain: 53, http: 80, https: 443, ntp: 123, imap: 143, imaps: 993, pop3: 110, pop3s: 995 },
  ...{ ftp: 21, telnet: 23, snmp: 161, ldap: 389, ldaps: 636, mysql: 3306, postgresql: 5432, submission: 587 },
}
const alias = '[A-Za-z][A-Za-z0-9\\-_]+'

const refused = (name: string, text: string) => invalid({ [name]: text })

/** Puts the macro's own spelling and the version of IP into the rule; throws for what is wrong. */
export function checkedRule(call: Call, rule: Row, own: Firewall, environment: Environment): Row {
  const text = (name: string) => (rule[name] === undefined ? undefined : String(rule[name]))
  checkAction(text('type') ?? '', text('action') ?? '', environment)
  const iface = text('iface')
  if (iface) checkInterface(iface, environment)
  const macro = text('macro')
  if (macro && !isMacro(macro)) throw refused('macro', `unknown macro '${macro}'`)
  const proto = text('proto')
  checkPorts('dport', text('dport'), proto)
  checkIcmp(text('icmp-type'), proto, text('dport'))
  checkPorts('sport', text('sport'), proto)
  const versions = [
    ...(proto === 'icmp' ? [4] : proto !== undefined && icmp.includes(proto) ? [6] : []),
    ...['source', 'dest'].flatMap(name => addressVersion(call, own, name, text(name))),
  ]
  if (new Set(versions).size > 1) throw failure('detected mixed ipv4/ipv6 addresses in rule')
  const { ipversion: _, ...rest } = rule
  return {
    ...rest,
    ...(macro ? { macro: macroName(macro) } : {}),
    ...(versions[0] === undefined ? {} : { ipversion: versions[0] }),
  }
}

function checkAction(type: string, action: string, environment: Environment): void {
  if (!directions[environment].includes(type)) {
    throw refused('type', `invalid rule type '${type}' for rule_env '${environment}'`)
  }
  if (type === 'group') return
  if (type === 'forward' && action === 'REJECT') {
    throw refused('action', 'cannot define REJECT rules on forward chain')
  }
  if (!/^(ACCEPT|DROP|REJECT)$/.test(action)) throw refused('action', `unknown action '${action}'`)
}

function checkInterface(iface: string, environment: Environment): void {
  if (environment === 'group' || environment === 'vnet') {
    throw refused('type', 'parameter -i not allowed for this rule type')
  }
  if ((environment === 'vm' || environment === 'ct') && !/^net\d+$/.test(iface)) {
    throw refused('iface', `value does not match the regex pattern 'net\\d+'`)
  }
}

function checkPorts(name: string, ports: string | undefined, proto: string | undefined): void {
  if (!ports) return
  if (!proto) throw refused('proto', `missing property - '${name}' requires this property`)
  const allowed = withPorts.includes(proto) || (name === 'dport' && icmp.includes(proto))
  if (!allowed) throw refused(name, `protocol '${proto}' does not support ports`)
}

function checkIcmp(type: string | undefined, proto: string | undefined, dport: string | undefined): void {
  if (!type) return
  if (!proto || !icmp.includes(proto)) {
    throw refused('proto', `missing property - 'icmp-type' requires this property`)
  }
  if (dport) throw refused('icmp-type', `'icmp-type' cannot be specified together with 'dport'`)
}

/** A set, an alias, or addresses. */
function addressVersion(call: Call, own: Firewall, name: string, value: string | undefined): number[] {
  if (!value) return []
  const all = clusterFirewall(call)
  if (value.startsWith('+')) {
    const [, set] = new RegExp(`^\\+(?:guest/|dc/|sdn/)?(${alias})$`).exec(value) ?? []
    if (set === undefined) throw refused(name, `invalid ipset name '${value}'`)
    if (all.ipsets[set] === undefined && own.ipsets[set] === undefined) throw refused(name, `no such ipset '${set}'`)
    return []
  }
  const [, named] = new RegExp(`^(?:guest/|dc/)?(${alias})$`).exec(value) ?? []
  if (named !== undefined) {
    const found = own.aliases[named.toLowerCase()] ?? all.aliases[named.toLowerCase()]
    if (found === undefined) throw refused(name, `no such alias '${value}'`)
    return [versionOf(found.cidr)]
  }
  return value.split(',').map(versionOf)
}

export const versionOf = (address: string) => (isIPv6(address.split(/[/-]/)[0] ?? '') ? 6 : 4)

/** The form of `source` and `dest`; what they name is looked for afterwards. */
export function addressList(value: string): void {
  if (value.startsWith('+') || new RegExp(`^(?:dc/|guest/)?${alias}$`).test(value)) return
  const parts = value.split(',')
  if (parts.some(part => part === '')) throw new FormatError('extraneous commas in list')
  for (const part of parts) {
    const [first = '', second] = part.split(/[/-]/)
    const isFine = isIP(first) !== 0 && (second === undefined || !part.includes('-') || isIP(second) !== 0)
    if (!isFine) throw new FormatError(`invalid IP address: Invalid chars in IP ${part}`)
  }
  if (new Set(parts.map(versionOf)).size > 1) {
    throw new FormatError(`detected mixed ipv4/ipv6 addresses in address list '${value}'`)
  }
}

export function portList(value: string): void {
  const parts = value.split(',')
  if (parts.some(part => part === '')) throw new FormatError('extraneous commas in list')
  for (const part of parts) {
    const [, from, to] = /^(\d+)(?::(\d+))?$/.exec(part) ?? []
    if (from === undefined) {
      if (services[part] === undefined && !/^[a-z-]+-(request|reply|unreachable|exceeded|problem)$/.test(part)) {
        throw new FormatError(`invalid port '${part}'`)
      }
      continue
    }
    for (const port of [from, ...(to === undefined ? [] : [to])]) {
      if (Number(port) > 65_535) throw new FormatError(`invalid port '${port}'`)
    }
    if (to !== undefined && Number(from) > Number(to)) {
      throw new FormatError(`backwards range '${from}:${to}' not allowed, did you mean '${to}:${from}'?`)
    }
  }
}

export function protocol(value: string): void {
  if (value !== '' && !protocols.includes(value) && !/^\d{1,3}$/.test(value)) {
    throw new FormatError(`unknown protocol '${value}'`)
  }
}

/** An address or network in a set or alias. */
export function addressOrNetwork(value: string): void {
  const [address = '', length] = value.split('/')
  const longest = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1
  if (longest < 0 || (length !== undefined && !(/^\d+$/.test(length) && Number(length) <= longest))) {
    throw new FormatError('value does not look like a valid IP address or CIDR network')
  }
}

export function addressOrAlias(value: string): void {
  if (!new RegExp(`^(dc/|guest/)?${alias}$`).test(value)) addressOrNetwork(value)
}

export const isAlias = (value: string) => new RegExp(`^(?:dc/|guest/)?${alias}$`).test(value)
