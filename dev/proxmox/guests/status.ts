/** What is said about a guest: whether it runs, and what it uses. */

import type { Simulation } from '../simulation.ts'
import type { Guest, Row } from '../state.ts'

/** What `pvestatd` tells the cluster. */
export function describeGuest(_sim: Simulation, guest: Guest): Row {
  return { status: guest.running === undefined ? 'stopped' : 'running', name: guest.config.name }
}
