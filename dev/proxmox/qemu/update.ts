/** Changing the configuration of a virtual machine. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, chosen, given, isOn, number } from '../api/route.ts'
import { editGuest, guestOf, mustBeUnlocked, mustBeUnprotected, mustHaveDigest } from '../guests/config.ts'
import { parsePropertyString } from '../schema/property-string.ts'
import { splitList } from '../schema/validation.ts'
import type { Config, Guest } from '../state.ts'
import { mustAllocateSpace } from '../storage/access.ts'
import { freeVolume, parseVolumeId } from '../storage/volumes.ts'
import {
  mustChangeDrive,
  mustSetDevices,
  mustSetOptions,
  mustSetTags,
  mustUseBridges,
  mustUseStorages,
  refuseRootOptions,
  uniqueTags,
} from './checks.ts'
import { withAddresses, withoutAliases } from './create.ts'
import { detachDrive, isInSnapshot, isOwner, makeDrives, normalizedDrives } from './disks.ts'
import { isCdrom, isCloudInit, parseDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'
import { bootFields, memoryFields, qemuOptions } from './options.ts'
import { applyHotplug, applyPending, cleanPending } from './pending.ts'
import { validKeys } from './ssh-keys.ts'

export interface Update {
  set: Config
  remove: readonly string[]
  revert: readonly string[]
  force: boolean
  digest: string | undefined
  skipLock: boolean
}

/** Judges everything that can be judged before the lock is taken. */
export function parseUpdate(call: Call): Update {
  refuseRootOptions(call, ['skiplock'])
  const asked = withoutAliases(chosen(call, Object.keys(qemuOptions)))
  const removed = given(call, 'delete') ?? ''
  const reverted = given(call, 'revert') ?? ''
  if (asked.sshkeys !== undefined) validKeys(asked.sshkeys)
  if (removed === '' && reverted === '' && Object.keys(asked).length === 0) throw failure('no options specified')
  const revert = splitList(reverted)
  for (const option of revert) {
    mustExist(option, 'revert')
    if (asked[option] !== undefined) {
      throw invalid({ delete: `you can't use '-${option}' and -revert ${option}' at the same time` })
    }
  }
  const remove = splitList(removed).map(option => (option === 'cdrom' ? 'ide2' : option))
  for (const option of remove) {
    if (asked[option] !== undefined) {
      throw invalid({ delete: `you can't use '-${option}' and -delete ${option}' at the same time` })
    }
    if (revert.includes(option)) {
      throw invalid({ revert: `you can't use '-delete ${option}' and -revert ${option}' at the same time` })
    }
    mustExist(option, 'delete')
  }
  const set = withAddresses(call, normalizedDrives(call, asked))
  if (set.vmgenid === '1') set.vmgenid = call.sim.random.uuid()
  if (set.hookscript !== undefined) mustBeScript(call, set.hookscript)
  const vmid = number(call, 'vmid')
  mustSetOptions(call, vmid, undefined, remove)
  mustSetOptions(call, vmid, undefined, Object.keys(set))
  mustUseStorages(call, vmid, set)
  mustUseBridges(call, set)
  const update = {
    set,
    remove,
    revert,
    force: isOn(call, 'force'),
    digest: given(call, 'digest'),
    skipLock: isOn(call, 'skiplock'),
  }
  judge(call, update)
  return update
}

function mustExist(option: string, parameter: string): void {
  if (qemuOptions[option] === undefined && option !== 'vmstate') {
    throw invalid({ [parameter]: `unknown option '${option}'` })
  }
}

/** There are no scripts on the storages of a simulation. */
function mustBeScript(call: Call, volid: string): void {
  const { kind } = parseVolumeId(call.sim.state, volid)
  const why = kind === 'snippets' ? `script '${volid}' does not exist` : `'${volid}' is not in the snippets directory`
  throw invalid({ hookscript: `${why}\n` })
}

/** Before and again under the lock. */
function judge(call: Call, { set, digest, skipLock }: Update): Guest {
  const guest = guestOf(call, 'qemu')
  mustHaveDigest(guest, digest)
  if (!skipLock) mustBeUnlocked(guest)
  const { memory, balloon } = { ...guest.config, ...set }
  if ((set.memory !== undefined || set.balloon !== undefined) && balloon !== undefined) {
    const current = Number(parsePropertyString(memory ?? '512', memoryFields).current)
    if (Number(balloon) > current) throw failure('balloon value too large (must be smaller than assigned memory)')
  }
  return guest
}

export function applyUpdate(call: Call, update: Update): null {
  const before = judge(call, update)
  const { vmid } = before
  editGuest(call.sim, before, guest => {
    const running = guest.running !== undefined
    for (const option of update.revert) delete guest.pending[option]
    const order = bootOrder(guest)
    for (const option of update.remove) removeOption(call, guest, option, update.force, order)
    mustSetDevices(call, vmid, undefined, update.set)
    for (const [option, value] of Object.entries(update.set)) setOption(call, guest, { option, value, update, order })
    cleanPending(guest)
    if (running) applyHotplug(call, guest)
    else applyPending(call, guest)
    if (guest.forcedDeletes !== undefined) {
      guest.forcedDeletes = guest.forcedDeletes.filter(option => guest.pending[option] === null)
    }
  })
  return null
}

/** The devices to boot from, as they stand; changed in place. */
function bootOrder({ config }: Guest): string[] {
  const boot = (config.boot ?? '').trim()
  return splitList(boot === '' ? '' : (parsePropertyString(boot, bootFields).order ?? ''))
}

function removeOption(call: Call, guest: Guest, option: string, force: boolean, order: string[]): void {
  const { config, pending, vmid, node } = guest
  const waiting = pending[option]
  const value = config[option] ?? waiting
  if (value === undefined || value === null) return
  delete pending[option]
  if (order.includes(option)) {
    order.splice(order.indexOf(option), 1)
    pending.boot = order.length === 0 ? ' ' : `order=${order.join(';')}`
  }
  if (/^unused\d+$/.test(option)) {
    mustBeUnprotected(guest, `can't remove unused disk '${value}'`)
    mustChangeDrive(call, vmid, 'scsi0', value)
    if (isOwner(call, guest, value)) {
      mustAllocateSpace(call, parseVolumeId(call.sim.state, value).storage)
      if (isInSnapshot(guest, value)) {
        throw failure(`unable to delete '${value}' - volume is still in use (snapshot?)`)
      }
      freeVolume(call.sim.state, value, node)
    }
    delete config[option]
    return
  }
  if (isDrive(option)) {
    mustBeUnprotected(guest, `can't remove drive '${option}'`)
    mustChangeDrive(call, vmid, option, value)
    if (waiting) detachDrive(call, guest, waiting, option)
  } else if (option === 'tags') {
    mustSetTags(call, vmid, undefined, value, '')
    delete config[option]
    return
  } else if (/^net\d+$/.test(option) && config[option] !== undefined) mustUseBridges(call, { [option]: config[option] })
  else mustSetDevices(call, vmid, undefined, { [option]: value })
  pending[option] = null
  if (force) guest.forcedDeletes = [...(guest.forcedDeletes ?? []), option]
}

interface Change {
  option: string
  value: string
  update: Update
  order: string[]
}

function setOption(call: Call, guest: Guest, { option, value, update, order }: Change): void {
  const { config, pending, vmid } = guest
  if (pending[option] === value) return
  if (isDrive(option)) {
    if (config[option] !== undefined) mustChangeDrive(call, vmid, option, config[option])
    mustChangeDrive(call, vmid, option, value)
    const waiting = pending[option]
    if (waiting) detachDrive(call, guest, waiting, option)
    const old = config[option]
    const before = old === undefined ? {} : parseDrive(option, old)
    // The drive of cloud-init may be asked for again in its own place.
    const without = isCloudInit(before) ? { ...guest, config: { ...config, [option]: '' } } : guest
    if (isCloudInit(before) && isCloudInit(parseDrive(option, value)) && !value.startsWith(before.file ?? '?')) {
      freeVolume(call.sim.state, before.file ?? '', guest.node)
    }
    pending[option] = makeDrives(call, without, { [option]: value })[option] ?? value
    if (order.length > 0 && isCdrom(parseDrive(option, value), true) && !order.includes(option)) {
      order.push(option)
      pending.boot = `order=${order.join(';')}`
    }
  } else if (option === 'tags') {
    mustSetTags(call, vmid, undefined, config.tags ?? '', value)
    pending.tags = uniqueTags(value, call.sim.state.datacenter['tag-style'] ?? '')
  } else if (option === 'cipassword') config[option] = `$5$${value.length}$simulated`
  else {
    if (/^net\d+$/.test(option) && config[option] !== undefined) mustUseBridges(call, { [option]: config[option] })
    if (option === 'boot') mustBootFrom(guest, value, update)
    pending[option] = value
  }
}

function mustBootFrom({ config, pending }: Guest, value: string, { set, remove }: Update): void {
  const { order = '' } = parsePropertyString(value, bootFields)
  for (const device of splitList(order)) {
    const exists = config[device] !== undefined || pending[device] || set[device] !== undefined
    if (!exists || remove.includes(device)) throw failure(`invalid bootorder: device '${device}' does not exist'`)
  }
}
