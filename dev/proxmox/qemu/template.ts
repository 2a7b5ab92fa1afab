/** Making a template of a virtual machine, and asking what can be done with one. */

import { failure } from '../api/api-error.ts'
import { type Call, given, number, param } from '../api/route.ts'
import { editGuest, guestOf, isTemplate, mustBeOnNode, mustBeUnlocked } from '../guests/config.ts'
import { existingSnapshot } from '../guests/snapshots.ts'
import { guestTask } from '../guests/task.ts'
import type { Guest, Row } from '../state.ts'
import { makeBase, splitVolumeId } from '../storage/volumes.ts'
import { isCdrom, parseDrive, printDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'
import { type Feature, hasFeature } from './feature.ts'
import { disksOf } from './snapshot-routes.ts'

export function makeTemplate(call: Call): string {
  const { sim } = call
  const only = given(call, 'disk')
  const early = (guest: Guest) => {
    mustBeUnlocked(guest)
    if (Object.keys(guest.snapshots).length > 0) {
      throw failure('unable to create template, because VM contains snapshots')
    }
    if (isTemplate(guest) && only === undefined) throw failure(`you can't convert a template to a template`)
    if (guest.running !== undefined) throw failure(`you can't convert a VM to template if VM is running`)
  }
  early(guestOf(call, 'qemu'))
  return guestTask(call, 'qemu', 'qmtemplate', guest => {
    early(guest)
    editGuest(sim, guest, copy => {
      copy.config.template = '1'
      for (const [name, value] of Object.entries(copy.config)) {
        if (!isDrive(name) || (only !== undefined && only !== name)) continue
        const drive = parseDrive(name, value)
        if (isCdrom(drive) || !hasFeature(sim.state, 'template', drive.file ?? '')) continue
        copy.config[name] = printDrive({ ...drive, file: makeBase(sim.state, drive.file ?? '', copy.node) })
      }
    })
  })
}

export function featureOf(call: Call): Row {
  const { sim, node: host } = call
  const found = mustBeOnNode(sim, 'qemu', host, number(call, 'vmid'))
  const name = given(call, 'snapname')
  const config = name ? existingSnapshot(found, name).config : found.config
  const wanted = param(call, 'feature') as Feature
  const able = disksOf(config).every(volid => hasFeature(sim.state, wanted, volid, name))
  const shared = disksOf(config).every(volid => sim.state.storages[splitVolumeId(volid)?.storage ?? '']?.shared)
  const nodes = shared ? sim.state.nodes.map(each => each.node) : [host]
  return { hasFeature: able ? 1 : 0, nodes }
}
