/** Who may set which option of a container. */

import { mustHold } from '../access/checks.ts'
import { root } from '../access/permissions.ts'
import { forbidden } from '../api/api-error.ts'
import type { Call } from '../api/route.ts'
import { mustHoldOnGuest, mustSetTags, mustUseVnet } from '../qemu/checks.ts'
import { newDisk } from '../qemu/drive.ts'
import type { Config } from '../state.ts'
import { mustAccessVolume } from '../storage/access.ts'
import { isMountPoint, parseLxcNet, parseMount } from './options.ts'

export interface OptionChange {
  old: Config
  set: Config
  remove: readonly string[]
  unprivileged: boolean
}

export function mustSetLxcOptions(call: Call, vmid: number, pool: string | undefined, change: OptionChange): void {
  if (call.authid === root) return
  for (const option of Object.keys(change.set)) mustSet(call, vmid, pool, option, change)
  for (const option of change.remove) mustSet(call, vmid, pool, option, change)
}

function mustSet(call: Call, vmid: number, pool: string | undefined, option: string, change: OptionChange): void {
  const needs = (name: string) => mustHoldOnGuest(call, vmid, pool, [name])
  const value = change.set[option]
  const old = change.old[option]
  if (/^(cores|cpuunits|cpulimit)$/.test(option)) needs('VM.Config.CPU')
  else if (isMountPoint(option)) {
    needs('VM.Config.Disk')
    if (value !== undefined) mustMount(call, vmid, option, value)
  } else if (option === 'memory' || option === 'swap') needs('VM.Config.Memory')
  else if (/^net\d+$/.test(option)) {
    needs('VM.Config.Network')
    for (const each of [old, value]) if (each !== undefined) mustUseBridge(call, each)
  } else if (/^dev\d+$/.test(option)) throw forbidden('configuring device passthrough is only allowed for root@pam')
  else if (/^(nameserver|searchdomain|hostname)$/.test(option)) needs('VM.Config.Network')
  else if (option === 'features') {
    if (!change.unprivileged) {
      throw forbidden('changing feature flags for privileged container is only allowed for root@pam')
    }
    const other = `${old ?? ''},${value ?? ''}`.split(',').some(part => part !== '' && !part.startsWith('nesting='))
    if (other) throw forbidden('changing feature flags (except nesting) is only allowed for root@pam')
    if (old !== value) needs('VM.Allocate')
  } else if (option === 'hookscript') throw forbidden('changing the hookscript is only allowed for root@pam')
  else if (option === 'tags') mustSetTags(call, vmid, undefined, old ?? '', value ?? '')
  else needs('VM.Config.Options')
}

function mustMount(call: Call, vmid: number, option: string, value: string): void {
  const { volume = '' } = parseMount(option, value)
  const made = newDisk(volume)
  if (made !== undefined) {
    if (made.storage !== undefined) mustHold(call, `/storage/${made.storage}`, ['Datastore.AllocateSpace'])
  } else if (volume.startsWith('/')) throw forbidden('mount point type bind is only allowed for root@pam')
  else mustAccessVolume(call, vmid, volume, 'rootdir')
}

export function mustUseBridge(call: Call, value: string): void {
  if (call.authid === root) return
  const { bridge, tag, trunks } = parseLxcNet(value)
  if (bridge !== undefined) mustUseVnet(call, bridge, tag, trunks)
}
