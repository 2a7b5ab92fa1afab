/** `/nodes/{node}/qemu/{vmid}/snapshot`. */

import { anybody, holds, holdsAny, mustHold } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, given, isOn, number, param, type Route } from '../api/route.ts'
import { editGuest, guestOf, mustBeUnlocked, shownConfig } from '../guests/config.ts'
import { deleteSnapshot, existingSnapshot, rollBack, snapshotRows, takeSnapshot } from '../guests/snapshots.ts'
import { guestTask } from '../guests/task.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { configId } from '../schema/formats.ts'
import { flag, formatted, optional, text } from '../schema/property.ts'
import type { Config, Guest, Row } from '../state.ts'
import { isCdrom, parseDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'
import { hasFeature } from './feature.ts'
import { qemuOptions } from './options.ts'
import { startMachine } from './power.ts'

const path = '/nodes/{node}/qemu/{vmid}/snapshot'
const snapname = formatted(configId, { maxLength: 40 })
const one = { node, vmid, snapname }
const snapshots = holds('/vms/{vmid}', 'VM.Snapshot')

export const qemuSnapshotRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    params: { node, vmid },
    may: holds('/vms/{vmid}', 'VM.Audit'),
    run: call => snapshotRows(guestOf(call, 'qemu')),
  },
  {
    method: 'POST',
    path,
    params: { ...one, ...optional({ description: text(), vmstate: flag() }) },
    may: snapshots,
    run: take,
  },
  {
    method: 'GET',
    path: `${path}/{snapname}`,
    params: one,
    may: anybody,
    anyNode: true,
    run: () => [{ cmd: 'rollback' }, { cmd: 'config' }],
  },
  {
    method: 'DELETE',
    path: `${path}/{snapname}`,
    params: { ...one, ...optional({ force: flag() }) },
    may: snapshots,
    run: call =>
      guestTask(call, 'qemu', 'qmdelsnapshot', guest => deleteSnapshot(call.sim, guest, param(call, 'snapname'))),
  },
  {
    method: 'GET',
    path: `${path}/{snapname}/config`,
    params: one,
    may: holdsAny('/vms/{vmid}', 'VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Audit'),
    run: call => snapshotConfig(guestOf(call, 'qemu'), param(call, 'snapname')),
  },
  {
    method: 'PUT',
    path: `${path}/{snapname}/config`,
    params: { ...one, ...optional({ description: text() }) },
    may: snapshots,
    run: describe,
  },
  {
    method: 'POST',
    path: `${path}/{snapname}/rollback`,
    params: { ...one, ...optional({ start: flag() }) },
    may: holdsAny('/vms/{vmid}', 'VM.Snapshot', 'VM.Snapshot.Rollback'),
    run: call => {
      if (isOn(call, 'start')) mustHold(call, `/vms/${number(call, 'vmid')}`, ['VM.PowerMgmt'])
      return guestTask(call, 'qemu', 'qmrollback', guest => {
        rollBack(call.sim, guest, param(call, 'snapname'))
        if (isOn(call, 'start')) startMachine(call, guest.vmid)
      })
    },
  },
]

export function snapshotConfig(guest: Guest, name: string): Row {
  const { config, snaptime, description, parent } = existingSnapshot(guest, name)
  return {
    ...shownConfig(config, qemuOptions),
    snaptime,
    ...(description === '' ? {} : { description }),
    ...(parent === undefined ? {} : { parent }),
  }
}

/** Disks, and no CD-ROMs. */
export const disksOf = (config: Config): string[] =>
  Object.entries(config)
    .filter(([name, value]) => isDrive(name) && !isCdrom(parseDrive(name, value)))
    .map(([name, value]) => parseDrive(name, value).file ?? '')

function take(call: Call): string {
  const name = param(call, 'snapname')
  if (name === 'current') throw failure(`unable to use snapshot name 'current' (reserved name)`)
  if (name.toLowerCase() === 'pending') throw failure(`unable to use snapshot name 'pending' (reserved name)`)
  guestOf(call, 'qemu')
  return guestTask(call, 'qemu', 'qmsnapshot', guest => {
    const isPossible = disksOf(guest.config).every(volid => hasFeature(call.sim.state, 'snapshot', volid))
    takeSnapshot(call.sim, guest, disksOf, { name, description: given(call, 'description'), isPossible })
  })
}

function describe(call: Call): null {
  const description = given(call, 'description')
  if (description === undefined) return null
  const guest = guestOf(call, 'qemu')
  mustBeUnlocked(guest)
  editGuest(call.sim, guest, copy => {
    existingSnapshot(copy, param(call, 'snapname')).description = description
  })
  return null
}
