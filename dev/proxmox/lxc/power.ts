/** `/nodes/{node}/lxc/{vmid}/status`: starting and stopping. The little init inside shuts down when asked. */

import { anybody, holds } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, isOn, number, type Route } from '../api/route.ts'
import { seconds } from '../clock.ts'
import { scheduleBroadcast } from '../cluster/guest-rows.ts'
import { editGuest, guestOf, isTemplate, loadGuest, mustBeUnlocked } from '../guests/config.ts'
import { guestStatus } from '../guests/status.ts'
import { guestTask } from '../guests/task.ts'
import { node, vmid } from '../nodes/parameters.ts'
import { refuseRootOptions } from '../qemu/checks.ts'
import { flag, integer, optional, type Parameters } from '../schema/property.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Guest, Row } from '../state.ts'
import { parseLxcNet } from './options.ts'
import { applyLxcPending } from './update.ts'

const path = '/nodes/{node}/lxc/{vmid}/status'
const post = (name: string, params: Parameters, run: Route['run']): Route => ({
  method: 'POST',
  path: `${path}/${name}`,
  params: { node, vmid, ...optional(params) },
  may: holds('/vms/{vmid}', 'VM.PowerMgmt'),
  run,
})
const timeout = integer(0)

export const lxcPowerRoutes: readonly Route[] = [
  { method: 'GET', path, params: { node, vmid }, may: anybody, run: commands },
  {
    method: 'GET',
    path: `${path}/current`,
    params: { node, vmid },
    may: holds('/vms/{vmid}', 'VM.Audit'),
    run: current,
  },
  post('start', { debug: flag(), skiplock: flag() }, start),
  post('stop', { 'overrule-shutdown': flag(), skiplock: flag() }, stop),
  post('shutdown', { forceStop: flag(), timeout }, shutdown),
  post('reboot', { timeout }, reboot),
  post('suspend', {}, call => {
    mustRun(call)
    return guestTask(call, 'lxc', 'vzsuspend', () => {
      throw failure(`command 'lxc-checkpoint -n ${number(call, 'vmid')} -s -D /var/lib/vz/dump' failed: exit code 1`)
    })
  }),
  post('resume', {}, call => {
    if (isRunning(call)) throw failure(`CT ${number(call, 'vmid')} already running`)
    return guestTask(call, 'lxc', 'vzresume', () => {
      throw failure(`command 'lxc-checkpoint' failed: exit code 1`)
    })
  }),
]

function commands(call: Call): Row[] {
  guestOf(call, 'lxc')
  return ['current', 'start', 'stop', 'shutdown', 'reboot', 'migrate'].map(subdir => ({ subdir }))
}

function current(call: Call): Row {
  return { ...guestStatus(call.sim, guestOf(call, 'lxc')), ha: { managed: 0 } }
}

/** A container that is not there does not run; no more is asked. */
function isRunning(call: Call): boolean {
  const guest = call.sim.state.guests[number(call, 'vmid')]
  return guest?.type === 'lxc' && guest.node === call.node && guest.running !== undefined
}

function mustRun(call: Call, kind = 'CT'): void {
  if (!isRunning(call)) throw failure(`${kind} ${number(call, 'vmid')} not running`)
}

function start(call: Call): string {
  refuseRootOptions(call, ['skiplock'])
  if (isRunning(call)) throw failure(`CT ${number(call, 'vmid')} already running`)
  mustHaveQuorum(call.sim)
  return guestTask(call, 'lxc', 'vzstart', ({ vmid: id }) => startContainer(call, id, isOn(call, 'skiplock')))
}

export function startContainer(call: Call, id: number, skipLock = false): void {
  const { sim } = call
  const guest = loadGuest(sim, 'lxc', call.node, id)
  if (isTemplate(guest)) throw failure(`you can't start a CT if it's a template`)
  if (!skipLock && guest.config.lock !== 'mounted') mustBeUnlocked(guest)
  mustHaveBridges(call, guest)
  editGuest(sim, guest, copy => {
    applyLxcPending(call, copy)
    copy.running = { since: seconds(sim.clock), pid: 5000 + sim.random.below(20_000), paused: false }
  })
}

function mustHaveBridges({ sim }: Call, { node: name, config }: Guest): void {
  const host = sim.state.nodes.find(each => each.node === name)
  for (const option of Object.keys(config).filter(each => /^net\d+$/.test(each))) {
    const { bridge } = parseLxcNet(config[option] ?? '')
    if (bridge === undefined || host?.interfaces[bridge] !== undefined || host?.sdn?.vnets[bridge] !== undefined)
      continue
    throw failure(`bridge '${bridge}' does not exist`)
  }
}

function halt({ sim }: Call, { vmid: id }: Guest): void {
  const guest = sim.state.guests[id]
  if (guest !== undefined) delete guest.running
  scheduleBroadcast(sim, id)
}

function stop(call: Call): string {
  refuseRootOptions(call, ['skiplock'])
  mustRun(call)
  return guestTask(call, 'lxc', 'vzstop', guest => {
    if (!isOn(call, 'skiplock') && guest.config.lock !== 'mounted') mustBeUnlocked(guest)
    halt(call, guest)
  })
}

function shutdown(call: Call): string {
  mustRun(call)
  return guestTask(call, 'lxc', 'vzshutdown', guest => {
    mustBeUnlocked(guest)
    halt(call, guest)
  })
}

function reboot(call: Call): string {
  mustRun(call, 'VM')
  return guestTask(call, 'lxc', 'vzreboot', guest => {
    mustBeUnlocked(guest)
    halt(call, guest)
    startContainer(call, guest.vmid)
  })
}
