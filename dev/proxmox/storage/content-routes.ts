/** `/nodes/{node}/storage`: how full storages are, and what is on them. */

import { anybody, holds, holdsAny, mayHoldAny, passes } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, number, param, type Route } from '../api/route.ts'
import { usedBytes } from '../cluster/storage-rows.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { contentType, nodeName, storageId, vmid as vmidForm } from '../schema/formats.ts'
import { flag, formatted, integer, listOf, oneOf, optional, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import type { Row, Storage, Volume } from '../state.ts'
import { mustAccessVolume } from './access.ts'
import { allocate, enabledStorage, splitVolumeId } from './volumes.ts'

const base = '/nodes/{node}/storage'
const storage = formatted(storageId)
const sees = holdsAny('/storage/{storage}', 'Datastore.Audit', 'Datastore.AllocateSpace')

export const storageContentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: base,
    params: {
      node,
      ...optional({
        content: listOf(contentType),
        enabled: flag(),
        format: flag(),
        storage,
        target: formatted(nodeName),
      }),
    },
    may: anybody,
    run: listStorages,
  },
  {
    method: 'GET',
    path: `${base}/{storage}`,
    params: { node, storage },
    may: sees,
    run: () => folders.split(' ').map(subdir => ({ subdir })),
  },
  { method: 'GET', path: `${base}/{storage}/status`, params: { node, storage }, may: sees, run: status },
  {
    method: 'GET',
    path: `${base}/{storage}/content`,
    params: {
      node,
      storage,
      ...optional({ content: formatted(contentType), vmid: integer(100, 999_999_999, { format: vmidForm }) }),
    },
    may: sees,
    run: listContent,
  },
  {
    method: 'POST',
    path: `${base}/{storage}/content`,
    params: {
      node,
      storage,
      vmid,
      filename: text(),
      size: text({ pattern: /\d+[MG]?/ }),
      ...optional({ format: { ...oneOf('raw', 'qcow2', 'subvol', 'vmdk'), requires: 'size' } }),
    },
    may: holds('/storage/{storage}', 'Datastore.AllocateSpace'),
    run: create,
  },
]

const folders =
  'content download-url file-restore import-metadata identity oci-registry-pull prunebackups rrd rrddata status upload'

function usage(call: Call, name: string, { type, content, shared, options }: Storage): Row {
  const enabled = options.disable !== '1'
  const used = enabled ? usedBytes(call.sim, name, call.node) : 0
  const total = enabled ? call.sim.options.storageBytes : 0
  return {
    type,
    content: splitList(content).toSorted().join(','),
    shared: shared ? 1 : 0,
    enabled: enabled ? 1 : 0,
    active: enabled ? 1 : 0,
    total,
    used,
    avail: total - used,
  }
}

const isHere = ({ options }: Storage, name: string) => {
  const nodes = splitList(options.nodes ?? '')
  return nodes.length === 0 || nodes.includes(name)
}

function listStorages(call: Call): Row[] {
  const { state } = call.sim
  const wanted = splitList(given(call, 'content') ?? '')
  const only = given(call, 'storage')
  const target = given(call, 'target')
  const found = Object.entries(state.storages).filter(
    ([, each]) =>
      isHere(each, call.node) && (wanted.length === 0 || wanted.some(kind => splitList(each.content).includes(kind))),
  )
  if (only !== undefined && !found.some(([name]) => name === only)) throw invalid({ storage: 'No such storage.' })
  return found
    .filter(([name]) => only === undefined || name === only)
    .filter(([name]) => mayHoldAny(call, `/storage/${name}`, 'Datastore.Audit', 'Datastore.AllocateSpace'))
    .filter(([, each]) => !isOn(call, 'enabled') || each.options.disable !== '1')
    .filter(([, each]) => target === undefined || target === call.node || (each.shared && isHere(each, target)))
    .map(([name, each]) => {
      const row = usage(call, name, each)
      const total = Number(row.total)
      return { storage: name, ...row, ...(total > 0 ? { used_fraction: Number(row.used) / total } : {}) }
    })
}

function status(call: Call): Row {
  const name = param(call, 'storage')
  const found = call.sim.state.storages[name]
  if (found === undefined || !isHere(found, call.node)) throw invalid({ storage: 'No such storage.' })
  return usage(call, name, found)
}

function listContent(call: Call): Row[] {
  const { state } = call.sim
  const name = param(call, 'storage')
  enabledStorage(state, name, call.node)
  const kind = given(call, 'content')
  const owner = given(call, 'vmid')
  return state.volumes
    .filter(each => splitVolumeId(each.volid)?.storage === name && (each.node ?? call.node) === call.node)
    .filter(each => kind === undefined || each.content === kind)
    .filter(each => owner === undefined || each.vmid === Number(owner))
    .filter(each => passes(() => mustAccessVolume(call, undefined, each.volid)))
    .map(contentRow)
}

function contentRow({
  volid,
  content,
  format,
  size,
  ctime,
  vmid: owner,
  parent,
  notes,
  protected: kept,
  backup,
}: Volume): Row {
  const row = { volid, content, format, size, ctime, ...(owner === undefined ? {} : { vmid: owner }) }
  if (content === 'images') return { ...row, parent: parent ?? null, used: Math.floor(size / 100) }
  if (content === 'rootdir') return { ...row, parent: null, used: 0 }
  return {
    ...row,
    ...(backup === undefined ? {} : { subtype: backup.type }),
    ...(notes ? { notes } : {}),
    ...(kept ? { protected: 1 } : {}),
  }
}

function create(call: Call): string {
  const { sim, node: host } = call
  const text = param(call, 'size')
  const kibibytes = Number.parseInt(text, 10) * (text.endsWith('G') ? 2 ** 20 : text.endsWith('M') ? 2 ** 10 : 1)
  const name = param(call, 'filename')
  const [, suffix] = /\.(raw|qcow2|vmdk)$/.exec(name) ?? []
  const format = given(call, 'format')
  if (suffix !== undefined && format !== undefined && format !== suffix) {
    throw invalid({ format: `different storage formats (${format} != ${suffix})` })
  }
  const where = param(call, 'storage')
  enabledStorage(sim.state, where, host)
  if (suffix === undefined) throw failure(`illegal name '${name}' - should be 'vm-${param(call, 'vmid')}-*'`)
  return allocate(sim, {
    storage: where,
    node: host,
    vmid: number(call, 'vmid'),
    format: suffix,
    size: kibibytes * 1024,
    name,
  }).volid
}
