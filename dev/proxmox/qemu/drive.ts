/** One drive of a virtual machine, between its text and its parts. */

import { type Parsed, parsePropertyString } from '../schema/property-string.ts'
import { driveFields } from './drive-options.ts'

export type Drive = Parsed

export const parseDrive = (name: string, value: string): Drive => parsePropertyString(value, driveFields(name))

/** The volume first, the rest by name. */
export function printDrive({ file = '', ...rest }: Drive): string {
  const more = Object.entries(rest)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `,${name}=${value}`)
  return `${file}${more.join('')}`
}

/** `withoutCloudInit`: a drive with cloud-init's files does not count. */
export function isCdrom(drive: Drive, withoutCloudInit = false): boolean {
  if (drive.media !== 'cdrom') return false
  return !(withoutCloudInit && isCloudInit(drive))
}

export const isCloudInit = ({ file = '' }: Drive) =>
  /[:/]vm-\d+-cloudinit(\.\w+)?$/.test(file) || /(^|:)cloudinit$/.test(file)

/** `local:10`: ten gibibytes on `local`; `10` where a storage is given elsewhere. */
export function newDisk(file: string): { storage: string | undefined; gibibytes: number } | undefined {
  const [, storage, size] = /^(?:([^/:\s]+):)?(\d+(?:\.\d+)?)$/.exec(file) ?? []
  return size === undefined ? undefined : { storage, gibibytes: Number(size) }
}
