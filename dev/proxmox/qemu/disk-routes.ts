/** Growing, moving and taking off disks. */

import { holds } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, number, param, type Route } from '../api/route.ts'
import { editGuest, guestOf, modifiedText, mustBeUnlocked, mustHaveDigest } from '../guests/config.ts'
import { withGuestLock } from '../guests/lock.ts'
import { guestTask } from '../guests/task.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { configId, storageId, vmid as vmidForm } from '../schema/formats.ts'
import { flag, formatted, integer, listOf, oneOf, optional, text } from '../schema/property.ts'
import type { Guest } from '../state.ts'
import { mustAllocateSpace } from '../storage/access.ts'
import { formatSize, parseSize } from '../storage/size.ts'
import {
  allocate,
  enabledStorage,
  existingVolume,
  freeVolume,
  holdsContent,
  parseVolumeId,
} from '../storage/volumes.ts'
import { refuseRootOptions } from './checks.ts'
import { addUnused, isInSnapshot } from './disks.ts'
import { type Drive, isCdrom, parseDrive, printDrive } from './drive.ts'
import { driveNames } from './drive-options.ts'
import { applyUpdate, parseUpdate } from './update.ts'

const path = '/nodes/{node}/qemu/{vmid}'
const may = holds('/vms/{vmid}', 'VM.Config.Disk')
const disk = oneOf(...driveNames)
const digest = text({ maxLength: 40 })
const unused = Array.from({ length: 256 }, (_, i) => `unused${i}`)

export const qemuDiskRoutes: readonly Route[] = [
  {
    method: 'PUT',
    path: `${path}/resize`,
    params: {
      node,
      vmid,
      disk,
      size: text({ pattern: /\+?\d+(\.\d+)?[KMGT]?/ }),
      ...optional({ digest, skiplock: flag() }),
    },
    may,
    run: resize,
  },
  {
    method: 'PUT',
    path: `${path}/unlink`,
    params: { node, vmid, idlist: listOf(configId), ...optional({ force: flag() }) },
    may,
    run: call => {
      const { idlist, ...params } = call.params
      const asUpdate = { ...call, params: { ...params, delete: idlist ?? '' } }
      return withGuestLock(call.sim, 'qemu', number(call, 'vmid'), () => applyUpdate(asUpdate, parseUpdate(asUpdate)))
    },
  },
  {
    method: 'POST',
    path: `${path}/move_disk`,
    params: {
      node,
      vmid,
      disk: oneOf(...driveNames, ...unused),
      ...optional({
        bwlimit: integer(0),
        delete: flag(),
        digest,
        format: oneOf('raw', 'qcow2', 'vmdk'),
        storage: formatted(storageId),
        'target-digest': digest,
        'target-disk': oneOf(...driveNames, ...unused),
        'target-vmid': integer(100, 999_999_999, { format: vmidForm }),
      }),
    },
    may,
    run: moveDisk,
  },
]

function resize(call: Call): string {
  refuseRootOptions(call, ['skiplock'])
  return guestTask(call, 'qemu', 'resize', guest => grow(call, guest))
}

function grow(call: Call, guest: Guest): void {
  const { sim } = call
  const name = param(call, 'disk')
  mustHaveDigest(guest, given(call, 'digest'))
  if (!isOn(call, 'skiplock')) mustBeUnlocked(guest)
  const drive = existingDrive(guest, name)
  if (isCdrom(drive)) throw failure(`you can't resize a cdrom`)
  const volid = drive.file ?? ''
  mustAllocateSpace(call, parseVolumeId(sim.state, volid).storage)
  const volume = existingVolume(sim.state, volid, guest.node)
  const wanted = param(call, 'size')
  const size = wanted.startsWith('+') ? volume.size + parseSize(wanted.slice(1)) : parseSize(wanted)
  if (size < volume.size) throw failure('shrinking disks is not supported')
  if (size === volume.size) return
  editGuest(sim, guest, copy => {
    copy.config[name] = printDrive({ ...drive, size: formatSize(size) })
  })
  volume.size = size
}

function existingDrive({ config }: Guest, name: string): Drive {
  const value = config[name]
  if (value === undefined) throw failure(`disk '${name}' does not exist`)
  return parseDrive(name, value)
}

function moveDisk(call: Call): string {
  if (given(call, 'target-vmid') !== undefined) throw failure('moving a disk to another VM is not simulated')
  const storage = given(call, 'storage')
  if (storage === undefined)
    throw failure(
      `Provide either a 'storage' to move the disk to a different storage or 'target-vmid' and 'target-disk' to move the disk to another VM.`,
    )
  mustAllocateSpace(call, storage)
  judgeMove(call, guestOf(call, 'qemu'), storage)
  return guestTask(call, 'qemu', 'qmmove', guest => move(call, guest, storage))
}

function judgeMove(call: Call, guest: Guest, storage: string): Drive {
  const { state } = call.sim
  mustBeUnlocked(guest)
  mustHaveDigest(guest, given(call, 'digest'), modifiedText)
  const drive = existingDrive(guest, param(call, 'disk'))
  if (isCdrom(drive, true)) throw failure(`you can't move a cdrom`)
  const { storage: from, format } = parseVolumeId(state, drive.file ?? '')
  const wanted = given(call, 'format')
  if (from === storage && (wanted === undefined || wanted === format)) {
    throw failure(`you can't move to the same storage with same format`)
  }
  if (!holdsContent(enabledStorage(state, storage, guest.node), 'images')) {
    throw invalid({ storage: `storage '${storage}' does not support vm images` })
  }
  if (isOn(call, 'delete') && isInSnapshot(guest, drive.file ?? '')) {
    throw failure(`you can't move a disk with snapshots and delete the source`)
  }
  return drive
}

function move(call: Call, guest: Guest, storage: string): void {
  const { sim, node: host } = call
  const drive = judgeMove(call, guest, storage)
  const old = drive.file ?? ''
  const { size, format } = existingVolume(sim.state, old, host)
  const made = allocate(sim, { storage, node: host, vmid: guest.vmid, format: given(call, 'format') ?? format, size })
  editGuest(sim, guest, copy => {
    copy.config[param(call, 'disk')] = printDrive({ ...drive, file: made.volid, size: formatSize(size) })
    if (!isOn(call, 'delete')) addUnused(copy, old)
  })
  if (isOn(call, 'delete')) freeVolume(sim.state, old, host)
}
