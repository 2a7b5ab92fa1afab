/** What a backup, and a job that makes backups, may be told. */

import { email, nodeName, storageId, vmid } from '../schema/formats.ts'
import {
  composed,
  type Format,
  flag,
  formatted,
  integer,
  listOf,
  oneOf,
  optional,
  type Parameters,
  text,
} from '../schema/property.ts'
import { FormatError } from '../schema/property-string.ts'
import { pruneFields } from '../storage/prune-options.ts'

const receiver: Format = value => {
  if (/^[\w+\-~]+(\.[\w+\-~]+)*$/.test(value)) return
  try {
    email(value)
  } catch {
    throw new FormatError('value does not look like a valid email address or user name')
  }
}

export const backupOptions: Parameters = optional({
  all: flag(),
  bwlimit: integer(0),
  compress: oneOf('0', '1', 'gzip', 'lzo', 'zstd'),
  dumpdir: text(),
  exclude: listOf(vmid),
  'exclude-path': { type: 'array' },
  fleecing: composed({
    enabled: flag({ defaultKey: true }),
    ...optional({ storage: formatted(storageId) }),
  }),
  ionice: integer(0, 8),
  lockwait: integer(0),
  mailnotification: oneOf('always', 'failure'),
  mailto: listOf(receiver),
  mode: oneOf('snapshot', 'suspend', 'stop'),
  node: formatted(nodeName),
  'notes-template': text({ maxLength: 1024, requires: 'storage' }),
  'notification-mode': oneOf('auto', 'legacy-sendmail', 'notification-system'),
  'pbs-change-detection-mode': oneOf('legacy', 'data', 'metadata'),
  performance: composed(optional({ 'max-workers': integer(1, 256), 'pbs-entries-max': integer(1) })),
  pigz: integer(),
  pool: text(),
  protected: flag({ requires: 'storage' }),
  'prune-backups': composed(pruneFields),
  quiet: flag(),
  remove: flag(),
  script: text(),
  stdexcludes: flag(),
  stop: flag(),
  stopwait: integer(0),
  storage: formatted(storageId),
  tmpdir: text(),
  vmid: listOf(vmid),
  zstd: integer(),
})
