/** What everything in a simulated cluster shares. */

import { failure, within } from './api/api-error.ts'
import type { Clock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { Guest, Row, State } from './state.ts'
import type { Ends, Running } from './tasks/worker.ts'

export interface Options {
  /** What a task takes, if nothing else is said. */
  taskMs: number
  /** How long the cluster does not hear of a guest's change. */
  pvestatdMs: number
  /** How long a 401 is held back. */
  refusalMs: number
  /** How long a call to a node that is off takes to fail. */
  unreachableMs: number
  /** How long a lock of the cluster's files is waited for where there is no quorum. */
  clusterLockMs: number
  /** How large each storage, and the root disk of each node, is. */
  storageBytes: number
  /** 8 leaves `message` out of errors. */
  apiVersion: 8 | 9
}

export const realOptions: Options = {
  taskMs: 200,
  pvestatdMs: 8000,
  refusalMs: 3000,
  unreachableMs: 3000,
  clusterLockMs: 10_000,
  storageBytes: 4 * 2 ** 30,
  apiVersion: 9,
}

export interface Simulation {
  state: State
  readonly clock: Clock
  readonly random: Random
  readonly faults: Faults
  readonly options: Options
  readonly running: Running
  readonly ends: Ends
  /** SHA-256 of the certificate, as Proxmox VE writes it. */
  readonly fingerprint: string
  /** PEM. */
  readonly certificate: string
  /** Ports of consoles that wait for somebody. */
  readonly consoles: Set<number>
  /** Signs tickets. */
  readonly ticketKey: string
  /** Guests whose change the cluster has not heard of yet. */
  readonly awaitingBroadcast: Set<number>
  /** Guests whose configuration somebody works on. */
  readonly guestLocks: Set<number>
  /** What `pvestatd` tells of a guest. */
  readonly describeGuest: (guest: Guest) => Row
}

export function hasQuorum({ state }: Simulation): boolean {
  const online = state.nodes.filter(node => node.online).length
  if (state.noQuorum) return false
  return state.nodes.length === 1 || online * 2 > state.nodes.length
}

/** Work on one of the cluster's files: needs quorum; whatever goes wrong is wrapped in the prefix. */
export async function withClusterLock<T>(sim: Simulation, lock: string, prefix: string, work: () => T): Promise<T> {
  if (!hasQuorum(sim)) {
    await sim.clock.sleep(sim.options.clusterLockMs)
    throw failure(`${prefix === '' ? '' : `${prefix}: `}cfs-lock '${lock}' error: no quorum!`)
  }
  return prefix === '' ? work() : within(prefix, work)
}

/** Users, groups, roles, ACLs and pools stand in one file. */
export const withUserConfig = <T>(sim: Simulation, prefix: string, work: () => T): Promise<T> =>
  withClusterLock(sim, 'file-user_cfg', prefix, work)

export function mustHaveQuorum(sim: Simulation): void {
  if (!hasQuorum(sim)) throw failure('cluster not ready - no quorum?')
}
