/** Making a virtual machine from nothing. */

import { mayHold, mustHold } from '../access/checks.ts'
import { ApiError, forbidden, invalid, textOf } from '../api/api-error.ts'
import { type Call, chosen, given, isOn, number } from '../api/route.ts'
import { seconds } from '../clock.ts'
import { addToPool, mustBeUnused, removeReserved, writeGuest } from '../guests/config.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Config, Guest } from '../state.ts'
import { mustAllocateSpace } from '../storage/access.ts'
import { parseSize } from '../storage/size.ts'
import { startTask } from '../tasks/worker.ts'
import {
  mustHoldOnGuest,
  mustSetDevices,
  mustSetOptions,
  mustSetTags,
  mustUseBridges,
  mustUseStorages,
  uniqueTags,
} from './checks.ts'
import { defaultBootOrder, makeDrives, normalizedDrives } from './disks.ts'
import { newDisk, parseDrive } from './drive.ts'
import { driveNames } from './drive-options.ts'
import { parseNet, printNet } from './network-options.ts'
import { qemuOptions } from './options.ts'
import { startLater } from './power.ts'
import { restoreMachine } from './restore.ts'

export function createMachine(call: Call): string {
  const { sim } = call
  const vmid = number(call, 'vmid')
  const pool = given(call, 'pool')
  const storage = given(call, 'storage')
  mustHaveQuorum(sim)
  mustHavePool(call, pool)
  if (storage !== undefined) mustAllocateSpace(call, storage)
  if (isOn(call, 'ha-managed')) mustHold(call, '/', ['Sys.Console'])
  if (isOn(call, 'start')) mustHoldOnGuest(call, vmid, pool, ['VM.PowerMgmt'])
  mustAllocateGuest(call, vmid, pool)
  if (given(call, 'archive') !== undefined) return restoreMachine(call)
  const asked = withoutAliases(chosen(call, Object.keys(qemuOptions)))
  mustUseStorages(call, vmid, asked, storage)
  mustSetOptions(call, vmid, pool, Object.keys(asked))
  mustSetDevices(call, vmid, pool, asked)
  mustUseBridges(call, asked)
  const config = withAddresses(call, normalizedDrives(call, asked))
  reserve(call, vmid)
  return startTask(sim, {
    node: call.node,
    type: 'qmcreate',
    id: String(vmid),
    user: call.authid,
    run: async task => {
      try {
        for (const line of fill(call, vmid, config, storage)) task.log(line)
        addToPool(sim, vmid, pool)
      } catch (error) {
        throw new ApiError(500, `unable to create VM ${vmid} - ${textOf(error)}`)
      }
      if (isOn(call, 'start')) {
        task.log('Execute autostart')
        startLater(call, vmid)
      }
    },
    undo: () => removeReserved(sim, vmid),
  })
}

export function mustHavePool(call: Call, pool: string | undefined): void {
  if (pool !== undefined && call.sim.state.pools[pool] === undefined) throw forbidden(`pool '${pool}' does not exist`)
}

export function mustAllocateGuest(call: Call, vmid: number, pool: string | undefined): void {
  if (mayHold(call, `/vms/${vmid}`, 'VM.Allocate')) return
  if (pool !== undefined && mayHold(call, `/pool/${pool}`, 'VM.Allocate')) return
  throw forbidden()
}

/** `cdrom` is `ide2`. */
export function withoutAliases({ cdrom, ...rest }: Config): Config {
  if (cdrom === undefined) return rest
  if (rest.ide2 !== undefined) throw invalid({ cdrom: `option 'cdrom' conflicts with 'ide2'` })
  return { ...rest, ide2: `${cdrom},media=cdrom` }
}

/** Every network device gets a MAC address. */
export function withAddresses({ sim }: Call, config: Config): Config {
  const prefix = sim.state.datacenter.mac_prefix ?? 'BC:24:11'
  const nets = Object.entries(config).filter(([name]) => /^net\d+$/.test(name))
  return {
    ...config,
    ...Object.fromEntries(nets.map(([name, value]) => [name, printNet(parseNet(value), () => sim.random.mac(prefix))])),
  }
}

/** The id is taken at once: of several calls, one wins. */
function reserve(call: Call, vmid: number): void {
  try {
    mustBeUnused(call.sim, vmid)
  } catch (error) {
    throw new ApiError(500, `unable to create VM ${vmid} - ${textOf(error)}`)
  }
  writeGuest(call.sim, newGuest(call.node, vmid, { lock: 'create' }))
}

export const newGuest = (node: string, vmid: number, config: Config): Guest => ({
  vmid,
  type: 'qemu',
  node,
  config,
  pending: {},
  snapshots: {},
})

/** What the tools that made the volume said. */
function newDiskLog(name: string, asked: string, made: string): string[] {
  if (newDisk(parseDrive(name, asked).file ?? '') === undefined) return []
  const { file = '', size = '0' } = parseDrive(name, made)
  const path = `/var/lib/vz/images/${file.slice(file.indexOf(':') + 1)}`
  const [format = 'raw'] = /[^.]*$/.exec(path) ?? []
  const how =
    format === 'qcow2'
      ? `fmt=qcow2 cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib size=${parseSize(size)} lazy_refcounts=off refcount_bits=16`
      : `fmt=${format} size=${parseSize(size)} preallocation=off`
  return [`Formatting '${path}', ${how}`, `${name}: successfully created disk '${made}'`]
}

/** Answers with what is worth a line in the log. */
function fill(call: Call, vmid: number, asked: Config, storage: string | undefined): string[] {
  const { sim, node } = call
  const guest = newGuest(node, vmid, {})
  const drives = makeDrives(call, guest, asked, storage)
  const config: Config = { ...asked, ...drives }
  const { tags, vmgenid } = config
  if (tags !== undefined) {
    mustSetTags(call, vmid, given(call, 'pool'), '', tags)
    config.tags = uniqueTags(tags, sim.state.datacenter['tag-style'] ?? '')
  }
  config.boot ??= defaultBootOrder(config, driveNames)
  config.smbios1 ??= `uuid=${sim.random.uuid()}`
  if (vmgenid === undefined || vmgenid === '1') config.vmgenid = sim.random.uuid()
  config.meta = `creation-qemu=10.1.2,ctime=${seconds(sim.clock)}`
  writeGuest(sim, { ...guest, config })
  return Object.keys(drives).flatMap(name => newDiskLog(name, asked[name] ?? '', drives[name] ?? ''))
}
