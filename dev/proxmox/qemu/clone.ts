/** Cloning: a full copy, or one that builds on the disks of a template. */

import { both, either, holds, withParam } from '../access/checks.ts'
import { ApiError, failure, invalid, textOf } from '../api/api-error.ts'
import { type Call, given, isOn, number } from '../api/route.ts'
import {
  addToPool,
  isTemplate,
  loadGuest,
  mustBeOnNode,
  mustBeUnlocked,
  removeGuest,
  writeGuest,
} from '../guests/config.ts'
import { mustExistInCluster } from '../nodes/existence.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Config, Guest } from '../state.ts'
import { formatSize } from '../storage/size.ts'
import {
  allocate,
  enabledStorage,
  existingStorage,
  existingVolume,
  freeVolume,
  holdsContent,
  parseVolumeId,
} from '../storage/volumes.ts'
import { startTask } from '../tasks/worker.ts'
import { mustCloneStorages, mustUseBridges } from './checks.ts'
import { mustHavePool, newGuest } from './create.ts'
import { type Drive, isCdrom, isCloudInit, parseDrive, printDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'
import { hasFeature } from './feature.ts'
import { parseNet, printNet } from './network-options.ts'

export const mayClone = both(
  holds('/vms/{vmid}', 'VM.Clone'),
  either(holds('/vms/{newid}', 'VM.Allocate'), withParam('pool', holds('/pool/{pool}', 'VM.Allocate'))),
)

interface Plan {
  source: Guest
  /** The machine, or the snapshot that is cloned. */
  config: Config
  full: boolean
  target: string | undefined
}

export function cloneMachine(call: Call): string {
  const { sim, node } = call
  const vmid = number(call, 'vmid')
  mustBeOnNode(sim, 'qemu', node, vmid)
  judge(call)
  return startTask(sim, {
    node,
    type: 'qmclone',
    id: String(vmid),
    user: call.authid,
    run: async task => {
      const plan = judge(call)
      const newid = number(call, 'newid')
      task.log(`create ${plan.full ? 'full' : 'linked'} clone of VM ${vmid} with ID ${newid}`)
      writeGuest(sim, newGuest(node, newid, { lock: 'clone' }))
      const made: string[] = []
      try {
        await task.sleep(sim.options.taskMs)
        fill(call, plan, made)
      } catch (error) {
        for (const volid of made) freeVolume(sim.state, volid, node)
        removeGuest(sim, newid)
        throw new ApiError(500, `clone failed: ${textOf(error)}`)
      }
    },
  })
}

/** Before the task is made, and again in it: of several clones to one id, the later ones lose there. */
function judge(call: Call): Plan {
  const { sim, node } = call
  const { state } = sim
  mustHavePool(call, given(call, 'pool'))
  const named = given(call, 'target')
  const target = named === node || named === 'localhost' ? undefined : named
  if (target !== undefined) mustExistInCluster(sim, target)
  const storage = given(call, 'storage')
  if (storage !== undefined) {
    const found = enabledStorage(state, storage, node)
    if (!holdsContent(found, 'images')) throw invalid({ storage: `storage '${storage}' does not support vm images` })
    if (target !== undefined) {
      enabledStorage(state, storage, target)
      if (!found.shared) throw failure(`can't clone to non-shared storage '${storage}'`)
    }
  }
  mustHaveQuorum(sim)
  const source = loadGuest(sim, 'qemu', node, number(call, 'vmid'))
  mustBeUnlocked(source)
  const snapname = given(call, 'snapname')
  const snapshot = snapname === undefined ? undefined : source.snapshots[snapname]
  if (snapname !== undefined && snapshot === undefined) throw failure(`snapshot '${snapname}' does not exist`)
  const full = given(call, 'full') === undefined ? !isTemplate(source) : isOn(call, 'full')
  for (const option of ['storage', 'format']) {
    if (!full && given(call, option) !== undefined) throw failure(`parameter '${option}' not allowed for linked clones`)
  }
  const config = snapshot?.config ?? source.config
  const shared = mustCloneStorages(call, config, storage)
  mustUseBridges(call, config)
  if (target !== undefined && !shared) throw failure(`can't clone VM to node '${target}' (VM uses local storage)`)
  const newid = number(call, 'newid')
  if (state.guests[newid] !== undefined) throw failure(`unable to create VM ${newid}: config file already exists`)
  mustCopy(call, config, full, snapname)
  return { source, config, full, target }
}

function mustCopy({ sim }: Call, config: Config, full: boolean, snapname: string | undefined): void {
  for (const name of Object.keys(config).filter(isDrive).toSorted()) {
    const drive = parseDrive(name, config[name] ?? '')
    if (isCdrom(drive, true)) continue
    const volid = drive.file ?? ''
    const what = `clone feature is not supported for${snapname === undefined ? '' : ' a snapshot of'} '${volid}' (${name})`
    if (full || isCloudInit(drive)) {
      if (!hasFeature(sim.state, 'copy', volid, snapname)) throw failure(`Full ${what}`)
    } else if (!hasFeature(sim.state, 'clone', volid, snapname)) throw failure(`Linked ${what}`)
  }
}

const ofSnapshots = [
  'parent',
  'snaptime',
  'vmstate',
  'snapstate',
  'runningcpu',
  'runningmachine',
  'lock',
  'template',
  'description',
]

function fill(call: Call, { source, config, full, target }: Plan, made: string[]): void {
  const { sim, node } = call
  const newid = number(call, 'newid')
  const prefix = sim.state.datacenter.mac_prefix ?? 'BC:24:11'
  const result: Config = {}
  for (const [name, value] of Object.entries(config)) {
    if (ofSnapshots.includes(name) || /^unused\d+$/.test(name)) continue
    if (/^net\d+$/.test(name)) {
      const { macaddr: _, ...net } = parseNet(value)
      result[name] = printNet(net, () => sim.random.mac(prefix))
    } else if (isDrive(name) && !isCdrom(parseDrive(name, value), true)) {
      result[name] = printDrive(cloneDrive(call, parseDrive(name, value), full, made))
    } else result[name] = value
  }
  const description = given(call, 'description') || config.description
  const { smbios1 = '' } = config
  result.smbios1 = [`uuid=${sim.random.uuid()}`, ...smbios1.split(',').slice(1)].join(',')
  if (result.vmgenid !== undefined) result.vmgenid = sim.random.uuid()
  result.name = given(call, 'name') || `Copy-of-VM-${config.name ?? source.vmid}`
  if (description !== undefined) result.description = description
  writeGuest(sim, newGuest(target ?? node, newid, result))
  addToPool(sim, newid, given(call, 'pool'))
  const firewall = sim.state.firewalls[`guest/${source.vmid}`]
  if (firewall !== undefined) sim.state.firewalls[`guest/${newid}`] = structuredClone(firewall)
}

function cloneDrive(call: Call, drive: Drive, full: boolean, made: string[]): Drive {
  const { sim, node } = call
  const vmid = number(call, 'newid')
  const volid = drive.file ?? ''
  const { size, format } = existingVolume(sim.state, volid, node)
  const storage = given(call, 'storage') ?? parseVolumeId(sim.state, volid).storage
  existingStorage(sim.state, storage)
  const wanted = given(call, 'format') ?? format
  const disk = { storage, node, vmid, size }
  const volume = isCloudInit(drive)
    ? allocate(sim, { ...disk, format: wanted, name: `vm-${vmid}-cloudinit.${wanted}` })
    : full
      ? allocate(sim, { ...disk, format: wanted })
      : allocate(sim, { ...disk, format: 'qcow2', base: volid })
  made.push(volume.volid)
  return { ...drive, file: volume.volid, size: formatSize(size) }
}
