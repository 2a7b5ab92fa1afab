/** Changing a container: what takes effect at once, and what waits for a restart. */

import { failure, invalid } from '../api/api-error.ts'
import { type Call, chosen, given } from '../api/route.ts'
import {
  editGuest,
  guestOf,
  modifiedText,
  mustBeUnlocked,
  mustBeUnprotected,
  mustHaveDigest,
} from '../guests/config.ts'
import { uniqueTags } from '../qemu/checks.ts'
import { addUnused, isInSnapshot } from '../qemu/disks.ts'
import { cleanPending } from '../qemu/pending.ts'
import { splitList } from '../schema/validation.ts'
import type { Guest } from '../state.ts'
import { freeVolume, holdsContent, splitVolumeId } from '../storage/volumes.ts'
import { mustSetLxcOptions } from './checks.ts'
import { networked } from './create.ts'
import { isMountPoint, lxcOptions, parseMount } from './options.ts'
import { makeMounts } from './volumes.ts'

const atOnce = ['description', 'onboot', 'startup', 'protection', 'hostname', 'hookscript', 'cores', 'tags', 'lock']

export function updateContainer(call: Call): null {
  const set = chosen(call, Object.keys(lxcOptions))
  const remove = splitList(given(call, 'delete') ?? '')
  const revert = splitList(given(call, 'revert') ?? '')
  const asked = [given(call, 'delete'), given(call, 'revert')].some(each => each !== undefined)
  if (!asked && Object.keys(set).length === 0) throw failure('no options specified')
  const before = guestOf(call, 'lxc')
  mustBeUnlocked(before)
  mustHaveDigest(before, given(call, 'digest'), modifiedText)
  const unprivileged = before.config.unprivileged === '1'
  const change = { old: before.config, set: {}, remove: [...remove, ...revert], unprivileged }
  mustSetLxcOptions(call, before.vmid, undefined, change)
  for (const option of revert) mustBeFree(option, 'revert', set[option], `-revert ${option}'`)
  for (const option of remove) mustBeFree(option, 'delete', set[option], `-delete ${option}'`)
  mustSetLxcOptions(call, before.vmid, undefined, { ...change, set, remove: [] })
  editGuest(call.sim, before, guest => {
    for (const option of revert) delete guest.pending[option]
    for (const option of remove) markDeleted(guest, option)
    for (const [option, value] of Object.entries(networked(call, set))) markSet(call, guest, option, value)
    cleanPending(guest)
    if (guest.running === undefined) applyLxcPending(call, guest)
    else applyHotplug(call, guest)
  })
  return null
}

function mustBeFree(option: string, parameter: string, value: string | undefined, how: string): void {
  if (lxcOptions[option] === undefined) throw invalid({ [parameter]: `unknown option '${option}'` })
  if (value !== undefined) throw invalid({ [parameter]: `you can't use '-${option}' and ${how} at the same time` })
}

function markDeleted(guest: Guest, option: string): void {
  const { config, pending, vmid } = guest
  if (config[option] === undefined && pending[option] === undefined) return
  if (['memory', 'rootfs', 'ostype'].includes(option)) throw failure(`unable to delete required option '${option}'`)
  if (/^(unused|mp)\d+$/.test(option)) mustBeUnprotected(guest, `can't remove CT ${vmid} drive '${option}'`)
  if (option === 'unprivileged') throw failure(`unable to delete read-only option: '${option}'`)
  pending[option] = null
}

function markSet(call: Call, guest: Guest, option: string, value: string): void {
  const { state } = call.sim
  if (isMountPoint(option)) {
    mustBeUnprotected(guest, `can't update CT ${guest.vmid} drive '${option}'`)
    const parts = splitVolumeId(parseMount(option, value).volume ?? '')
    const storage = state.storages[parts?.storage ?? '']
    if (parts !== undefined && storage === undefined) throw failure(`storage '${parts.storage}' does not exist`)
    if (parts !== undefined && storage !== undefined && !holdsContent(storage, 'rootdir')) {
      throw failure(`storage '${parts.storage}' does not allow content type 'rootdir' (Container)`)
    }
  }
  if (option === 'unprivileged') throw failure(`unable to modify read-only option: '${option}'`)
  guest.pending[option] = option === 'tags' ? uniqueTags(value, state.datacenter['tag-style'] ?? '') : value
}

/** The container is off, or about to start. */
export function applyLxcPending(call: Call, guest: Guest): void {
  for (const [option, value] of Object.entries(guest.pending)) apply(call, guest, option, value)
}

/** As where no control group of its own can be changed: all that needs one is refused, and with it the whole call. */
function applyHotplug(call: Call, guest: Guest): void {
  const limited = Object.entries(guest.pending).flatMap(([option, value]) => {
    const what = limitOf(option, value)
    return what === undefined
      ? []
      : [[option, `unable to hotplug ${option}: trying to change ${what}: container not running\n`]]
  })
  if (limited.length > 0) throw invalid(Object.fromEntries(limited))
  for (const [option, value] of Object.entries(guest.pending)) {
    const pluggable =
      value === null ? /^(swap|cpulimit|cpuunits|net\d+|unused\d+)$/ : /^(memory|swap|cpulimit|cpuunits|net\d+)$/
    const newMount = value !== null && /^(mp|dev)\d+$/.test(option) && guest.config[option] === undefined
    if (atOnce.includes(option) || pluggable.test(option) || newMount) apply(call, guest, option, value)
  }
}

function limitOf(option: string, value: string | null): string | undefined {
  if (option === 'swap' || (option === 'memory' && value !== null)) return 'memory cgroup values'
  if (option === 'cpulimit') return 'cpu quota cgroup values'
  if (option === 'cpuunits') return 'cpu shares/weight cgroup values'
  return undefined
}

function apply(call: Call, guest: Guest, option: string, value: string | null): void {
  const { config, pending } = guest
  const old = config[option]
  if (value === null) {
    if (/^mp\d+$/.test(option) && old !== undefined) {
      const { volume = '' } = parseMount(option, old)
      if (splitVolumeId(volume) !== undefined) addUnused(guest, volume)
    }
    if (/^unused\d+$/.test(option) && old !== undefined && !isInSnapshot(guest, old)) {
      freeVolume(call.sim.state, old, guest.node)
    }
    delete config[option]
  } else config[option] = isMountPoint(option) ? (makeMounts(call, guest, { [option]: value })[option] ?? value) : value
  delete pending[option]
}
