/** Copies, templates, moves and growing of containers. */

import { holds } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, given, isOn, number, param, type Route } from '../api/route.ts'
import {
  addToPool,
  editGuest,
  guestOf,
  isTemplate,
  loadGuest,
  modifiedText,
  mustBeUnlocked,
  mustBeUnused,
  mustHaveDigest,
  removeReserved,
  writeGuest,
} from '../guests/config.ts'
import { guestTask, lockedTask } from '../guests/task.ts'
import { migrationTarget, mustExistInCluster } from '../nodes/existence.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { mayClone } from '../qemu/clone.ts'
import { mustHavePool } from '../qemu/create.ts'
import { hasFeature } from '../qemu/feature.ts'
import { configId, dnsName, nodeName, poolName, storageId, vmid as vmidForm } from '../schema/formats.ts'
import { decimal, flag, formatted, integer, listOf, oneOf, optional, text } from '../schema/property.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Config, Guest } from '../state.ts'
import { mustAllocateSpace } from '../storage/access.ts'
import { parseSize } from '../storage/size.ts'
import { existingVolume, makeBase, splitVolumeId } from '../storage/volumes.ts'
import { mustUseBridge } from './checks.ts'
import { networked, newContainer } from './create.ts'
import { isMountPoint, mountPointNames, parseLxcNet, parseMount, printMount } from './options.ts'
import { growMount, makeMounts, mountedVolumes } from './volumes.ts'

const path = '/nodes/{node}/lxc/{vmid}'
const snapname = formatted(configId, { maxLength: 40 })
const allocates = holds('/vms/{vmid}', 'VM.Allocate')
const migrates = holds('/vms/{vmid}', 'VM.Migrate')

export const lxcCopyRoutes: readonly Route[] = [
  { method: 'POST', path: `${path}/template`, params: { node, vmid }, may: allocates, run: makeTemplate },
  {
    method: 'PUT',
    path: `${path}/resize`,
    params: {
      node,
      vmid,
      disk: oneOf(...mountPointNames),
      size: text({ pattern: /\+?\d+(\.\d+)?[KMGT]?/ }),
      ...optional({ digest: text({ maxLength: 40 }) }),
    },
    may: holds('/vms/{vmid}', 'VM.Config.Disk'),
    run: resize,
  },
  {
    method: 'POST',
    path: `${path}/clone`,
    params: {
      node,
      vmid,
      newid: integer(100, 999_999_999, { format: vmidForm }),
      ...optional({
        bwlimit: decimal(0),
        description: text(),
        full: flag(),
        hostname: formatted(dnsName),
        pool: formatted(poolName),
        snapname,
        storage: formatted(storageId),
        target: formatted(nodeName),
      }),
    },
    may: mayClone,
    run: clone,
  },
  {
    method: 'POST',
    path: `${path}/migrate`,
    params: {
      node,
      vmid,
      target: formatted(nodeName),
      ...optional({
        bwlimit: decimal(0),
        online: flag(),
        restart: flag(),
        'target-storage': listOf(() => {}),
        timeout: integer(),
      }),
    },
    may: migrates,
    run: migrate,
  },
]

function makeTemplate(call: Call): null {
  const guest = guestOf(call, 'lxc')
  mustBeUnlocked(guest)
  if (Object.keys(guest.snapshots).length > 0) throw failure('unable to create template, because CT contains snapshots')
  if (isTemplate(guest)) throw failure(`you can't convert a template to a template`)
  if (guest.running !== undefined) throw failure(`you can't convert a CT to template if the CT is running`)
  editGuest(call.sim, guest, copy => {
    copy.config.template = '1'
    for (const [name, value] of Object.entries(copy.config).filter(([each]) => isMountPoint(each))) {
      const mount = parseMount(name, value)
      const { volume = '' } = mount
      if (!hasFeature(call.sim.state, 'template', volume)) continue
      copy.config[name] = printMount({ ...mount, volume: makeBase(call.sim.state, volume, copy.node) })
    }
  })
  return null
}

function resize(call: Call): string {
  const wanted = param(call, 'size')
  const early = guestOf(call, 'lxc')
  mustBeUnlocked(early)
  mustHaveDigest(early, given(call, 'digest'), modifiedText)
  return guestTask(call, 'lxc', 'resize', guest => {
    const target = (size: number) => (wanted.startsWith('+') ? size + parseSize(wanted.slice(1)) : parseSize(wanted))
    const grown = growMount(call, guest, param(call, 'disk'), target)
    editGuest(call.sim, guest, copy => Object.assign(copy.config, grown))
  })
}

function clone(call: Call): string {
  const { sim } = call
  const pool = given(call, 'pool')
  mustHavePool(call, pool)
  const named = given(call, 'target')
  const target = named === call.node ? undefined : named
  if (target !== undefined) mustExistInCluster(sim, target)
  mustHaveQuorum(sim)
  const source = guestOf(call, 'lxc')
  mustBeUnlocked(source)
  const newid = number(call, 'newid')
  mustBeUnused(sim, newid)
  const full = given(call, 'full') === undefined ? !isTemplate(source) : isOn(call, 'full')
  const storage = given(call, 'storage')
  if (storage !== undefined && !full) throw failure(`parameter 'storage' not allowed for linked clones`)
  if (full && source.running !== undefined) {
    throw failure('Full clone of a running container is only possible from a snapshot')
  }
  for (const volid of mountedVolumes(source.config)) {
    mustAllocateSpace(call, storage ?? splitVolumeId(volid)?.storage ?? '')
    if (!full && !hasFeature(sim.state, 'clone', volid)) {
      throw failure(`Linked clone feature for '${volid}' is not available`)
    }
  }
  writeGuest(sim, newContainer(call.node, newid, { lock: 'create' }))
  return lockedTask(call, {
    kind: 'lxc',
    type: 'vzclone',
    run: (_, id) => {
      const config = copyOf(call, loadGuest(sim, 'lxc', call.node, id), storage)
      writeGuest(sim, newContainer(target ?? call.node, newid, config))
      addToPool(sim, newid, pool)
    },
    undo: () => removeReserved(sim, newid),
  })
}

function copyOf(call: Call, { config, node: host }: Guest, storage: string | undefined): Config {
  const kept = Object.entries(config).filter(([name]) => !/^(unused\d+|parent|lock|template)$/.test(name))
  const asked = kept.map(([name, value]) => {
    if (/^net\d+$/.test(name)) {
      mustUseBridge(call, value)
      const { hwaddr: _, ...net } = parseLxcNet(value)
      return [
        name,
        Object.entries(net)
          .map(([key, each]) => `${key}=${each}`)
          .join(','),
      ]
    }
    if (!isMountPoint(name)) return [name, value]
    const { volume = '', size: _, ...rest } = parseMount(name, value)
    const { size } = existingVolume(call.sim.state, volume, host)
    return [name, printMount({ ...rest, volume: `${storage ?? splitVolumeId(volume)?.storage}:${size / 2 ** 30}` })]
  })
  const copy: Config = networked(call, Object.fromEntries(asked))
  const { hostname = copy.hostname, description = copy.description } = {
    ...(given(call, 'hostname') ? { hostname: given(call, 'hostname') } : {}),
    ...(given(call, 'description') ? { description: given(call, 'description') } : {}),
  }
  return {
    ...copy,
    ...makeMounts(call, { vmid: number(call, 'newid'), node: host }, copy),
    ...(hostname === undefined ? {} : { hostname }),
    ...(description === undefined ? {} : { description }),
  }
}

function migrate(call: Call): string {
  const { sim } = call
  const to = migrationTarget(call)
  const guest = guestOf(call, 'lxc')
  mustBeUnlocked(guest)
  if (guest.running !== undefined && !isOn(call, 'online') && !isOn(call, 'restart')) {
    throw failure(`can't migrate running container without --online or --restart`)
  }
  return guestTask(call, 'lxc', 'vzmigrate', now => {
    const volumes = mountedVolumes(now.config)
    for (const volume of sim.state.volumes) {
      if (volumes.includes(volume.volid) && volume.node === call.node) volume.node = to
    }
    editGuest(sim, now, copy => {
      copy.node = to
    })
  })
}
