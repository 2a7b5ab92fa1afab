/** Guests as the cluster knows them: by what `pvestatd` has told, which lags behind. */

import type { Simulation } from '../simulation.ts'
import type { Guest, Row } from '../state.ts'

/** Without name and state until the first broadcast. */
export function guestRow({ state }: Simulation, { vmid, type, node }: Guest): Row {
  return { id: `${type}/${vmid}`, vmid, node, type, status: 'unknown', ...state.broadcast[vmid] }
}

/** Has the cluster hear of a guest's change, after a while; what happens until then is heard of with it. */
export function scheduleBroadcast(sim: Simulation, vmid: number): void {
  if (sim.awaitingBroadcast.has(vmid)) return
  sim.awaitingBroadcast.add(vmid)
  sim.clock.sleep(sim.options.pvestatdMs).then(() => {
    sim.awaitingBroadcast.delete(vmid)
    const guest = sim.state.guests[vmid]
    if (guest === undefined) delete sim.state.broadcast[vmid]
    else if (isOnline(sim, guest.node)) sim.state.broadcast[vmid] = sim.describeGuest(guest)
  })
}

export const isOnline = ({ state }: Simulation, name: string): boolean =>
  state.nodes.find(({ node }) => node === name)?.online ?? false
