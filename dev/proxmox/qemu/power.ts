/** What a machine does when it is started and stopped. */

import { failure } from '../api/api-error.ts'
import type { Call } from '../api/route.ts'
import { seconds } from '../clock.ts'
import { scheduleBroadcast } from '../cluster/guest-rows.ts'
import { editGuest, isTemplate, loadGuest, mustBeUnlocked } from '../guests/config.ts'
import { withGuestLock } from '../guests/lock.ts'
import { hasQuorum, type Simulation } from '../simulation.ts'
import type { Guest } from '../state.ts'
import { startTask } from '../tasks/worker.ts'
import { parseNet } from './network-options.ts'
import { applyPending } from './pending.ts'

/** Throws what the task says; applies what waited for a restart. */
export function startMachine(call: Call, vmid: number, skipLock = false): void {
  const { sim, node } = call
  const guest = loadGuest(sim, 'qemu', node, vmid)
  if (isTemplate(guest)) throw failure(`you can't start a vm if it's a template`)
  const { lock } = guest.config
  if (!skipLock && lock !== 'suspended') mustBeUnlocked(guest)
  if (guest.running !== undefined) throw failure(`VM ${vmid} already running`)
  mustHaveBridges(sim, guest)
  editGuest(sim, guest, copy => {
    applyPending(call, copy)
    if (copy.config.lock === 'suspended') delete copy.config.lock
    delete copy.config.vmstate
    copy.running = { since: seconds(sim.clock), pid: 5000 + sim.random.below(20_000), paused: false }
  })
}

/** A task of its own, which goes on when the one that asked for it has ended. */
export function startLater(call: Call, vmid: number): string {
  const { sim } = call
  return startTask(sim, {
    node: call.node,
    type: 'qmstart',
    id: String(vmid),
    user: call.authid,
    ms: 0,
    run: task =>
      withGuestLock(sim, 'qemu', vmid, async () => {
        await task.sleep(bootMs)
        startMachine(call, vmid)
      }),
  })
}

const bootMs = 2000

/** A bridge is not looked for before the machine starts. */
function mustHaveBridges(sim: Simulation, { node, config }: Guest): void {
  const host = sim.state.nodes.find(each => each.node === node)
  for (const name of Object.keys(config).filter(option => /^net\d+$/.test(option))) {
    const { bridge } = parseNet(config[name] ?? '')
    if (bridge === undefined) continue
    const isThere = host?.interfaces[bridge] !== undefined || host?.sdn?.vnets[bridge] !== undefined
    if (!isThere) throw failure(`bridge '${bridge}' does not exist`)
  }
}

/** Works without quorum, as it only ends a process; what waited for that is written where it can be. */
export function stopMachine(call: Call, vmid: number): void {
  const { sim } = call
  const guest = sim.state.guests[vmid]
  if (guest === undefined) return
  delete guest.running
  scheduleBroadcast(sim, vmid)
  const waits = Object.keys(guest.pending).length > 0
  if (waits && hasQuorum(sim)) editGuest(sim, guest, copy => applyPending(call, copy))
}
