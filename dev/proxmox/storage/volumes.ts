/** Volumes on storages: their names, who owns them, making, copying and freeing them. */

import { failure } from '../api/api-error.ts'
import { seconds } from '../clock.ts'
import { splitList } from '../schema/validation.ts'
import type { Simulation } from '../simulation.ts'
import type { State, Storage, Volume } from '../state.ts'

export interface VolumeName {
  storage: string
  kind: 'images' | 'iso' | 'vztmpl' | 'backup' | 'snippets' | 'import'
  /** The last part. */
  name: string
  vmid?: number
  format: string
  isBase: boolean
  /** The volume it is a linked clone of. */
  base?: string
}

export const splitVolumeId = (volid: string): { storage: string; path: string } | undefined => {
  const [, storage, path] = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(volid) ?? []
  return storage === undefined || path === undefined ? undefined : { storage, path }
}

/** Throws for what is on no directory storage; the storage must be there. */
export function parseVolumeId(state: State, volid: string): VolumeName {
  const parts = splitVolumeId(volid)
  if (parts === undefined) throw failure(`unable to parse volume ID '${volid}'`)
  const { storage, path } = parts
  existingStorage(state, storage)
  const [, baseOwner, base, owner, name] = /^(?:(\d+)\/(\S+)\/)?(\d+)\/(\S+)$/.exec(path) ?? []
  if (owner !== undefined && name !== undefined) {
    const linked = baseOwner === undefined ? {} : { base: `${storage}:${baseOwner}/${base}` }
    const [, format = ''] = /\.(raw|qcow2|vmdk|subvol)$/.exec(name) ?? []
    if (format === '') throw failure(`unable to parse volume filename '${name}'`)
    return { storage, kind: 'images', name, vmid: Number(owner), format, isBase: name.startsWith('base-'), ...linked }
  }
  const [, folder = '', file = ''] = /^(iso|vztmpl|backup|snippets|import)\/([^/]+)$/.exec(path) ?? []
  if (folder === '' || !suffixes[folder]?.test(file)) throw failure(`unable to parse directory volume name '${path}'`)
  const [, vmid] = /^vzdump-(?:openvz|lxc|qemu)-(\d+)-.+/.exec(file) ?? []
  return {
    storage,
    kind: folder as VolumeName['kind'],
    name: file,
    format: 'raw',
    isBase: false,
    ...(vmid === undefined ? {} : { vmid: Number(vmid) }),
  }
}

const suffixes: Readonly<Record<string, RegExp>> = {
  iso: /\.(iso|img)$/i,
  vztmpl: /\.(tar\.(gz|xz|zst|bz2)|tar)$/i,
  backup: /\.(tgz|((tar|vma)(\.(gz|lzo|zst|bz2))?))$/i,
  snippets: /./,
  import: /\.(ova|ovf|qcow2|raw|vmdk)$/i,
}

export function existingStorage(state: State, name: string): Storage {
  const storage = state.storages[name]
  if (storage === undefined) throw failure(`storage '${name}' does not exist`)
  return storage
}

/** Throws where the storage is off, or not for this node. */
export function enabledStorage(state: State, name: string, node: string): Storage {
  const storage = existingStorage(state, name)
  if (storage.options.disable === '1') throw failure(`storage '${name}' is disabled`)
  const nodes = splitList(storage.options.nodes ?? '')
  if (nodes.length > 0 && !nodes.includes(node)) throw failure(`storage '${name}' is not available on node '${node}'`)
  return storage
}

export const holdsContent = (storage: Storage, kind: string) => splitList(storage.content).includes(kind)

export function findVolume(state: State, volid: string, node: string): Volume | undefined {
  return state.volumes.find(volume => volume.volid === volid && (volume.node ?? node) === node)
}

export function existingVolume(state: State, volid: string, node: string): Volume {
  const volume = findVolume(state, volid, node)
  if (volume === undefined) throw failure(`volume '${volid}' does not exist`)
  return volume
}

export interface NewVolume {
  storage: string
  node: string
  vmid: number
  format: string
  /** In bytes. */
  size: number
  /** `vm-100-cloudinit.qcow2`; the next free disk without it. */
  name?: string
  /** The base volume of a linked clone. */
  base?: string
}

export function allocate(sim: Simulation, { storage, node, vmid, format, size, name, base }: NewVolume): Volume {
  const { state } = sim
  const { shared } = existingStorage(state, storage)
  const file = name ?? freeDiskName(state, { storage, node, vmid, format })
  const folder = base === undefined ? '' : `${base.slice(storage.length + 1)}/`
  const volume: Volume = {
    volid: `${storage}:${folder}${vmid}/${file}`,
    ...(shared ? {} : { node }),
    content: format === 'subvol' ? 'rootdir' : 'images',
    format,
    size,
    ctime: seconds(sim.clock),
    vmid,
    ...(base === undefined ? {} : { parent: `../${base.slice(storage.length + 1)}` }),
  }
  if (findVolume(state, volume.volid, node) !== undefined) {
    throw failure(`disk image '${pathOfVolume(state, volume.volid)}' already exists`)
  }
  state.volumes.push(volume)
  return volume
}

export function freeVolume(state: State, volid: string, node: string): void {
  state.volumes = state.volumes.filter(volume => volume.volid !== volid || (volume.node ?? node) !== node)
}

/** A base stays while a linked clone of it is there. */
export function isBaseInUse(state: State, volid: string): boolean {
  const { storage, path } = splitVolumeId(volid) ?? { storage: '', path: '' }
  return state.volumes.some(volume => volume.volid.startsWith(`${storage}:${path}/`))
}

/** `vm-9000-disk-0.qcow2` becomes `base-9000-disk-0.qcow2`. */
export function makeBase(state: State, volid: string, node: string): string {
  const volume = existingVolume(state, volid, node)
  volume.volid = volid.replace(/\/vm-(\d+-[^/]+)$/, '/base-$1')
  return volume.volid
}

/** Where the file of a volume is. */
export function pathOfVolume(state: State, volid: string): string {
  const { storage, path } = splitVolumeId(volid) ?? { storage: '', path: '' }
  const root = existingStorage(state, storage).options.path ?? ''
  const name = parseVolumeId(state, volid)
  if (name.kind === 'images') return `${root}/images/${name.vmid}/${name.name}`
  const folder = { iso: 'template/iso', vztmpl: 'template/cache', backup: 'dump' } as Record<string, string>
  return `${root}/${folder[name.kind] ?? name.kind}/${path.slice(path.indexOf('/') + 1)}`
}

function freeDiskName(state: State, { storage, node, vmid, format }: Omit<NewVolume, 'size'>): string {
  const taken = new Set(
    state.volumes
      .filter(volume => volume.volid.startsWith(`${storage}:`) && (volume.node ?? node) === node)
      .flatMap(({ volid }) => {
        const [, owner, number] = /(?:vm|base|subvol|basevol)-(\d+)-disk-(\d+)\.\w+$/.exec(volid) ?? []
        return Number(owner) === vmid ? [Number(number)] : []
      }),
  )
  let number = 0
  while (taken.has(number)) number++
  return `${format === 'subvol' ? 'subvol' : 'vm'}-${vmid}-disk-${number}.${format}`
}
