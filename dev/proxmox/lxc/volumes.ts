/** The volumes behind the root and the mount points of a container. */

import { failure, invalid } from '../api/api-error.ts'
import type { Call } from '../api/route.ts'
import { newDisk } from '../qemu/drive.ts'
import type { Config, Guest } from '../state.ts'
import { mustAllocateSpace } from '../storage/access.ts'
import { formatSize } from '../storage/size.ts'
import {
  allocate,
  enabledStorage,
  existingVolume,
  freeVolume,
  holdsContent,
  splitVolumeId,
} from '../storage/volumes.ts'
import { isMountPoint, parseMount, printMount } from './options.ts'

/** Nought stands for a directory without a limit. */
const sizeText = (bytes: number) => (bytes === 0 ? '0T' : formatSize(bytes))

export function mustTakeContainers(call: Call, storage: string): void {
  const found = enabledStorage(call.sim.state, storage, call.node)
  if (!holdsContent(found, 'rootdir')) {
    throw invalid({ storage: `storage '${storage}' does not support container directories` })
  }
  mustAllocateSpace(call, storage)
}

/** With volumes made for those that ask for new ones; what was made is freed on an error. */
export function makeMounts(call: Call, { vmid, node }: Pick<Guest, 'vmid' | 'node'>, config: Config): Config {
  const { sim } = call
  const made: string[] = []
  try {
    const mounts = Object.entries(config).filter(([name]) => isMountPoint(name))
    return Object.fromEntries(
      mounts.map(([name, value]) => {
        const mount = parseMount(name, value)
        const asked = newDisk(mount.volume ?? '')
        if (asked?.storage === undefined) return [name, value]
        const size = Math.floor(asked.gibibytes * 2 ** 30)
        const format = size === 0 ? 'subvol' : 'raw'
        const { volid } = allocate(sim, { storage: asked.storage, node, vmid, format, size })
        made.push(volid)
        return [name, printMount({ ...mount, volume: volid, size: sizeText(size) })]
      }),
    )
  } catch (error) {
    for (const volid of made) freeVolume(sim.state, volid, node)
    throw error
  }
}

export const mountedVolumes = (config: Config): string[] =>
  Object.entries(config)
    .filter(([name]) => isMountPoint(name))
    .map(([name, value]) => parseMount(name, value).volume ?? '')
    .filter(volume => splitVolumeId(volume) !== undefined)

export function freeVolumesOf(call: Call, { vmid, node, config }: Guest, unreferenced: boolean): void {
  const { state } = call.sim
  const unused = Object.entries(config).flatMap(([name, value]) => (/^unused\d+$/.test(name) ? [value] : []))
  for (const volid of [...mountedVolumes(config), ...unused]) {
    if (new RegExp(`(^|[:/])${vmid}/`).test(volid)) freeVolume(state, volid, node)
  }
  if (unreferenced) {
    state.volumes = state.volumes.filter(volume => volume.vmid !== vmid || volume.content === 'backup')
  }
}

export function growMount(call: Call, guest: Guest, name: string, wanted: (size: number) => number): Config {
  const value = guest.config[name]
  if (value === undefined) throw failure(`disk '${name}' does not exist`)
  const mount = parseMount(name, value)
  const volume = existingVolume(call.sim.state, mount.volume ?? '', guest.node)
  mustAllocateSpace(call, splitVolumeId(volume.volid)?.storage ?? '')
  const size = wanted(volume.size)
  if (size < volume.size) throw failure(`disk size cannot be shrunk`)
  volume.size = size
  return { [name]: printMount({ ...mount, size: sizeText(size) }) }
}
