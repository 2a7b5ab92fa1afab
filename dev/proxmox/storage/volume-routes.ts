/** `/nodes/{node}/storage/{storage}/content/{volume}`: one volume. */

import { anybody, mustHold } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, param, type Route } from '../api/route.ts'
import { node } from '../nodes/parameters.ts'
import { storageId } from '../schema/formats.ts'
import { flag, formatted, integer, optional, text } from '../schema/property.ts'
import type { Row } from '../state.ts'
import { startTask } from '../tasks/worker.ts'
import { mustAccessVolume } from './access.ts'
import { findVolume, freeVolume, isBaseInUse, parseVolumeId, pathOfVolume, splitVolumeId } from './volumes.ts'

const volume = { node, storage: formatted(storageId), volume: text() }
/** The name of a volume has slashes. */
const volumePath = '/nodes/{node}/storage/{storage}/content/{volume*}'

export const volumeRoutes: readonly Route[] = [
  { method: 'GET', path: volumePath, params: volume, may: anybody, run: read },
  {
    method: 'PUT',
    path: volumePath,
    params: { ...volume, ...optional({ notes: text(), protected: flag() }) },
    may: anybody,
    run: annotate,
  },
  {
    method: 'DELETE',
    path: volumePath,
    params: { ...volume, ...optional({ delay: integer(1, 30) }) },
    may: anybody,
    run: remove,
  },
]

function volumeIdOf(call: Call): string {
  const name = param(call, 'volume')
  const where = param(call, 'storage')
  if (!name.includes(':')) return `${where}:${name}`
  const parts = splitVolumeId(name)
  if (parts === undefined) throw invalid({ volume: `unable to parse volume ID '${name}'\n` })
  if (parts.storage !== where) throw invalid({ volume: `storage ID mismatch (${parts.storage} != ${where})\n` })
  return name
}

function read(call: Call): Row {
  const { state } = call.sim
  const volid = volumeIdOf(call)
  mustAccessVolume(call, undefined, volid)
  const path = pathOfVolume(state, volid)
  const found = findVolume(state, volid, call.node)
  if (found === undefined) throw failure(`volume_size_info on '${volid}' failed - no format`)
  const { size, notes, protected: kept, content } = found
  return {
    path,
    size,
    used: Math.floor(size / 100),
    format: parseVolumeId(state, volid).format,
    ...(content === 'backup' && notes !== undefined ? { notes } : {}),
    ...(content === 'backup' && kept !== undefined ? { protected: kept ? 1 : 0 } : {}),
  }
}

function annotate(call: Call): null {
  const { state } = call.sim
  const volid = volumeIdOf(call)
  mustAccessVolume(call, undefined, volid)
  const notes = given(call, 'notes')
  const kept = given(call, 'protected')
  const { kind } = parseVolumeId(state, volid)
  if (notes !== undefined && kind !== 'backup') throw failure('only backups can have notes')
  if (kept !== undefined && kind !== 'backup') throw failure('only backups can be protected')
  const found = findVolume(state, volid, call.node)
  if (found === undefined) throw failure(`volume '${volid}' does not exist`)
  if (notes !== undefined) found.notes = notes
  if (kept !== undefined) found.protected = isOn(call, 'protected')
  return null
}

function remove(call: Call): string {
  const { sim, node: host } = call
  const volid = volumeIdOf(call)
  const { storage: name, kind, vmid: owner } = parseVolumeId(sim.state, volid)
  if (kind === 'backup' && owner !== undefined) {
    mustHold(call, `/storage/${name}`, ['Datastore.AllocateSpace'])
    mustHold(call, `/vms/${owner}`, ['VM.Backup'])
  } else mustHold(call, `/storage/${name}`, ['Datastore.Allocate'])
  return startTask(sim, {
    node: host,
    type: 'imgdel',
    id: `${owner === undefined ? '' : `${owner}@`}${name}`,
    user: call.authid,
    run: task => {
      const found = findVolume(sim.state, volid, host)
      if (found?.protected) {
        throw failure(`cannot remove protected volume '${splitVolumeId(volid)?.path}' on '${name}'`)
      }
      if (isBaseInUse(sim.state, volid))
        throw failure(`base volume '${splitVolumeId(volid)?.path}' is still in use by linked clones`)
      if (found === undefined) task.log(`disk image '${pathOfVolume(sim.state, volid)}' does not exist`)
      else freeVolume(sim.state, volid, host)
      task.log(`Removed volume '${volid}'`)
    },
  })
}
