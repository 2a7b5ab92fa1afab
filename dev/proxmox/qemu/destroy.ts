/** Destroying a virtual machine, with its disks, rights and places in pools and jobs. */

import { failure } from '../api/api-error.ts'
import { type Call, isOn } from '../api/route.ts'
import { scheduleBroadcast } from '../cluster/guest-rows.ts'
import { guestOf, isTemplate, mustBeUnlocked, mustBeUnprotected, mustWrite, removeGuest } from '../guests/config.ts'
import { guestTask } from '../guests/task.ts'
import type { Config, Guest } from '../state.ts'
import { freeVolume, isBaseInUse, splitVolumeId } from '../storage/volumes.ts'
import { refuseRootOptions } from './checks.ts'
import { isOwner } from './disks.ts'
import { isCdrom, parseDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'
import { disksOf } from './snapshot-routes.ts'

export function destroyMachine(call: Call): string {
  const { sim } = call
  refuseRootOptions(call, ['skiplock'])
  const early = (guest: Guest) => {
    mustBeUnprotected(guest, `can't remove VM ${guest.vmid}`)
    if (guest.running !== undefined) throw failure(`VM ${guest.vmid} is running - destroy failed`)
  }
  early(guestOf(call, 'qemu'))
  return guestTask(call, 'qemu', 'qmdestroy', guest => {
    early(guest)
    if (!isOn(call, 'skiplock') && guest.config.lock !== 'suspended') mustBeUnlocked(guest)
    const volumes = volumesOf(call, guest)
    if (isTemplate(guest)) {
      const used = disksOf(guest.config).find(volid => isBaseInUse(sim.state, volid))
      if (used !== undefined) throw failure(`base volume '${used}' is still in use by linked cloned`)
    }
    mustWrite(sim, guest)
    for (const volid of volumes) freeVolume(sim.state, volid, guest.node)
    if (isOn(call, 'destroy-unreferenced-disks')) {
      sim.state.volumes = sim.state.volumes.filter(volume => volume.vmid !== guest.vmid || volume.content === 'backup')
    }
    if (isOn(call, 'purge')) purgeFromJobs(call, guest.vmid)
    removeGuest(sim, guest.vmid)
    scheduleBroadcast(sim, guest.vmid)
  })
}

/** What the machine owns, CD-ROM images left out. */
function volumesOf(call: Call, guest: Guest): string[] {
  const inConfig = (config: Config) =>
    Object.entries(config).flatMap(([name, value]) => {
      if (/^unused\d+$/.test(name)) return [value]
      if (!isDrive(name) || isCdrom(parseDrive(name, value), true)) return []
      return [parseDrive(name, value).file ?? '']
    })
  const waiting = Object.fromEntries(
    Object.entries(guest.pending).filter((entry): entry is [string, string] => entry[1] !== null),
  )
  return [...inConfig(guest.config), ...inConfig(waiting)].filter(
    volid => splitVolumeId(volid) !== undefined && isOwner(call, guest, volid),
  )
}

/** Backup jobs that name the guest no longer do. */
export function purgeFromJobs({ sim }: Call, id: number): void {
  for (const job of Object.values(sim.state.backupJobs)) {
    const left = (job.vmid ?? '').split(',').filter(each => each !== '' && Number(each) !== id)
    if (job.vmid !== undefined) job.vmid = left.join(',')
  }
}
