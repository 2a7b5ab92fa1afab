/** The forms of names, numbers and addresses, each with the words in which Proxmox VE refuses what is not of it. */

import { isIPv4, isIPv6 } from 'node:net'
import type { Format } from './property.ts'
import { FormatError } from './property-string.ts'
import { splitList } from './validation.ts'

const matching =
  (pattern: RegExp, why: (value: string) => string): Format =>
  value => {
    if (!pattern.test(value)) throw new FormatError(why(value))
  }

const looksLike = (what: string) => () => `value does not look like a valid ${what}`

export const vmid = matching(/^[1-9][0-9]{2,8}$/, looksLike('VM ID'))
export const nodeName = matching(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, looksLike('node name'))
export const configId = matching(/^[a-z][a-z0-9_-]+$/i, value => `invalid configuration ID '${value}'`)
export const bridgeId = matching(/^[-_.\w]+$/, value => `invalid bridge ID '${value}'`)
export const urlEncoded = matching(/^[-%a-zA-Z0-9_.!~*'()]*$/, value => `invalid urlencoded string: ${value}`)
export const macAddress = matching(/^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}$/i, looksLike('unicast MAC address'))
export const macPrefix = matching(/^[a-f0-9][02468ace](?::[a-f0-9]{2}){0,2}:?$/i, looksLike('MAC address prefix'))
export const dnsName = matching(
  /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
  looksLike('DNS name'),
)
export const email = matching(/^[\w+\-~]+(\.[\w+\-~]+)*@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*$/, looksLike('email address'))
export const interfaceName = matching(
  /^[a-z][a-z0-9_]{1,20}([:.]\d+)?$/i,
  value => `invalid network interface name '${value}'`,
)
export const tag = matching(/^[a-z0-9_][a-z0-9_\-+.]*$/i, () => 'invalid characters in tag')
export const diskSize = matching(
  /^(\d+(\.\d+)?)([KMGT](?:iB)?)?$/,
  value => `value does not look like a valid disk size: ${value}`,
)
export const absolutePath = matching(/^\//, looksLike('absolute path'))
export const taskStatus = matching(/^(ok|error|warning|unknown)$/i, value => `invalid status '${value}'`)

export const address: Format = value => {
  if (!isIPv4(value) && !isIPv6(value) && !isFine(dnsName, value)) {
    throw new FormatError(`value does not look like a valid address: ${value}`)
  }
}

const cidrOf = (isAddress: (text: string) => boolean, longest: number) => (value: string) => {
  const [, host = '', length = ''] = /^([^/]+)\/(\d+)$/.exec(value) ?? []
  return isAddress(host) && Number(length) > 7 && Number(length) <= longest
}
export const isCidr4 = cidrOf(isIPv4, 32)
export const isCidr6 = cidrOf(isIPv6, 128)

const passing =
  (isFineValue: (value: string) => boolean, what: string): Format =>
  value => {
    if (!isFineValue(value)) throw new FormatError(`value does not look like a valid ${what}`)
  }

export const ip = passing(value => isIPv4(value) || isIPv6(value), 'IP address')
export const ipv4 = passing(isIPv4, 'IPv4 address')
export const ipv6 = passing(isIPv6, 'IPv6 address')
export const cidr = passing(value => isCidr4(value) || isCidr6(value), 'CIDR network')
export const ipv4Config = passing(
  value => ['dhcp', 'manual'].includes(value) || isCidr4(value),
  'ipv4 network configuration',
)
export const ipv6Config = passing(
  value => ['auto', 'dhcp', 'manual'].includes(value) || isCidr6(value),
  'ipv6 network configuration',
)

/** A storage, or anything else whose ids have this form. */
const idOf =
  (what: string): Format =>
  value => {
    if (value.length < 2) throw new FormatError(`${what} ID '${value}' cannot be shorter than 2 characters`)
    if (!/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(value)) {
      throw new FormatError(`${what} ID '${value}' contains illegal characters`)
    }
  }
export const storageId = idOf('storage')

export const volumeId: Format = value => {
  if (!/^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i.test(value)) throw new FormatError(`unable to parse volume ID '${value}'`)
}

const contentTypes = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import', 'none']
export const contentType: Format = value => {
  if (!contentTypes.includes(value)) throw new FormatError(`invalid content type '${value}'`)
}

export const userId: Format = value => {
  const { length } = value
  if (length < 3) throw new FormatError(`user name '${value}' is too short`)
  if (length > 64) throw new FormatError(`user name '${value}' is too long (${length} > 64)`)
  if (!/^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/.test(value)) {
    throw new FormatError(`value '${value}' does not look like a valid user name`)
  }
}
export const tokenId = matching(
  /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+![A-Za-z][A-Za-z0-9.\-_]+$/,
  value => `value '${value}' does not look like a valid token ID`,
)
export const tokenSubId = /[A-Za-z][A-Za-z0-9.\-_]+/
const plainName = (what: string) =>
  matching(/^[A-Za-z0-9.\-_]+$/, value => `${what} name '${value}' contains invalid characters`)
export const groupName = plainName('group')
export const roleName = plainName('role')
export const realm = matching(/^[A-Za-z][A-Za-z0-9.\-_]+$/, looksLike('realm'))

export const poolName: Format = value => {
  if (value.split('/').length > 3) throw new FormatError(`pool name '${value}' nested too deeply (max levels = 3)`)
  if (!/^[A-Za-z0-9.\-_]+(?:\/[A-Za-z0-9.\-_]+){0,2}$/.test(value)) {
    throw new FormatError(`pool name '${value}' contains invalid characters`)
  }
}

export const startupOrder: Format = value => {
  const parts = value.split(',').filter(part => part.trim() !== '')
  if (value === '' || !parts.every(part => /^((order=)?\d+|up=\d+|down=\d+)$/.test(part))) {
    throw new FormatError('unable to parse startup options')
  }
}

export const bootOrder: Format = value => {
  if (splitList(value).some(device => !/^[a-z]+\d*$/.test(device))) throw new FormatError('invalid boot order')
}

export function isFine(format: Format, value: string): boolean {
  try {
    format(value)
    return true
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}
