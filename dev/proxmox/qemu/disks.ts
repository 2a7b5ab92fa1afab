/** Making the volumes that drives ask for, and what becomes of volumes that are let go. */

import { failure, invalid } from '../api/api-error.ts'
import type { Call } from '../api/route.ts'
import { isTemplate } from '../guests/config.ts'
import type { Config, Guest } from '../state.ts'
import { mustAccessVolume } from '../storage/access.ts'
import { formatSize } from '../storage/size.ts'
import {
  allocate,
  existingStorage,
  existingVolume,
  freeVolume,
  makeBase,
  parseVolumeId,
  splitVolumeId,
} from '../storage/volumes.ts'
import { isCloudInitRequest } from './checks.ts'
import { type Drive, isCdrom, isCloudInit, newDisk, parseDrive, printDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'

const cloudInitBytes = 4 * 2 ** 20
const tpmBytes = 4 * 2 ** 20

/** As they will be written; throws for ISO images that are not said to be CD-ROMs. */
export function normalizedDrives(call: Call, config: Config): Config {
  const drives = Object.keys(config).filter(isDrive).toSorted()
  return {
    ...config,
    ...Object.fromEntries(drives.map(name => [name, normalizedDrive(call, name, config[name] ?? '')])),
  }
}

function normalizedDrive(call: Call, name: string, value: string): string {
  const drive = parseDrive(name, value)
  const { file = '' } = drive
  if (/^(cdrom|none)$/.test(file)) drive.media ??= 'cdrom'
  if (splitVolumeId(file) !== undefined && newDisk(file) === undefined && !isCloudInitRequest(file)) {
    if (parseVolumeId(call.sim.state, file).kind === 'iso' && drive.media !== 'cdrom') {
      throw invalid({ [name]: `explicit 'media=cdrom' is required for iso images` })
    }
  }
  return printDrive(drive)
}

/** The drives of `config` with volumes made for those that ask for new ones; what was made is freed on an error. */
export function makeDrives(call: Call, guest: Guest, config: Config, defaultStorage?: string): Config {
  const made: string[] = []
  try {
    const names = Object.keys(config).filter(isDrive)
    return Object.fromEntries(
      names.map(name => [name, makeDrive(call, guest, name, config[name] ?? '', made, defaultStorage)]),
    )
  } catch (error) {
    for (const volid of made) freeVolume(call.sim.state, volid, guest.node)
    throw error
  }
}

function makeDrive(
  call: Call,
  guest: Guest,
  name: string,
  value: string,
  made: string[],
  defaultStorage: string | undefined,
): string {
  const { sim } = call
  const { node, vmid } = guest
  const drive = parseDrive(name, value)
  const { file = '' } = drive
  const request = newDisk(file)
  if (file === 'none' || file === 'cdrom') return printDrive(without(drive, 'size'))
  if (isCloudInitRequest(file)) {
    refuseSecondCloudInit(guest, name)
    const storage = splitVolumeId(file)?.storage ?? defaultStorage
    if (storage === undefined) throw failure('no storage ID specified (and no default storage)')
    existingStorage(sim.state, storage)
    const format = drive.format ?? 'qcow2'
    const disk = { storage, node, vmid, format, size: cloudInitBytes, name: `vm-${vmid}-cloudinit.${format}` }
    const { volid } = allocate(sim, disk)
    made.push(volid)
    return printDrive({ ...without(drive, 'format'), file: volid, media: 'cdrom' })
  }
  if (request !== undefined) {
    const storage = request.storage ?? defaultStorage
    if (storage === undefined) throw failure('no storage ID specified (and no default storage)')
    existingStorage(sim.state, storage)
    const asked = Math.floor(request.gibibytes * 2 ** 30)
    const size = name.startsWith('tpmstate') ? tpmBytes : name.startsWith('efidisk') ? 540_672 : asked
    const volume = allocate(sim, { storage, node, vmid, format: drive.format ?? 'raw', size })
    made.push(volume.volid)
    const volid = isTemplate(guest) ? makeBase(sim.state, volume.volid, node) : volume.volid
    return printDrive({ ...without(drive, 'format'), file: volid, size: formatSize(size) })
  }
  mustAccessVolume(call, vmid, file)
  if (splitVolumeId(file) === undefined) return printDrive(drive)
  const { size } = existingVolume(sim.state, file, node)
  if (isCloudInit(drive)) refuseSecondCloudInit(guest, name)
  return printDrive({ ...drive, size: formatSize(size) })
}

function refuseSecondCloudInit({ config, pending }: Guest, name: string): void {
  const other = Object.entries({ ...config, ...pending }).find(
    ([option, value]) => option !== name && isDrive(option) && value !== null && isCloudInit(parseDrive(option, value)),
  )
  if (other !== undefined) throw failure(`${name} - cloud-init drive is already attached at '${other[0]}'`)
}

export function without(drive: Drive, name: string): Drive {
  const { [name]: _, ...rest } = drive
  return rest
}

/** A disk that is taken off stays, as `unused0`; a drive of cloud-init goes for good. */
export function detachDrive(call: Call, guest: Guest, value: string, name: string): void {
  const drive = parseDrive(name, value)
  const { file = '' } = drive
  if (splitVolumeId(file) === undefined) return
  if (isCloudInit(drive)) freeVolume(call.sim.state, file, guest.node)
  else if (!isCdrom(drive) && isOwner(call, guest, file)) addUnused(guest, file)
}

export function addUnused({ config }: Guest, volid: string): void {
  if (Object.entries(config).some(([name, value]) => /^unused\d+$/.test(name) && value === volid)) return
  let number = 0
  while (config[`unused${number}`] !== undefined) number++
  config[`unused${number}`] = volid
}

export function isOwner(call: Call, { vmid }: Guest, volid: string): boolean {
  return splitVolumeId(volid) !== undefined && parseVolumeId(call.sim.state, volid).vmid === vmid
}

/** Of a volume that a snapshot still shows. */
export function isInSnapshot({ snapshots }: Guest, volid: string): boolean {
  return Object.values(snapshots).some(({ config }) =>
    Object.values(config).some(value => value === volid || value.startsWith(`${volid},`)),
  )
}

/** `order=scsi0;ide2;net0`: the first disk, CD-ROM and network device. */
export function defaultBootOrder(config: Config, driveOrder: readonly string[]): string {
  const first = (cdrom: boolean) =>
    driveOrder.find(name => {
      const value = config[name]
      return /^(ide|scsi|virtio|sata)/.test(name) && value !== undefined && isCdrom(parseDrive(name, value)) === cdrom
    })
  const net = Array.from({ length: 32 }, (_, i) => `net${i}`).find(name => config[name] !== undefined)
  const devices = [first(false), first(true), net].filter(name => name !== undefined)
  return devices.length === 0 ? ' ' : `order=${devices.join(';')}`
}
