/** What may be said about a network interface of a host. */

import { type Call, chosen } from '../api/route.ts'
import { cidr, interfaceName as interfaceForm, ip, ipv4, ipv6 } from '../schema/formats.ts'
import { flag, formatted, integer, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import type { Row } from '../state.ts'

export const networkKinds = [
  'bridge',
  'bond',
  'eth',
  'alias',
  'vlan',
  'fabric',
  'OVSBridge',
  'OVSBond',
  'OVSPort',
  'OVSIntPort',
  'vnet',
  'unknown',
]
const bondModes =
  'balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb balance-slb lacp-balance-slb lacp-balance-tcp'.split(
    ' ',
  )
export const interfaceName = formatted(interfaceForm, { minLength: 2, maxLength: 20 })

export const interfaceParameters: Parameters = {
  type: oneOf(...networkKinds),
  ...optional({
    address: formatted(ipv4, { requires: 'netmask' }),
    address6: formatted(ipv6, { requires: 'netmask6' }),
    autostart: flag(),
    'bond-primary': formatted(interfaceForm),
    bond_mode: oneOf(...bondModes),
    bond_xmit_hash_policy: oneOf('layer2', 'layer2+3', 'layer3+4'),
    bridge_ports: text(),
    bridge_vids: text(),
    bridge_vlan_aware: flag(),
    cidr: formatted(cidr),
    cidr6: formatted(cidr),
    comments: text(),
    comments6: text(),
    gateway: formatted(ip),
    gateway6: formatted(ip),
    mtu: integer(1280, 65_520),
    ovs_bonds: text(),
    ovs_bridge: text(),
    ovs_options: text({ maxLength: 1024 }),
    ovs_ports: text(),
    ovs_tag: integer(1, 4094),
    netmask: text(),
    netmask6: integer(0, 128),
    slaves: text(),
    'vlan-id': integer(1, 4094),
    'vlan-raw-device': text(),
  }),
}

/** As it stands in the list; it is in use at once, though a real host would wait for a reload. */
export function changeInterface(call: Call): Row {
  return {
    priority: 9,
    method: 'manual',
    method6: 'manual',
    families: ['inet'],
    active: 1,
    ...chosen(call, Object.keys(interfaceParameters)),
  }
}
