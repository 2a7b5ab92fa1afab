/** `/storage`: which storages there are. Directories are simulated; the other types are kept, and hold nothing. */

import { anybody, holds, mayHoldAny } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, chosen, given, isOn, param, type Route } from '../api/route.ts'
import { modifiedText } from '../guests/config.ts'
import { absolutePath, configId, contentType, nodeName, storageId } from '../schema/formats.ts'
import {
  composed,
  decimal,
  flag,
  formatted,
  integer,
  listOf,
  oneOf,
  optional,
  type Parameters,
  text,
} from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { withClusterLock } from '../simulation.ts'
import type { Row, State, Storage } from '../state.ts'
import { storagesDigest } from './digest.ts'
import { pruneFields } from './prune-options.ts'
import { existingStorage } from './volumes.ts'

const types = 'btrfs cephfs cifs dir esxi iscsi iscsidirect lvm lvmthin nfs pbs rbd zfs zfspool'
const bandwidths = ['clone', 'default', 'migration', 'move', 'restore']
const texts = [
  ...['comstar_hg', 'comstar_tg', 'data-pool', 'encryption-key', 'is_mountpoint', 'keyring', 'lio_tpg'],
  ...[
    'master-pubkey',
    'namespace',
    'options',
    'pool',
    'saferemove_throughput',
    'username',
    'blocksize',
    'content-dirs',
  ],
  ...['monhost', 'server'],
]
const flags = [
  ...['create-base-path', 'create-subdirs', 'disable', 'fuse', 'krbd', 'mkdir', 'nocow', 'nowritecache', 'saferemove'],
  ...['shared', 'skip-cert-verification', 'snapshot-as-volume-chain', 'sparse', 'tagged_only'],
]
const all = <T>(names: readonly string[], value: T): Record<string, T> =>
  Object.fromEntries(names.map(name => [name, value]))

const settings: Parameters = optional({
  ...all(texts, text()),
  ...all(flags, flag()),
  ...all(['mountpoint', 'subdir', 'zfs-base-path'], formatted(absolutePath)),
  bwlimit: composed(optional(all(bandwidths, decimal(0)))),
  content: listOf(contentType),
  domain: text({ maxLength: 256 }),
  fingerprint: text({ pattern: /([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}/ }),
  format: oneOf('raw', 'qcow2', 'subvol', 'vmdk'),
  'fs-name': formatted(configId),
  'max-protected-backups': integer(-1),
  nodes: listOf(nodeName),
  password: text({ maxLength: 256 }),
  port: integer(1, 65_535),
  preallocation: oneOf('off', 'metadata', 'falloc', 'full'),
  'prune-backups': composed(pruneFields),
  'saferemove-stepsize': { type: 'integer', enum: ['1', '2', '4', '8', '16', '32'] },
  smbversion: oneOf('default', '2.0', '2.1', '3', '3.0', '3.11'),
})
/** Cannot be changed afterwards. */
const fixed: Parameters = optional({
  ...all(
    ['authsupported', 'datastore', 'iscsiprovider', 'portal', 'share', 'target', 'thinpool', 'vgname', 'base'],
    text(),
  ),
  export: formatted(absolutePath),
  path: formatted(absolutePath),
})
const storage = formatted(storageId)
const allocates = holds('/storage', 'Datastore.Allocate')

export const storageConfigRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/storage',
    params: optional({ type: oneOf(...types.split(' ')) }),
    may: anybody,
    run: call =>
      Object.entries(call.sim.state.storages)
        .filter(([name]) => mayHoldAny(call, `/storage/${name}`, 'Datastore.Audit', 'Datastore.AllocateSpace'))
        .filter(([, { type }]) => type === (given(call, 'type') ?? type))
        .map(([name, each]) => shown(call.sim.state, name, each)),
  },
  {
    method: 'POST',
    path: '/storage',
    params: { storage, type: oneOf(...types.split(' ')), ...settings, ...fixed },
    may: allocates,
    run: create,
  },
  {
    method: 'GET',
    path: '/storage/{storage}',
    params: { storage },
    may: holds('/storage/{storage}', 'Datastore.Allocate'),
    run: call => shown(call.sim.state, param(call, 'storage'), existingStorage(call.sim.state, param(call, 'storage'))),
  },
  {
    method: 'PUT',
    path: '/storage/{storage}',
    params: {
      storage,
      ...settings,
      ...optional({ delete: listOf(configId, { maxLength: 4096 }), digest: text({ maxLength: 64 }) }),
    },
    may: allocates,
    run: update,
  },
  { method: 'DELETE', path: '/storage/{storage}', params: { storage }, may: allocates, run: remove },
]

function shown(state: State, name: string, { type, content, shared, options }: Storage): Row {
  const { priority, disable, ...rest } = options
  return {
    storage: name,
    type,
    content: splitList(content).toSorted().join(','),
    digest: storagesDigest(state),
    ...rest,
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(disable === undefined ? {} : { disable: Number(disable) }),
    ...(shared ? { shared: 1 } : {}),
  }
}

/** Only the default storage, which no file names yet, has a priority. */
function written(state: State): void {
  for (const each of Object.values(state.storages)) delete each.options.priority
}

async function create(call: Call): Promise<Row> {
  const { state } = call.sim
  const name = param(call, 'storage')
  const type = param(call, 'type')
  const { content, shared, ...options } = chosen(call, Object.keys({ ...settings, ...fixed }))
  const needed = requiredBy[type]?.find(option => options[option] === undefined)
  if (needed !== undefined) throw failure(`missing value for required option '${needed}'`)
  await withClusterLock(call.sim, 'file-storage_cfg', 'create storage failed', () => {
    if (state.storages[name] !== undefined) throw failure(`storage ID '${name}' already defined`)
    written(state)
    state.storages[name] = {
      type,
      content: content ?? 'images,rootdir',
      shared: shared === '1' || isNetwork(type),
      options,
    }
  })
  return { storage: name, type }
}

const requiredBy: Readonly<Record<string, readonly string[]>> = {
  btrfs: ['path'],
  cifs: ['server', 'share'],
  dir: ['path'],
  iscsi: ['portal', 'target'],
  lvm: ['vgname'],
  lvmthin: ['thinpool', 'vgname'],
  nfs: ['server', 'export'],
  pbs: ['server', 'datastore'],
  zfspool: ['pool'],
}
const isNetwork = (type: string) => ['cephfs', 'cifs', 'iscsi', 'nfs', 'pbs', 'rbd'].includes(type)

async function update(call: Call): Promise<Row> {
  const { state } = call.sim
  const name = param(call, 'storage')
  const { content, shared, ...options } = chosen(call, Object.keys(settings))
  await withClusterLock(call.sim, 'file-storage_cfg', 'update storage failed', () => {
    const digest = given(call, 'digest')
    if (digest && digest !== storagesDigest(state)) throw failure(modifiedText)
    const found = existingStorage(state, name)
    const removed = splitList(given(call, 'delete') ?? '')
    for (const option of removed) {
      if (settings[option] === undefined) throw failure(`no such option '${option}'`)
      if (options[option] !== undefined)
        throw invalid({ delete: `unable to set and delete property '${option}' at the same time!` })
    }
    written(state)
    const kept = Object.entries({ ...found.options, ...options }).filter(([option]) => !removed.includes(option))
    state.storages[name] = {
      type: found.type,
      content: removed.includes('content') ? 'images,rootdir' : (content ?? found.content),
      shared: removed.includes('shared') ? false : shared === undefined ? found.shared : isOn(call, 'shared'),
      options: Object.fromEntries(kept),
    }
  })
  return { storage: name, type: existingStorage(state, name).type }
}

async function remove(call: Call): Promise<null> {
  const { state } = call.sim
  const name = param(call, 'storage')
  await withClusterLock(call.sim, 'file-storage_cfg', 'delete storage failed', () => {
    existingStorage(state, name)
    written(state)
    delete state.storages[name]
  })
  state.acl = state.acl.filter(({ path }) => path !== `/storage/${name}`)
  for (const pool of Object.values(state.pools)) pool.storage = pool.storage.filter(each => each !== name)
  return null
}
