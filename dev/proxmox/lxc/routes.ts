/** `/nodes/{node}/lxc`: containers. */

import { anybody, holds, holdsAny, mayHold } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, isOn, number, type Route } from '../api/route.ts'
import { scheduleBroadcast } from '../cluster/guest-rows.ts'
import {
  digestOf,
  guestOf,
  loadGuest,
  mustBeUnlocked,
  mustBeUnprotected,
  mustWrite,
  removeGuest,
  shownConfig,
} from '../guests/config.ts'
import { withGuestLock } from '../guests/lock.ts'
import { existingSnapshot } from '../guests/snapshots.ts'
import { guestStatus } from '../guests/status.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { purgeFromJobs } from '../qemu/destroy.ts'
import { pendingRows } from '../qemu/pending.ts'
import { configId, poolName, storageId } from '../schema/formats.ts'
import { decimal, flag, formatted, listOf, optional, text } from '../schema/property.ts'
import type { Config, Guest, Row } from '../state.ts'
import { startTask } from '../tasks/worker.ts'
import { createContainer } from './create.ts'
import { lxcOptions } from './options.ts'
import { updateContainer } from './update.ts'
import { freeVolumesOf } from './volumes.ts'

const path = '/nodes/{node}/lxc'
const one = `${path}/{vmid}`
const audits = holds('/vms/{vmid}', 'VM.Audit')
const snapshot = formatted(configId, { maxLength: 40 })
const { unprivileged: _, arch, ostype, ...changeable } = lxcOptions

export const lxcRoutes: readonly Route[] = [
  { method: 'GET', path, params: { node }, may: anybody, run: list },
  {
    method: 'POST',
    path,
    params: {
      node,
      vmid,
      ostemplate: text({ maxLength: 255 }),
      ...lxcOptions,
      ...optional({
        bwlimit: decimal(0),
        force: flag(),
        'ha-managed': flag(),
        'ignore-unpack-errors': flag(),
        password: text({ minLength: 5 }),
        pool: formatted(poolName),
        restore: flag(),
        'ssh-public-keys': text(),
        start: flag(),
        storage: formatted(storageId),
        unique: flag({ requires: 'restore' }),
      }),
    },
    may: anybody,
    run: createContainer,
  },
  { method: 'GET', path: one, params: { node, vmid }, may: anybody, run: index },
  {
    method: 'DELETE',
    path: one,
    params: { node, vmid, ...optional({ 'destroy-unreferenced-disks': flag(), force: flag(), purge: flag() }) },
    may: holds('/vms/{vmid}', 'VM.Allocate'),
    run: destroy,
  },
  {
    method: 'GET',
    path: `${one}/config`,
    params: { node, vmid, ...optional({ current: flag(), snapshot }) },
    may: audits,
    run: readConfig,
  },
  {
    method: 'PUT',
    path: `${one}/config`,
    params: {
      node,
      vmid,
      ...changeable,
      ...optional({
        ...(arch === undefined ? {} : { arch }),
        delete: listOf(configId),
        digest: text({ maxLength: 40 }),
        ...(ostype === undefined ? {} : { ostype }),
        revert: listOf(configId),
        unprivileged: flag(),
      }),
    },
    may: holdsAny('/vms/{vmid}', ...['Disk', 'CPU', 'Memory', 'Network', 'Options'].map(part => `VM.Config.${part}`)),
    run: call => withGuestLock(call.sim, 'lxc', number(call, 'vmid'), () => updateContainer(call)),
  },
  {
    method: 'GET',
    path: `${one}/pending`,
    params: { node, vmid },
    may: audits,
    run: call => {
      const guest = guestOf(call, 'lxc')
      return pendingRows(shownContainer(guest, guest.config), guest, lxcOptions)
    },
  },
  {
    method: 'GET',
    path: `${one}/interfaces`,
    params: { node, vmid },
    may: audits,
    run: call => {
      if (guestOf(call, 'lxc').running === undefined) return null
      return [{ name: 'lo', hwaddr: '00:00:00:00:00:00', inet: '127.0.0.1/8', inet6: '::1/128' }]
    },
  },
]

const subfolders =
  'config pending status vncproxy termproxy vncwebsocket spiceproxy migrate clone rrd rrddata firewall snapshot resize interfaces mtunnel remote_migrate'

function index(): Row[] {
  return subfolders.split(' ').map(subdir => ({ subdir }))
}

function list(call: Call): Row[] {
  return Object.values(call.sim.state.guests)
    .filter(({ type, node: at }) => type === 'lxc' && at === call.node)
    .filter(guest => mayHold(call, `/vms/${guest.vmid}`, 'VM.Audit'))
    .map(guest => guestStatus(call.sim, guest))
}

/** A description ends its line here, unlike that of a virtual machine. */
export function shownContainer(guest: Guest, config: Config): Row {
  const { description } = config
  return {
    ...shownConfig(config, lxcOptions),
    ...(description === undefined ? {} : { description: `${description}\n` }),
    digest: digestOf(guest),
  }
}

function readConfig(call: Call): Row {
  const name = given(call, 'snapshot')
  if (name && isOn(call, 'current')) {
    const why = `cannot use 'snapshot' parameter with 'current'`
    throw invalid({ snapshot: why, current: why })
  }
  const guest = guestOf(call, 'lxc')
  if (name) return shownContainer(guest, existingSnapshot(guest, name).config)
  if (isOn(call, 'current')) return shownContainer(guest, guest.config)
  const config: Config = { ...guest.config }
  for (const [option, value] of Object.entries(guest.pending)) {
    if (value === null) delete config[option]
    else config[option] = value
  }
  return shownContainer(guest, config)
}

function destroy(call: Call): string {
  const { sim } = call
  const id = number(call, 'vmid')
  const early = (guest: Guest) => {
    mustBeUnprotected(guest, `can't remove CT ${id}`)
    mustBeUnlocked(guest)
    if (!isOn(call, 'force') && guest.running !== undefined) {
      throw failure(`unable to destroy CT ${id} - container is running`)
    }
  }
  early(guestOf(call, 'lxc'))
  return startTask(sim, {
    node: call.node,
    type: 'vzdestroy',
    id: String(id),
    user: call.authid,
    run: () =>
      withGuestLock(sim, 'lxc', id, () => {
        const guest = loadGuest(sim, 'lxc', call.node, id)
        early(guest)
        mustWrite(sim, guest)
        freeVolumesOf(call, guest, isOn(call, 'destroy-unreferenced-disks'))
        if (isOn(call, 'purge')) purgeFromJobs(call, id)
        removeGuest(sim, id)
        scheduleBroadcast(sim, id)
      }),
  })
}
