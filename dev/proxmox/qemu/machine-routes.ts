/** `/nodes/{node}/qemu`: machines as such. */

import { anybody, holds, holdsAny, mayHold } from '../access/checks.ts'
import { invalid } from '../api/api-error.ts'
import { type Call, given, isOn, number, type Route } from '../api/route.ts'
import { digestOf, guestOf, shownConfig } from '../guests/config.ts'
import { withGuestLock } from '../guests/lock.ts'
import { guestStatus } from '../guests/status.ts'
import { guestTask } from '../guests/task.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { configId, dnsName, nodeName, poolName, storageId, vmid as vmidForm } from '../schema/formats.ts'
import { flag, formatted, integer, listOf, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import type { Config, Guest, Row } from '../state.ts'
import { cloneMachine, mayClone } from './clone.ts'
import { createMachine } from './create.ts'
import { destroyMachine } from './destroy.ts'
import { driveNames } from './drive-options.ts'
import { qemuOptions } from './options.ts'
import { pendingRows } from './pending.ts'
import { qmpStatus } from './power-routes.ts'
import { snapshotConfig } from './snapshot-routes.ts'
import { featureOf, makeTemplate } from './template.ts'
import { applyUpdate, parseUpdate } from './update.ts'

const path = '/nodes/{node}/qemu'
const one = `${path}/{vmid}`
const audits = holds('/vms/{vmid}', 'VM.Audit')
const configures = holdsAny(
  '/vms/{vmid}',
  ...['Disk', 'CDROM', 'CPU', 'Memory', 'Network', 'HWType', 'Options', 'Cloudinit'].map(part => `VM.Config.${part}`),
)
const snapname = formatted(configId, { maxLength: 40 })
const changes: Parameters = {
  node,
  vmid,
  ...qemuOptions,
  ...optional({
    delete: listOf(configId),
    digest: text({ maxLength: 40 }),
    force: flag({ requires: 'delete' }),
    revert: listOf(configId),
    skiplock: flag(),
  }),
}

export const qemuRoutes: readonly Route[] = [
  { method: 'GET', path, params: { node, ...optional({ full: flag() }) }, may: anybody, run: list },
  {
    method: 'POST',
    path,
    params: {
      node,
      vmid,
      ...qemuOptions,
      ...optional({
        archive: text({ maxLength: 255 }),
        bwlimit: integer(0),
        force: flag({ requires: 'archive' }),
        'ha-managed': flag(),
        'import-working-storage': formatted(storageId),
        'live-restore': flag(),
        pool: formatted(poolName),
        start: flag(),
        storage: formatted(storageId),
        unique: flag({ requires: 'archive' }),
      }),
    },
    may: anybody,
    run: createMachine,
  },
  { method: 'GET', path: one, params: { node, vmid }, may: anybody, run: index },
  {
    method: 'DELETE',
    path: one,
    params: { node, vmid, ...optional({ 'destroy-unreferenced-disks': flag(), purge: flag(), skiplock: flag() }) },
    may: holds('/vms/{vmid}', 'VM.Allocate'),
    run: destroyMachine,
  },
  {
    method: 'GET',
    path: `${one}/config`,
    params: { node, vmid, ...optional({ current: flag(), snapshot: snapname }) },
    may: audits,
    run: readConfig,
  },
  {
    method: 'PUT',
    path: `${one}/config`,
    params: changes,
    may: configures,
    run: call => {
      const update = parseUpdate(call)
      return withGuestLock(call.sim, 'qemu', number(call, 'vmid'), () => applyUpdate(call, update))
    },
  },
  {
    method: 'POST',
    path: `${one}/config`,
    params: {
      ...changes,
      ...optional({ background_delay: integer(1, 30), 'import-working-storage': formatted(storageId) }),
    },
    may: configures,
    run: call => {
      const update = parseUpdate(call)
      return guestTask(call, 'qemu', 'qmconfig', () => void applyUpdate(call, update))
    },
  },
  {
    method: 'GET',
    path: `${one}/pending`,
    params: { node, vmid },
    may: audits,
    run: call => {
      const guest = guestOf(call, 'qemu')
      return pendingRows(shown(guest, guest.config), guest, qemuOptions)
    },
  },
  {
    method: 'POST',
    path: `${one}/clone`,
    params: {
      node,
      vmid,
      newid: integer(100, 999_999_999, { format: vmidForm }),
      ...optional({
        bwlimit: integer(0),
        description: text(),
        format: oneOf('raw', 'qcow2', 'vmdk'),
        full: flag(),
        name: formatted(dnsName),
        pool: formatted(poolName),
        snapname,
        storage: formatted(storageId),
        target: formatted(nodeName),
      }),
    },
    may: mayClone,
    run: cloneMachine,
  },
  {
    method: 'POST',
    path: `${one}/template`,
    params: { node, vmid, ...optional({ disk: oneOf(...driveNames) }) },
    may: holds('/vms/{vmid}', 'VM.Allocate'),
    run: makeTemplate,
  },
  {
    method: 'GET',
    path: `${one}/feature`,
    params: { node, vmid, feature: oneOf('snapshot', 'clone', 'copy'), ...optional({ snapname }) },
    may: audits,
    run: featureOf,
  },
]

function list(call: Call): Row[] {
  return Object.values(call.sim.state.guests)
    .filter(({ type, node: at }) => type === 'qemu' && at === call.node)
    .filter(guest => mayHold(call, `/vms/${guest.vmid}`, 'VM.Audit'))
    .map(guest => ({
      ...guestStatus(call.sim, guest),
      ...(isOn(call, 'full') ? { qmpstatus: qmpStatus(guest.running) } : {}),
    }))
}

const subfolders =
  'config pending status unlink vncproxy termproxy migrate resize move rrd rrddata monitor agent snapshot spiceproxy sendkey firewall mtunnel remote_migrate cloudinit'

function index(): Row[] {
  return subfolders.split(' ').map(subdir => ({ subdir }))
}

const shown = (guest: Guest, config: Config): Row => ({
  ...shownConfig(config, qemuOptions),
  ...(config.cipassword === undefined ? {} : { cipassword: '**********' }),
  digest: digestOf(guest),
})

function readConfig(call: Call): Row {
  const snapshot = given(call, 'snapshot')
  if (snapshot && isOn(call, 'current')) {
    const text = `cannot use 'snapshot' parameter with 'current'`
    throw invalid({ snapshot: text, current: text })
  }
  const guest = guestOf(call, 'qemu')
  if (snapshot) return { ...snapshotConfig(guest, snapshot), digest: digestOf(guest) }
  if (isOn(call, 'current')) return shown(guest, guest.config)
  const config: Config = { ...guest.config }
  for (const [option, value] of Object.entries(guest.pending)) {
    if (value === null) delete config[option]
    else config[option] = value
  }
  return shown(guest, config)
}
