/** The network card of a guest, and the address on it. What others have set beside it, such as the firewall, is kept. Pure. */
import type { Guest } from './machine-observation.ts'
import { type Properties, parseProperties, propertyText, withProperties } from './property-text.ts'

export interface MachineNetwork {
  /** The vnet, or a bridge. */
  readonly bridge: string
  /** On a bridge; a vnet has its own. */
  readonly tag?: number
  readonly gateway: string
  /** Of the machine itself, without the length of the network. */
  readonly address: string
}

const LENGTH = 24

export function cardOf({ type, config }: Pick<Guest, 'type' | 'config'>, network: MachineNetwork): string {
  const before = parseProperties(config.net0)
  const card = type === 'qemu' ? machineCard(before, network) : containerCard(before, network)
  return isSame(before, card) ? (config.net0 ?? '') : propertyText(card)
}

function machineCard(before: Properties, { bridge, tag }: MachineNetwork): Properties {
  const [model, address] = modelOf(before) ?? []
  const rest = withProperties(before, {
    ...(model === undefined ? {} : { [model]: undefined }),
    model: undefined,
    bridge,
    tag: numberText(tag),
  })
  // Proxmox VE makes an address up where there is none.
  return new Map([['virtio', address ?? ''], ...rest])
}

function containerCard(before: Properties, { bridge, tag, gateway, address }: MachineNetwork): Properties {
  const head = before.has('name') ? before : new Map([['name', 'eth0'], ...before])
  return withProperties(head, { bridge, tag: numberText(tag), ip: `${address}/${LENGTH}`, gw: gateway })
}

/** What cloud-init sets up; an IPv6 address of somebody's stays. */
export function ipConfigOf(before: string | undefined, { address, gateway }: MachineNetwork): string {
  const found = parseProperties(before)
  const wanted = withProperties(found, { ip: `${address}/${LENGTH}`, gw: gateway })
  return isSame(found, wanted) ? (before ?? '') : propertyText(wanted)
}

/** The address that a guest has in a network; undefined where it has none there. */
export function addressIn({ type, config }: Pick<Guest, 'type' | 'config'>, cidr: string): string | undefined {
  const ip = parseProperties(type === 'qemu' ? config.ipconfig0 : config.net0).get('ip')
  const address = ip?.split('/')[0]
  const prefix = cidr.slice(0, cidr.lastIndexOf('.') + 1)
  return address?.startsWith(prefix) ? address : undefined
}

export function macAddressOf({ type, config }: Pick<Guest, 'type' | 'config'>): string | undefined {
  const card = parseProperties(config.net0)
  return type === 'qemu' ? modelOf(card)?.[1] : card.get('hwaddr')
}

/** `virtio=BC:24:11:00:00:01`, or `model=virtio,macaddr=…`. */
function modelOf(card: Properties): readonly [string, string] | undefined {
  return [...card].find(([, value]) => /^([0-9A-F]{2}:){5}[0-9A-F]{2}$/i.test(value))
}

function isSame(before: Properties, after: Properties): boolean {
  return before.size === after.size && [...after].every(([key, value]) => before.get(key) === value)
}

function numberText(number: number | undefined): string | undefined {
  return number === undefined ? undefined : `${number}`
}
