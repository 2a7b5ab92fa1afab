/** `net0`, `ipconfig0`: network devices and their addresses. */

import { bridgeId, ipv4, ipv4Config, ipv6, ipv6Config, macAddress } from '../schema/formats.ts'
import {
  composed,
  decimal,
  type Fields,
  flag,
  formatted,
  integer,
  numbered,
  oneOf,
  optional,
  type Parameters,
  type Property,
  text,
} from '../schema/property.ts'
import { type Parsed, parsePropertyString } from '../schema/property-string.ts'

const models = [
  ...['e1000', 'e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'e1000e', 'i82551', 'i82557b', 'i82559er'],
  ...['ne2k_isa', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio', 'vmxnet3'],
]
const ranges = /\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*/

export const netFields: Fields = {
  model: { ...oneOf(...models), defaultKey: true },
  ...Object.fromEntries(
    models.map((model): [string, Property] => [model, { type: 'string', alias: 'macaddr', keyAlias: 'model' }]),
  ),
  ...optional({
    bridge: formatted(bridgeId),
    firewall: flag(),
    'host-tunnel': flag(),
    link_down: flag(),
    macaddr: formatted(macAddress),
    mtu: integer(1, 65_520),
    queues: integer(0, 64),
    rate: decimal(0),
    tag: integer(1, 4094),
    trunks: text({ pattern: ranges }),
  }),
}

const ipconfigFields: Fields = optional({
  gw: formatted(ipv4, { requires: 'ip' }),
  gw6: formatted(ipv6, { requires: 'ip6' }),
  ip: formatted(ipv4Config),
  ip6: formatted(ipv6Config),
})

export const networkOptions: Parameters = optional({
  ...numbered('net', 32, composed(netFields)),
  ...numbered('ipconfig', 32, composed(ipconfigFields)),
})

export const parseNet = (value: string): Parsed => parsePropertyString(value, netFields)

/** Model and address first, as Proxmox VE writes it; an address is made where there is none. */
export function printNet({ model = '', macaddr, ...rest }: Parsed, newMac: () => string): string {
  const more = Object.entries(rest)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `,${name}=${value}`)
  return `${model}=${(macaddr ?? newMac()).toUpperCase()}${more.join('')}`
}
