/** The network file of cloud-init's `nocloud`, version 1. */

import type { Config } from '../state.ts'
import { parseNet } from './network-options.ts'

export function networkFile(config: Config): string {
  const cards = Object.keys(config)
    .filter(name => /^net\d+$/.test(name))
    .toSorted()
    .flatMap(name => cardLines(config, name))
  return ['version: 1', 'config:', ...[...cards, ...nameLines(config)].map(line => `    ${line}`), ''].join('\n')
}

function cardLines(config: Config, name: string): string[] {
  const number = name.slice(3)
  const addresses = config[`ipconfig${number}`]
  if (addresses === undefined) return []
  const { ip, gw, ip6, gw6 } = Object.fromEntries(addresses.split(',').map(part => part.split('=') as [string, string]))
  const { macaddr = '' } = parseNet(config[name] ?? '')
  return [
    '- type: physical',
    `  name: eth${number}`,
    `  mac_address: '${macaddr.toLowerCase()}'`,
    '  subnets:',
    ...[...v4(ip, gw), ...v6(ip6, gw6)].map(line => `  ${line}`),
  ]
}

function v4(ip: string | undefined, gateway: string | undefined): string[] {
  if (ip === undefined) return []
  if (ip === 'dhcp') return ['- type: dhcp4']
  const [address = '', length = '32'] = ip.split('/')
  return [
    '- type: static',
    `  address: '${address}'`,
    `  netmask: '${netmask(Number(length))}'`,
    ...(gateway === undefined ? [] : [`  gateway: '${gateway}'`]),
  ]
}

function v6(ip: string | undefined, gateway: string | undefined): string[] {
  if (ip === undefined) return []
  if (ip === 'dhcp') return ['- type: dhcp6']
  if (ip === 'auto') return ['- type: ipv6_slaac']
  return ['- type: static6', `  address: '${ip}'`, ...(gateway === undefined ? [] : [`  gateway: '${gateway}'`])]
}

function netmask(length: number): string {
  const bits = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0
  return [24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.')
}

/** Without settings of its own a guest gets those of the host, which here resolves by itself. */
function nameLines({ nameserver, searchdomain }: Config): string[] {
  const words = (text: string | undefined) => (text ?? '').split(/\s+/).filter(word => word !== '')
  const [servers, domains] = [words(nameserver), words(searchdomain)]
  return [
    '- type: nameserver',
    ...(servers.length === 0 ? [] : ['  address:', ...servers.map(server => `  - '${server}'`)]),
    ...(domains.length === 0 ? [] : ['  search:', ...domains.map(domain => `  - '${domain}'`)]),
  ]
}
