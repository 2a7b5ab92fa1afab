/** Who may set which option of a virtual machine. */

import { mayHold, mustHold, mustHoldAny } from '../access/checks.ts'
import { privilegesOf, root } from '../access/permissions.ts'
import { failure, forbidden, invalid } from '../api/api-error.ts'
import { type Call, isOn } from '../api/route.ts'
import { splitList } from '../schema/validation.ts'
import type { Config } from '../state.ts'
import { mustAccessVolume, mustAllocateSpace } from '../storage/access.ts'
import { existingStorage, holdsContent, parseVolumeId, splitVolumeId } from '../storage/volumes.ts'
import { isCdrom, isCloudInit, newDisk, parseDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'
import { parseNet } from './network-options.ts'

const groups: Readonly<Record<string, string>> = {
  CPU: 'cores cpu cpulimit cpuunits numa smp sockets vcpus affinity',
  Memory: 'memory balloon shares allow-ksm',
  HWType: 'acpi hotplug kvm machine scsihw smbios1 tablet vga watchdog audio0 rng0',
  Options:
    'agent autostart bios description keyboard localtime migrate_downtime migrate_speed name onboot ostype protection reboot startdate startup tdf template',
  Disk: 'boot bootdisk vmstatestorage',
}
const group = (option: string) => Object.keys(groups).find(name => groups[name]?.split(' ').includes(option))
const cloudInit = /^(cicustom|cipassword|citype|ciuser|ciupgrade|nameserver|searchdomain|sshkeys|ipconfig\d+)$/
/** Whether one may depends on the value, and is asked elsewhere. */
const byValue = /^(cdrom|tags|(unused|serial|usb|hostpci|virtiofs)\d+)$/

/** On the pool that the machine is made in, or else on the machine. */
export function mustHoldOnGuest(
  call: Call,
  vmid: number,
  pool: string | undefined,
  privileges: readonly string[],
): void {
  if (pool !== undefined && mayHold(call, `/pool/${pool}`, ...privileges)) return
  mustHold(call, `/vms/${vmid}`, privileges)
}

export function mustSetOptions(call: Call, vmid: number, pool: string | undefined, options: readonly string[]): void {
  if (call.authid === root) return
  for (const option of options) {
    if (isDrive(option) || byValue.test(option)) continue
    const named = /^numa\d+$/.test(option) ? 'CPU' : group(option)
    if (option === 'affinity') throw failure(`only root can set '${option}' config`)
    if (named !== undefined) {
      mustHoldOnGuest(call, vmid, pool, [`VM.Config.${named}`])
      if (option === 'startup') mustHold(call, '/', ['Sys.Modify'])
    } else if (option === 'freeze') mustHoldOnGuest(call, vmid, pool, ['VM.PowerMgmt'])
    else if (/^net\d+$/.test(option)) mustHoldOnGuest(call, vmid, pool, ['VM.Config.Network'])
    else if (cloudInit.test(option)) mustHoldAnyOnGuest(call, vmid, pool, ['VM.Config.Cloudinit', 'VM.Config.Network'])
    else throw failure(`only root can set '${option}' config`)
  }
}

function mustHoldAnyOnGuest(call: Call, vmid: number, pool: string | undefined, privileges: readonly string[]): void {
  if (pool !== undefined && privileges.some(name => mayHold(call, `/pool/${pool}`, name))) return
  mustHoldAny(call, `/vms/${vmid}`, privileges)
}

/** Devices of the host are root's. */
export function mustSetDevices(call: Call, vmid: number, pool: string | undefined, config: Config): void {
  if (call.authid === root) return
  for (const [option, value] of Object.entries(config)) {
    if (/^serial\d+$/.test(option)) {
      if (value !== 'socket') throw failure(`only root can set '${option}' config for real devices`)
      mustHoldOnGuest(call, vmid, pool, ['VM.Config.HWType'])
    } else if (/^usb\d+$/.test(option)) {
      mustHoldOnGuest(call, vmid, pool, ['VM.Config.HWType'])
      if (!/^spice/i.test(value)) throw failure(`only root can set '${option}' config for real devices`)
    } else if (/^hostpci\d+$/.test(option)) {
      throw failure(`only root can set '${option}' config for non-mapped devices`)
    }
  }
}

/** The drives that are set, the storages and volumes behind them. */
export function mustUseStorages(call: Call, vmid: number, config: Config, defaultStorage?: string): void {
  const { state } = call.sim
  for (const name of Object.keys(config).filter(isDrive).toSorted()) {
    const drive = parseDrive(name, config[name] ?? '')
    const { file = '' } = drive
    const made = newDisk(file)
    if (file === 'none' || isCloudInitRequest(file)) continue
    if (isCdrom(drive) && file === 'cdrom') mustHold(call, '/', ['Sys.Console'])
    else if (!isCdrom(drive) && made !== undefined) {
      const storage = made.storage ?? defaultStorage
      if (storage === undefined) throw failure('no storage ID specified (and no default storage)')
      mustAllocateSpace(call, storage)
      if (!holdsContent(existingStorage(state, storage), 'images')) {
        throw invalid({ storage: `storage '${storage}' does not support vm images` })
      }
    } else {
      mustAccessVolume(call, vmid, file)
      if (splitVolumeId(file) !== undefined && !['images', 'iso'].includes(parseVolumeId(state, file).kind)) {
        throw invalid({ [name]: `content type needs to be 'images' or 'iso'` })
      }
    }
  }
  const { vmstatestorage } = config
  if (vmstatestorage !== undefined) mustAllocateSpace(call, vmstatestorage)
}

export const isCloudInitRequest = (file: string) => file === 'cloudinit' || /^[^:]+:cloudinit$/.test(file)

/** What a clone reads and writes; answers whether everything is on shared storage. */
export function mustCloneStorages(call: Call, config: Config, target: string | undefined): boolean {
  let shared = true
  for (const name of Object.keys(config).filter(isDrive)) {
    const drive = parseDrive(name, config[name] ?? '')
    const parts = splitVolumeId(drive.file ?? '')
    if (drive.file === 'none' || parts === undefined) continue
    shared &&= existingStorage(call.sim.state, parts.storage).shared
    if (!isCdrom(drive)) mustAllocateSpace(call, target ?? parts.storage)
  }
  return shared
}

/** The bridge or vnet of every network device. */
export function mustUseBridges(call: Call, config: Config): void {
  if (call.authid === root) return
  for (const name of Object.keys(config)
    .filter(option => /^net\d+$/.test(option))
    .toSorted()) {
    const { bridge, tag, trunks } = parseNet(config[name] ?? '')
    if (bridge !== undefined) mustUseVnet(call, bridge, tag, trunks)
  }
}

export function mustUseVnet(call: Call, bridge: string, tag: string | undefined, trunks: string | undefined): void {
  const zone = call.sim.state.sdn.edited.vnets[bridge]?.zone ?? 'localnetwork'
  const path = `/sdn/zones/${zone}/${bridge}`
  const tags = [...(tag === undefined ? [] : [tag]), ...trunkTags(trunks)]
  for (const each of tags) mustHold(call, `${path}/${each}`, ['SDN.Use'])
  if (tags.length === 0) mustHold(call, path, ['SDN.Use'])
}

function trunkTags(trunks: string | undefined): string[] {
  return (trunks ?? '')
    .split(';')
    .filter(part => part !== '')
    .flatMap(part => {
      const [from = 0, to = from] = part.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
    })
}

/** `old` and `now`: lists of tags. Registered ones are for administrators. */
export function mustSetTags(call: Call, vmid: number, pool: string | undefined, old: string, now: string): void {
  mustHoldOnGuest(call, vmid, pool, ['VM.Config.Options'])
  const { state } = call.sim
  if (privilegesOf(state, call.authid, '/').has('Sys.Modify')) return
  const access = state.datacenter['user-tag-access'] ?? ''
  const mode = /user-allow=(\w+)/.exec(access)?.[1] ?? 'free'
  const listed = splitList(/user-allow-list=([^,]*)/.exec(access)?.[1] ?? '')
  const registered = splitList(state.datacenter['registered-tags'] ?? '')
  const existing = Object.values(state.guests).flatMap(({ config }) => splitList(config.tags ?? ''))
  const allowed = [...(mode === 'none' ? [] : listed), ...(mode === 'existing' ? existing : [])]
  const [before, after] = [splitList(old), splitList(now)]
  for (const tag of new Set([...before, ...after])) {
    if (before.includes(tag) === after.includes(tag)) continue
    if ((mode !== 'free' && !allowed.includes(tag)) || registered.includes(tag)) {
      throw forbidden(`/, Sys.Modify for modifying tag '${tag}'`)
    }
  }
}

/** Sorted, each once, in lower case unless the data centre says otherwise. */
export function uniqueTags(tags: string, style: string): string {
  const sensitive = /case-sensitive=1/.test(style)
  const all = splitList(tags).map(tag => (sensitive ? tag : tag.toLowerCase()))
  const ordered = /ordering=config/.test(style) ? all : all.toSorted()
  return [...new Set(ordered)].join(';')
}

/** Which right a change of this drive needs. */
export function mustChangeDrive(call: Call, vmid: number, name: string, value: string): void {
  const drive = parseDrive(name, value)
  if (isCloudInit(drive)) mustHoldOnGuest(call, vmid, undefined, ['VM.Config.Cloudinit', 'VM.Config.CDROM'])
  else if (isCdrom(drive, true)) mustHoldOnGuest(call, vmid, undefined, ['VM.Config.CDROM'])
  else mustHoldOnGuest(call, vmid, undefined, ['VM.Config.Disk'])
}

const onlyRoots = [
  'skiplock',
  'keepActive',
  'migratedfrom',
  'migration_type',
  'migration_network',
  'nocheck',
  'stateuri',
  'targetstorage',
  'force-cpu',
  'nets-host-mtu',
  'with-conntrack-state',
]

/** Parameters that only root may turn on. */
export function refuseRootOptions(call: Call, names: readonly string[] = onlyRoots): void {
  if (call.authid === root) return
  const found = names.find(name => isOn(call, name))
  if (found !== undefined) throw invalid({ [found]: 'Only root may use this option.' })
}
