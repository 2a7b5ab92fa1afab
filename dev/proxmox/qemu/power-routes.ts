/** `/nodes/{node}/qemu/{vmid}/status`: starting, stopping, pausing. */

import { anybody, holds, mustHold } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, given, isOn, number, type Route } from '../api/route.ts'
import { editGuest, guestOf, loadGuest, mustBeOnNode, mustBeUnlocked } from '../guests/config.ts'
import { guestStatus } from '../guests/status.ts'
import { type LockedTask, lockedTask } from '../guests/task.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { cidr, nodeName, storageId } from '../schema/formats.ts'
import {
  composed,
  flag,
  formatted,
  integer,
  listOf,
  oneOf,
  optional,
  type Parameters,
  text,
} from '../schema/property.ts'
import { parsePropertyString } from '../schema/property-string.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Row } from '../state.ts'
import { mustHoldOnGuest, refuseRootOptions } from './checks.ts'
import { parseNet } from './network-options.ts'
import { agentFields, machineFields } from './options.ts'
import { startMachine, stopMachine } from './power.ts'

const path = '/nodes/{node}/qemu/{vmid}/status'
const may = holds('/vms/{vmid}', 'VM.PowerMgmt')
const post = (name: string, params: Parameters, run: Route['run']): Route => ({
  method: 'POST',
  path: `${path}/${name}`,
  params: { node, vmid, ...optional(params) },
  may,
  run,
})
const timeout = integer(0)
const skiplock = flag()

export const qemuPowerRoutes: readonly Route[] = [
  { method: 'GET', path, params: { node, vmid }, may: anybody, run: commands },
  {
    method: 'GET',
    path: `${path}/current`,
    params: { node, vmid },
    may: holds('/vms/{vmid}', 'VM.Audit'),
    run: current,
  },
  post(
    'start',
    {
      'force-cpu': text(),
      machine: composed(machineFields),
      migratedfrom: formatted(nodeName),
      migration_network: formatted(cidr),
      migration_type: oneOf('secure', 'insecure'),
      'nets-host-mtu': text({ pattern: /net\d+=\d+(,net\d+=\d+)*/ }),
      skiplock,
      stateuri: text({ maxLength: 128 }),
      targetstorage: listOf(() => {}),
      timeout,
      'with-conntrack-state': flag(),
    },
    start,
  ),
  post(
    'stop',
    { keepActive: flag(), migratedfrom: formatted(nodeName), 'overrule-shutdown': flag(), skiplock, timeout },
    stop,
  ),
  post('shutdown', { forceStop: flag(), keepActive: flag(), skiplock, timeout }, shutdown),
  post('reboot', { timeout }, reboot),
  post('reset', { skiplock }, reset),
  post('suspend', { skiplock, statestorage: formatted(storageId, { requires: 'todisk' }), todisk: flag() }, suspend),
  post('resume', { nocheck: flag(), skiplock }, resume),
]

function commands(call: Call): Row[] {
  guestOf(call, 'qemu')
  return ['current', 'start', 'stop', 'reset', 'shutdown', 'suspend', 'reboot'].map(subdir => ({ subdir }))
}

function current(call: Call): Row {
  const guest = guestOf(call, 'qemu')
  const { config, running, vmid: id } = guest
  const { enabled } = parsePropertyString(config.agent ?? '0', agentFields)
  const nets = Object.keys(running === undefined ? {} : config).filter(
    name => /^net\d+$/.test(name) && parseNet(config[name] ?? '').bridge,
  )
  const nics = nets.map(name => [`tap${id}i${name.slice(3)}`, { netin: 0, netout: 0 }])
  return {
    ...guestStatus(call.sim, guest),
    qmpstatus: qmpStatus(running),
    ha: { managed: 0 },
    ...(enabled === '1' ? { agent: 1 } : {}),
    ...(/qxl|virtio/.test(config.vga ?? '') ? { spice: 1 } : {}),
    ...(nics.length === 0 ? {} : { nics: Object.fromEntries(nics) }),
  }
}

export const qmpStatus = (running: { paused: boolean } | undefined) =>
  running === undefined ? 'stopped' : running.paused ? 'paused' : 'running'

const task = (call: Call, type: string, run: LockedTask['run']): string => lockedTask(call, { kind: 'qemu', type, run })

const running = (call: Call) => mustBeOnNode(call.sim, 'qemu', call.node, number(call, 'vmid')).running

function mustRun(call: Call): void {
  if (running(call) === undefined) throw failure(`VM ${number(call, 'vmid')} not running`)
}

function start(call: Call): string {
  refuseRootOptions(call)
  mustHaveQuorum(call.sim)
  return task(call, 'qmstart', (_, id) => startMachine(call, id, isOn(call, 'skiplock')))
}

function stop(call: Call): string {
  refuseRootOptions(call)
  return task(call, 'qmstop', (_, id) => {
    const guest = mustBeOnNode(call.sim, 'qemu', call.node, id)
    if (guest.running === undefined) return
    if (!isOn(call, 'skiplock')) mustBeUnlocked(guest)
    stopMachine(call, id)
  })
}

/** Nothing runs inside of the machine that would hear of the power button. */
function shutdown(call: Call): string {
  refuseRootOptions(call)
  const guest = call.sim.state.guests[number(call, 'vmid')]
  if (guest?.running?.paused && !isOn(call, 'forceStop')) throw failure('VM is paused - cannot shutdown')
  return task(call, 'qmshutdown', async (each, id) => {
    const now = mustBeOnNode(call.sim, 'qemu', call.node, id)
    if (now.running === undefined) return
    if (!isOn(call, 'skiplock')) mustBeUnlocked(now)
    if (now.running.paused) {
      stopMachine(call, id)
      return
    }
    await each.sleep(Number(given(call, 'timeout') ?? 60) * 1000)
    if (!isOn(call, 'forceStop')) throw failure('VM quit/powerdown failed - got timeout')
    each.log('VM still running - terminating now with SIGTERM')
    stopMachine(call, id)
  })
}

function reboot(call: Call): string {
  if (running(call)?.paused) throw failure('VM is paused - cannot shutdown')
  mustRun(call)
  return task(call, 'qmreboot', async each => {
    await each.sleep(Number(given(call, 'timeout') ?? 60) * 1000)
    throw failure('VM quit/powerdown failed - got timeout')
  })
}

function reset(call: Call): string {
  refuseRootOptions(call)
  mustRun(call)
  return task(call, 'qmreset', (_, id) => {
    const guest = loadGuest(call.sim, 'qemu', call.node, id)
    if (!isOn(call, 'skiplock')) mustBeUnlocked(guest)
  })
}

function suspend(call: Call): string {
  refuseRootOptions(call)
  mustRun(call)
  const toDisk = isOn(call, 'todisk')
  if (toDisk) {
    mustHoldOnGuest(call, number(call, 'vmid'), undefined, ['VM.Config.Disk'])
    mustHold(call, `/storage/${given(call, 'statestorage') ?? 'local'}`, ['Datastore.AllocateSpace'])
  }
  return task(call, toDisk ? 'qmsuspend' : 'qmpause', (_, id) => {
    const guest = loadGuest(call.sim, 'qemu', call.node, id)
    if (!isOn(call, 'skiplock') && guest.config.lock !== 'backup') mustBeUnlocked(guest)
    editGuest(call.sim, guest, copy => {
      if (toDisk) {
        delete copy.running
        copy.config.lock = 'suspended'
        copy.config.vmstate = `local:${id}/vm-${id}-state-suspend.raw`
      } else if (copy.running !== undefined) copy.running.paused = true
    })
  })
}

function resume(call: Call): string {
  refuseRootOptions(call)
  const id = number(call, 'vmid')
  const suspended = call.sim.state.guests[id]?.config.lock === 'suspended'
  if (!suspended) mustRun(call)
  return task(call, 'qmresume', () => {
    if (suspended) return startMachine(call, id)
    const guest = loadGuest(call.sim, 'qemu', call.node, id)
    if (!isOn(call, 'skiplock') && guest.config.lock !== 'backup') mustBeUnlocked(guest)
    editGuest(call.sim, guest, copy => {
      if (copy.running !== undefined) copy.running.paused = false
    })
  })
}
