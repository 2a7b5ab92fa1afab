/** The kinds of single values that Proxmox VE has, each with the sentence that tells a user what it must be. */
import { type Rule, text, withRules } from './rule.ts'

export const proxmoxUrl = text(
  /^https:\/\/([a-zA-Z0-9]([-.a-zA-Z0-9]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\]):[0-9]{1,5}$/,
  'must be https://host:port, such as https://pve1.example.com:8006',
  300,
)

export const certificateFingerprint = text(
  /^([0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$/,
  'must be a SHA-256 fingerprint: 32 pairs of hexadecimal digits with colons in between',
  95,
)

export const pemCertificates = text(
  /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s-]+-----END CERTIFICATE-----\s*$/,
  'must be one or more certificates in PEM',
  65536,
)

/** Of a storage, group or role. */
export const proxmoxId = text(
  /^[a-zA-Z]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/,
  'must consist of letters, digits, "-", "_" and ".", and begin with a letter',
  64,
)

/** Of a zone. */
export const proxmoxNetworkId = text(
  /^[a-zA-Z][a-zA-Z0-9]{1,7}$/,
  'must be 2 to 8 letters and digits that begin with a letter',
  8,
)

export const proxmoxBridge = text(/^[a-zA-Z][a-zA-Z0-9_]{0,9}$/, 'must be the name of a bridge, such as vmbr0', 10)

/** The vnets of tenants are called this and their tag in base 36, of which Proxmox VE takes 8 characters. */
export const vnetPrefix = text(
  /^[a-z][a-z0-9]{0,3}$/,
  'must be 1 to 4 lower case letters and digits that begin with a letter',
  4,
)

/** A volume such as local:vztmpl/debian-12.tar.zst. */
export const proxmoxVolume = text(
  /^[a-zA-Z][-_.a-zA-Z0-9]*:vztmpl\/[-_.+a-zA-Z0-9]+$/,
  'must be a template volume, such as local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst',
  200,
)

/** Together with the name of its tenant it is the name of a guest, which is a DNS label. */
export const machineName = text(
  /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  'must consist of lower case letters, digits and "-", and begin with a letter',
  22,
)

/** Together with the name of the tenant it has to fit into the 64 characters of Proxmox VE. */
export const proxmoxUserName = text(
  /^[a-z][-_a-z0-9]*$/,
  'must consist of lower case letters, digits, "-" and "_", and begin with a letter',
  18,
)

export const proxmoxTag = text(
  /^[a-z0-9_][-_.+a-z0-9]*$/,
  'must be a tag of Proxmox VE: lower case letters, digits, "-", "_", "." and "+"',
  63,
)

export const unixUser = text(/^[a-z_][-_a-z0-9]*$/, 'must be the name of a Linux user', 32)

export const proxmoxNode = text(
  /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
  'must be the name of a node: letters, digits and "-"',
  63,
)

/** Two levels at most: a third one is the tenant's. */
export const proxmoxPool = text(
  /^[a-zA-Z][-_.a-zA-Z0-9]*(\/[a-zA-Z][-_.a-zA-Z0-9]*)?$/,
  'must be the name of a pool, or of a pool within a pool, such as tenants or customers/tenants',
  100,
)

const masked: Rule<string> = {
  cel: 'isCIDR(self) && cidr(self) == cidr(self).masked()',
  message: 'must be the first address of the network, such as 10.64.0.0/12',
  holds: isMasked,
}

export const ipv4Address = text(
  /^(([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$/,
  'must be an IPv4 address',
  15,
)

/** From /8 to /24. */
export const networkBase = withRules(
  text(
    /^(([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\/([89]|1[0-9]|2[0-4])$/,
    'must be an IPv4 network from /8 to /24, such as 10.64.0.0/12',
    18,
  ),
  masked,
)

function isMasked(network: string): boolean {
  const [address = '', length = ''] = network.split('/')
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return number % 2 ** (32 - Number(length)) === 0
}

/** How many /24 fit into the base, as CEL: there is no power in it. */
export const NETWORKS_OF_BASE_CEL = `[${Array.from({ length: 17 }, (_, index) => 2 ** (16 - index)).join(', ')}]`

export function networksOfBase(base: string): number {
  return 2 ** (24 - Number(base.split('/')[1]))
}
