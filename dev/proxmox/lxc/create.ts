/** Making a container from a template, or from a backup. */

import { mayHold, mustHold } from '../access/checks.ts'
import { ApiError, failure, forbidden, textOf } from '../api/api-error.ts'
import { type Call, chosen, given, isOn, number, param } from '../api/route.ts'
import { addToPool, mustBeUnprotected, mustBeUnused, removeReserved, writeGuest } from '../guests/config.ts'
import { uniqueTags } from '../qemu/checks.ts'
import { mustHavePool } from '../qemu/create.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Config, Guest, Volume } from '../state.ts'
import { mustAccessVolume } from '../storage/access.ts'
import { existingVolume, splitVolumeId } from '../storage/volumes.ts'
import { startTask } from '../tasks/worker.ts'
import { mustSetLxcOptions } from './checks.ts'
import { isMountPoint, lxcOptions, parseLxcNet, parseMount, printLxcNet } from './options.ts'
import { startContainer } from './power.ts'
import { freeVolumesOf, makeMounts, mustTakeContainers } from './volumes.ts'

const defaultGibibytes = 4

export function createContainer(call: Call): string {
  const { sim, node } = call
  mustHaveQuorum(sim)
  const vmid = number(call, 'vmid')
  const restores = isOn(call, 'restore')
  const old = sim.state.guests[vmid]
  const overwrites = restores && isOn(call, 'force') && old?.type === 'lxc' && old.node === node
  const unprivileged = restores ? isOn(call, 'unprivileged') : given(call, 'unprivileged') !== '0'
  if (!restores && !unprivileged) mustBeAdmin(call)
  if (isOn(call, 'ha-managed')) mustHold(call, '/', ['Sys.Console'])
  if (overwrites) {
    if (old.running !== undefined) throw failure(`can't overwrite running container`)
    mustBeUnprotected(old, `unable to restore CT ${vmid}`)
  } else mustBeUnused(sim, vmid)
  const pool = given(call, 'pool')
  mustHavePool(call, pool)
  mustAllocate(call, vmid, pool, overwrites)
  const { unprivileged: _, ...set } = chosen(call, Object.keys(lxcOptions))
  mustSetLxcOptions(call, vmid, pool, { old: {}, set, remove: [], unprivileged })
  const template = param(call, 'ostemplate')
  mustAccessVolume(call, vmid, template, restores ? 'backup' : 'vztmpl')
  const storage = given(call, 'storage') ?? 'local'
  const mounts = mountsOf(set, storage)
  for (const name of storagesOf(mounts)) mustTakeContainers(call, name)
  if (mounts.rootfs === undefined) mustTakeContainers(call, storage)
  reserve(call, vmid, restores, overwrites)
  const emsg = `unable to ${restores ? 'restore' : 'create'} CT ${vmid} -`
  return startTask(sim, {
    node,
    type: restores ? 'vzrestore' : 'vzcreate',
    id: String(vmid),
    user: call.authid,
    run: async task => {
      try {
        const source = existingVolume(sim.state, template, node)
        const options = Object.fromEntries(Object.entries(set).filter(([name]) => !isMountPoint(name)))
        if (overwrites && old !== undefined) {
          fill(call, vmid, { options, mounts, source, storage, unprivileged }, old)
        } else fill(call, vmid, { options, mounts, source, storage, unprivileged })
        addToPool(sim, vmid, pool)
      } catch (error) {
        throw new ApiError(500, `${emsg} ${textOf(error)}`)
      }
      if (isOn(call, 'start')) {
        task.log('Execute autostart')
        startContainer(call, vmid)
      }
    },
    undo: () => removeReserved(sim, vmid),
  })
}

function mustBeAdmin(call: Call): void {
  mustHold(call, '/', ['Sys.Modify'])
}

function mustAllocate(call: Call, vmid: number, pool: string | undefined, overwrites: boolean): void {
  if (mayHold(call, `/vms/${vmid}`, 'VM.Allocate')) return
  if (pool !== undefined && mayHold(call, `/pool/${pool}`, 'VM.Allocate')) return
  if (overwrites && mayHold(call, `/vms/${vmid}`, 'VM.Backup')) return
  throw forbidden()
}

/** A plain number is a size on the default storage. */
function mountsOf(set: Config, storage: string): Config {
  const mounts = Object.entries(set).filter(([name]) => isMountPoint(name))
  const full = mounts.map(([name, value]) => [name, /^\d+(\.\d+)?$/.test(value) ? `${storage}:${value}` : value])
  const result: Config = Object.fromEntries(full)
  if (mounts.length > 0 && result.rootfs === undefined) {
    throw failure(`mount points configured, but 'rootfs' not set - aborting`)
  }
  return result
}

const storagesOf = (mounts: Config): string[] =>
  Object.entries(mounts).flatMap(([name, value]) => splitVolumeId(parseMount(name, value).volume ?? '')?.storage ?? [])

function reserve(call: Call, vmid: number, restores: boolean, overwrites: boolean): void {
  if (overwrites) return
  try {
    mustBeUnused(call.sim, vmid)
  } catch (error) {
    throw new ApiError(500, `unable to ${restores ? 'restore' : 'create'} CT ${vmid} - ${textOf(error)}`)
  }
  writeGuest(call.sim, newContainer(call.node, vmid, { lock: 'create' }))
}

export const newContainer = (node: string, vmid: number, config: Config): Guest => ({
  vmid,
  type: 'lxc',
  node,
  config,
  pending: {},
  snapshots: {},
})

interface Recipe {
  options: Config
  mounts: Config
  /** The template, or the backup. */
  source: Volume
  storage: string
  unprivileged: boolean
}

function fill(call: Call, vmid: number, recipe: Recipe, old?: Guest): void {
  const { sim, node } = call
  const { options, source, storage } = recipe
  const backup = source.backup
  if (source.content === 'backup' && backup?.type !== 'lxc') throw failure('unable to recover the configuration')
  const kept = Object.fromEntries(Object.entries(backup?.config ?? {}).filter(([name]) => !isMountPoint(name)))
  const mounts = Object.keys(recipe.mounts).length > 0 ? recipe.mounts : defaultMounts(backup, storage)
  // The new volumes are there before the old ones go.
  const volumes = makeMounts(call, { vmid, node }, mounts)
  if (old !== undefined) freeVolumesOf(call, old, false)
  const config: Config = { arch: 'amd64', ostype: 'unmanaged', ...kept, ...networked(call, options), ...volumes }
  if (recipe.unprivileged || (options.unprivileged === undefined && kept.unprivileged === '1')) {
    config.unprivileged = '1'
  }
  config.hostname ??= `CT${vmid}`
  config.memory ??= '512'
  config.swap ??= '512'
  delete config.lock
  if (config.tags !== undefined) {
    config.tags = uniqueTags(config.tags, sim.state.datacenter['tag-style'] ?? '')
  }
  writeGuest(sim, { ...newContainer(node, vmid, config) })
}

function defaultMounts(backup: Volume['backup'], storage: string): Config {
  if (backup === undefined) return { rootfs: `${storage}:${defaultGibibytes}` }
  const mounts = Object.entries(backup.config).filter(([name]) => isMountPoint(name))
  return Object.fromEntries(
    mounts.map(([name, value]) => {
      const { volume = '', size: _, ...rest } = parseMount(name, value)
      const more = Object.entries(rest).map(([key, each]) => `,${key}=${each}`)
      return [name, `${storage}:${(backup.sizes[volume] ?? 0) / 2 ** 30}${more.join('')}`]
    }),
  )
}

export function networked({ sim }: Call, options: Config): Config {
  const prefix = sim.state.datacenter.mac_prefix ?? 'BC:24:11'
  const nets = Object.entries(options).filter(([name]) => /^net\d+$/.test(name))
  const printed = nets.map(([name, value]) => [name, printLxcNet(parseLxcNet(value), () => sim.random.mac(prefix))])
  return { ...options, ...Object.fromEntries(printed) }
}
