/** `scsi0`, `ide2`, …: what may be said about a disk. */

import { absolutePath, diskSize, isFine, urlEncoded, volumeId } from '../schema/formats.ts'
import {
  composed,
  decimal,
  type Fields,
  type Format,
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

/** `none`, `cdrom`, `STORAGE:SIZE`, a volume, or a path. */
const volumeOrPath: Format = value => {
  if (value === 'none' || value === 'cdrom' || value.startsWith('/')) return
  volumeId(value)
}
const volumeOrAbsolutePath: Format = value => {
  if (!isFine(absolutePath, value)) volumeId(value)
}

const diskFormats = ['raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop']
const file: Fields = {
  file: { ...formatted(volumeOrPath), defaultKey: true },
  volume: { type: 'string', alias: 'file' },
  ...optional({ 'import-from': formatted(volumeOrAbsolutePath), size: formatted(diskSize) }),
}

const limits = (...kinds: string[]): Parameters => {
  const each = (make: (kind: string) => [string, Property][]) => Object.fromEntries(kinds.flatMap(make))
  return {
    ...each(kind => [
      [`mbps${kind}`, decimal()],
      [`mbps${kind}_max`, decimal()],
      [`iops${kind}`, integer()],
      [`iops${kind}_max`, integer()],
      [`iops${kind}_max_length`, integer(1)],
      [`bps${kind}`, integer()],
      [`bps${kind}_max_length`, integer(1)],
    ]),
  }
}
/** Older names of the lengths. */
const aliases: Fields = Object.fromEntries(
  ['iops_rd', 'iops_wr', 'bps_rd', 'bps_wr'].map((name): [string, Property] => [
    `${name}_length`,
    { type: 'string', alias: `${name}_max_length` },
  ]),
)

const common: Fields = {
  ...file,
  ...optional({
    ...limits('', '_rd', '_wr'),
    aio: oneOf('native', 'threads', 'io_uring'),
    backup: flag(),
    cache: oneOf('none', 'writethrough', 'writeback', 'unsafe', 'directsync'),
    detect_zeroes: flag(),
    discard: oneOf('ignore', 'on'),
    format: oneOf(...diskFormats),
    media: oneOf('cdrom', 'disk'),
    replicate: flag(),
    rerror: oneOf('ignore', 'report', 'stop'),
    serial: formatted(urlEncoded, { maxLength: 60 }),
    shared: flag(),
    snapshot: flag(),
    werror: oneOf('enospc', 'ignore', 'report', 'stop'),
  }),
  ...aliases,
}
const solid: Fields = optional({ ssd: flag(), wwn: text({ pattern: /(0x)[0-9a-fA-F]{16}/ }) })
const threaded: Fields = optional({ iothread: flag(), ro: flag() })
const named = (length: number) => text({ pattern: new RegExp(`[A-Za-z0-9\\-_\\s]{0,${length}}`) })

const kinds: Readonly<Record<string, Fields>> = {
  ide: { ...common, ...solid, ...optional({ model: formatted(urlEncoded, { maxLength: 120 }) }) },
  scsi: {
    ...common,
    ...solid,
    ...threaded,
    ...optional({ product: named(16), queues: integer(2), scsiblock: flag(), vendor: named(8) }),
  },
  virtio: { ...common, ...threaded },
  sata: { ...common, ...solid },
  efidisk: {
    ...file,
    ...optional({
      efitype: oneOf('2m', '4m'),
      format: oneOf(...diskFormats),
      'ms-cert': oneOf('2011', '2023', '2023w', '2023k'),
      'pre-enrolled-keys': flag(),
    }),
  },
  tpmstate: { ...file, ...optional({ format: oneOf('raw', 'qcow2', 'vmdk'), version: oneOf('v1.2', 'v2.0') }) },
  unused: { file: { ...formatted(volumeId), defaultKey: true }, volume: { type: 'string', alias: 'file' } },
}

const counts: Readonly<Record<string, number>> = { ide: 4, scsi: 31, virtio: 16, sata: 6, efidisk: 1, tpmstate: 1 }

/** Every drive there can be, in the order in which they boot. */
export const driveNames: readonly string[] = Object.entries(counts).flatMap(([kind, count]) =>
  Array.from({ length: count }, (_, i) => `${kind}${i}`),
)
export const isDrive = (name: string) => driveNames.includes(name)

/** The fields of `scsi0`. */
export const driveFields = (name: string): Fields => kinds[name.replace(/\d+$/, '')] ?? {}

export const driveOptions: Parameters = optional({
  ...Object.assign(
    {},
    ...Object.entries(counts).map(([kind, count]) => numbered(kind, count, composed(kinds[kind] ?? {}))),
  ),
  ...numbered('unused', 256, composed(kinds.unused ?? {})),
})
export const cdrom = composed(kinds.ide ?? {})
