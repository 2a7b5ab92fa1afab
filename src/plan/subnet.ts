/** The addresses of a tenant's network: a /24 of the base, by the tag, so that no two tags share one. IPv4. Pure. */

export interface Subnet {
  /** Such as 10.64.110.0/24. */
  readonly cidr: string
  /** The first address; on VLAN and VXLAN zones it is somebody's router, not Proxmox VE. */
  readonly gateway: string
}

const SIZE = 256

/** Undefined where the base does not reach as far as the tag. `base` is a network such as 10.64.0.0/12. */
export function subnetOf(base: string, tag: number): Subnet | undefined {
  const [address = '', length = ''] = base.split('/')
  const first = numberOf(address) + tag * SIZE
  const end = numberOf(address) + 2 ** (32 - Number(length))
  if (first + SIZE > end) return undefined
  return { cidr: `${textOf(first)}/24`, gateway: textOf(first + 1) }
}

/** The address of the machine with this number, counted from 0; undefined where the network has no room for it. */
export function machineAddress({ cidr }: Subnet, index: number): string | undefined {
  const offset = FIRST_MACHINE + index
  return offset > LAST_MACHINE ? undefined : textOf(numberOf(cidr.split('/')[0] ?? '') + offset)
}

/** The lowest address of the network that no machine has; undefined where all are taken. */
export function chooseAddress(subnet: Subnet, taken: readonly string[]): string | undefined {
  for (let index = 0; ; index += 1) {
    const address = machineAddress(subnet, index)
    if (address === undefined || !taken.includes(address)) return address
  }
}

/** Below it is room for routers and other things of the administrator's. */
const FIRST_MACHINE = 10
const LAST_MACHINE = 254

function numberOf(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0)
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(number / 2 ** shift) % 256).join('.')
}
