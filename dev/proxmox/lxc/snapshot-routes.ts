/** Snapshots of containers. */

import { anybody, holds, holdsAny } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, given, param, type Route } from '../api/route.ts'
import { editGuest, guestOf, mustBeUnlocked, shownConfig } from '../guests/config.ts'
import { deleteSnapshot, existingSnapshot, rollBack, snapshotRows, takeSnapshot } from '../guests/snapshots.ts'
import { guestTask } from '../guests/task.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { type Feature, hasFeature } from '../qemu/feature.ts'
import { configId } from '../schema/formats.ts'
import { flag, formatted, oneOf, optional, text } from '../schema/property.ts'
import { lxcOptions } from './options.ts'
import { mountedVolumes } from './volumes.ts'

const path = '/nodes/{node}/lxc/{vmid}'
const snapname = formatted(configId, { maxLength: 40 })
const snapshots = holds('/vms/{vmid}', 'VM.Snapshot')
const one = { node, vmid, snapname }

export const lxcSnapshotRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${path}/snapshot`,
    params: { node, vmid },
    may: holds('/vms/{vmid}', 'VM.Audit'),
    run: call => snapshotRows(guestOf(call, 'lxc')),
  },
  {
    method: 'POST',
    path: `${path}/snapshot`,
    params: { ...one, ...optional({ description: text() }) },
    may: snapshots,
    run: take,
  },
  {
    method: 'GET',
    path: `${path}/snapshot/{snapname}`,
    params: one,
    may: anybody,
    anyNode: true,
    run: () => [{ cmd: 'rollback' }, { cmd: 'config' }],
  },
  {
    method: 'DELETE',
    path: `${path}/snapshot/{snapname}`,
    params: { ...one, ...optional({ force: flag() }) },
    may: snapshots,
    run: call =>
      guestTask(call, 'lxc', 'vzdelsnapshot', guest => deleteSnapshot(call.sim, guest, param(call, 'snapname'))),
  },
  {
    method: 'GET',
    path: `${path}/snapshot/{snapname}/config`,
    params: one,
    may: holdsAny('/vms/{vmid}', 'VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Audit'),
    run: call => shownConfig(existingSnapshot(guestOf(call, 'lxc'), param(call, 'snapname')).config, lxcOptions),
  },
  {
    method: 'PUT',
    path: `${path}/snapshot/{snapname}/config`,
    params: { ...one, ...optional({ description: text() }) },
    may: snapshots,
    run: call => {
      const guest = guestOf(call, 'lxc')
      mustBeUnlocked(guest)
      editGuest(call.sim, guest, copy => {
        existingSnapshot(copy, param(call, 'snapname')).description = given(call, 'description') ?? ''
      })
    },
  },
  {
    method: 'POST',
    path: `${path}/snapshot/{snapname}/rollback`,
    params: { ...one, ...optional({ start: flag() }) },
    may: holdsAny('/vms/{vmid}', 'VM.Snapshot', 'VM.Snapshot.Rollback'),
    run: call => guestTask(call, 'lxc', 'vzrollback', guest => rollBack(call.sim, guest, param(call, 'snapname'))),
  },
  {
    method: 'GET',
    path: `${path}/feature`,
    params: { node, vmid, feature: oneOf('snapshot', 'clone', 'copy'), ...optional({ snapname }) },
    may: holds('/vms/{vmid}', 'VM.Audit'),
    run: call => {
      const guest = guestOf(call, 'lxc')
      const name = given(call, 'snapname')
      const config = name ? existingSnapshot(guest, name).config : guest.config
      const wanted = param(call, 'feature') as Feature
      return {
        hasFeature: mountedVolumes(config).every(volid => hasFeature(call.sim.state, wanted, volid, name)) ? 1 : 0,
      }
    },
  },
]

function take(call: Call): string {
  const name = param(call, 'snapname')
  for (const reserved of ['current', 'vzdump']) {
    if (name === reserved) throw failure(`unable to use snapshot name '${reserved}' (reserved name)`)
  }
  return guestTask(call, 'lxc', 'vzsnapshot', guest => {
    const isPossible = mountedVolumes(guest.config).every(volid => hasFeature(call.sim.state, 'snapshot', volid))
    takeSnapshot(call.sim, guest, mountedVolumes, { name, description: given(call, 'description'), isPossible })
  })
}
