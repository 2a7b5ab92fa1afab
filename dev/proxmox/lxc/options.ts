/** What may be said about a container. */

import {
  diskSize,
  dnsName,
  ip,
  ipv4,
  ipv4Config,
  ipv6,
  ipv6Config,
  macAddress,
  startupOrder,
  tag,
  volumeId,
} from '../schema/formats.ts'
import {
  composed,
  decimal,
  type Fields,
  type Format,
  flag,
  formatted,
  integer,
  listOf,
  numbered,
  oneOf,
  optional,
  type Parameters,
  text,
} from '../schema/property.ts'
import { FormatError, type Parsed, parsePropertyString } from '../schema/property-string.ts'

const mountOption = '(discard|lazytime|noatime|nodev|noexec|nosuid)'
const idmap = /(?:passthrough|[ug]:[0-9]+:[0-9]+:[1-9][0-9]*(?:;[ug]:[0-9]+:[0-9]+:[1-9][0-9]*)*)/
const printable = '[^\\x00-\\x08\\x0a-\\x1F\\x7F]'
const interfaceName = text({ pattern: /[-_.\w\d]+/ })

/** No way out of the container's own tree. */
const mountPath: Format = value => {
  if (/(^|\/)\.\.(\/|$)/.test(value)) throw new FormatError('invalid path')
}
const device: Format = value => {
  if (!value.startsWith('/dev/')) throw new FormatError('is not a valid device path')
}

const volumeFields: Fields = {
  volume: { ...formatted(mountPath), defaultKey: true },
  ...optional({
    acl: flag(),
    idmap: text({ pattern: idmap }),
    mountoptions: text({ pattern: new RegExp(`${mountOption}(;${mountOption})*`) }),
    quota: flag(),
    replicate: flag(),
    ro: flag(),
    shared: flag(),
    size: formatted(diskSize),
  }),
}
const mountFields: Fields = {
  ...volumeFields,
  mp: formatted(mountPath),
  ...optional({ backup: flag(), keepattrs: flag() }),
}
const netFields: Fields = {
  name: interfaceName,
  ...optional({
    bridge: interfaceName,
    firewall: flag(),
    gw: formatted(ipv4),
    gw6: formatted(ipv6),
    'host-managed': flag(),
    hwaddr: formatted(macAddress),
    ip: formatted(ipv4Config),
    ip6: formatted(ipv6Config),
    link_down: flag(),
    mtu: integer(64, 65_535),
    rate: decimal(),
    tag: integer(1, 4094),
    trunks: text({ pattern: /\d+(?:;\d+)*/ }),
    type: oneOf('veth'),
  }),
}

export const mountPointNames: readonly string[] = ['rootfs', ...Array.from({ length: 256 }, (_, i) => `mp${i}`)]
export const isMountPoint = (name: string) => name === 'rootfs' || /^mp\d+$/.test(name)
const locks = 'backup create destroyed disk fstrim migrate mounted rollback snapshot snapshot-delete'
const systems = 'debian devuan ubuntu centos fedora opensuse archlinux alpine gentoo nixos unmanaged'

/** A few are given when the container is made, and stay as they are. */
export const lxcOptions: Parameters = optional({
  arch: oneOf('amd64', 'i386', 'arm64', 'armhf', 'riscv32', 'riscv64'),
  cmode: oneOf('shell', 'console', 'tty'),
  console: flag(),
  cores: integer(1, 8192),
  cpulimit: decimal(0, 8192),
  cpuunits: integer(0, 500_000),
  debug: flag(),
  description: text({ maxLength: 8192 }),
  entrypoint: text({ pattern: new RegExp(`${printable}+`) }),
  env: text({ pattern: new RegExp(`(?:\\w+=${printable}*)(?:\\0\\w+=${printable}*)*`) }),
  features: composed(
    optional({
      ...Object.fromEntries(['force_rw_sys', 'fuse', 'keyctl', 'mknod', 'nesting'].map(name => [name, flag()])),
      mount: text({ pattern: /[a-zA-Z0-9_; ]+/ }),
    }),
  ),
  hookscript: formatted(volumeId),
  hostname: formatted(dnsName, { maxLength: 255 }),
  lock: oneOf(...locks.split(' ')),
  memory: integer(16),
  nameserver: listOf(ip),
  onboot: flag(),
  ostype: oneOf(...systems.split(' ')),
  protection: flag(),
  rootfs: composed(volumeFields),
  searchdomain: listOf(dnsName),
  startup: formatted(startupOrder),
  swap: integer(0),
  tags: listOf(tag),
  template: flag(),
  timezone: text(),
  tty: integer(0, 6),
  unprivileged: flag(),
  ...numbered(
    'dev',
    256,
    composed(
      optional({
        'deny-write': flag(),
        gid: integer(0),
        mode: text({ pattern: /0[0-7]{3}/ }),
        path: formatted(device, { defaultKey: true }),
        uid: integer(0),
      }),
    ),
  ),
  ...numbered('mp', 256, composed(mountFields)),
  ...numbered('net', 32, composed(netFields)),
  ...numbered('unused', 256, composed({ volume: { ...formatted(volumeId), defaultKey: true } })),
})

export const parseMount = (name: string, value: string): Parsed =>
  parsePropertyString(value, name === 'rootfs' ? volumeFields : mountFields)
export const parseLxcNet = (value: string): Parsed => parsePropertyString(value, netFields)

const sorted = (fields: Parsed) =>
  Object.entries(fields)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)

/** What has to be there comes first. */
export function printMount({ volume = '', mp, ...rest }: Parsed): string {
  return [volume, ...(mp === undefined ? [] : [`mp=${mp}`]), ...sorted(rest)].join(',')
}

/** Gets a MAC address and a type where it has none. */
export function printLxcNet({ name = '', ...rest }: Parsed, newMac: () => string): string {
  const hwaddr = (rest.hwaddr ?? newMac()).toUpperCase()
  return [`name=${name}`, ...sorted({ ...rest, hwaddr, type: 'veth' })].join(',')
}
