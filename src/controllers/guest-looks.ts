/**
 * Close looks at guests. One that is as it should be is not looked at again while what the shared look tells of it stays the same,
 * for a while: a setting that only its own configuration has may have been changed by hand.
 */
import type { Clock } from '../kube/clock.ts'
import { digestOf } from '../plan/digest.ts'
import type { MachineObservation, MachineQuery } from '../plan/machine-observation.ts'
import type { GuestView } from '../plan/proxmox-view.ts'
import type { Proxmox } from '../proxmox/client.ts'
import { isFree, observeMachine, observeTemplateStorage } from '../proxmox/guest.ts'
import { observeGuestTasks } from '../proxmox/task.ts'
import { createSilentNodes } from './silent-nodes.ts'

export interface GuestLook {
  readonly observed: MachineObservation
  /** It was taken just now. */
  readonly fresh: boolean
}

export interface GuestLooks {
  /** `settled`: the machine was as it should be, and has not been edited. Throws what Proxmox VE refuses. */
  look(
    cluster: string,
    query: MachineQuery,
    known: { readonly row: GuestView | undefined; readonly settled: boolean },
  ): Promise<GuestLook>
  /** Something was done to it. */
  forget(cluster: string, vmid: number): void
  /** Whether a task of Proxmox VE is changing it, whoever asked for that. A console that somebody looks through is none. */
  isAtWork(guest: { readonly cluster: string; readonly node: string; readonly vmid: number }): Promise<boolean>
  /** Whether nobody has this id. */
  isFree(cluster: string, vmid: number): Promise<boolean>
  /** Of the disks of a template; undefined where it has none. */
  templateStorage(
    cluster: string,
    template: { readonly vmid: number; readonly node: string },
  ): Promise<string | undefined>
}

export const SLOW_RESYNC_MS = 10 * 60_000

interface Taken {
  readonly row: string
  readonly atMs: number
  readonly observed: MachineObservation
}

export interface GuestLooksOptions {
  readonly connect: (cluster: string) => Promise<Proxmox>
  readonly clock: Clock
}

export function createGuestLooks(options: GuestLooksOptions): GuestLooks {
  const { clock } = options
  const silent = createSilentNodes(clock)
  const connect = async (cluster: string) => silent.sparing(cluster, await options.connect(cluster))
  const taken = new Map<string, Taken>()
  const storages = new Map<string, { readonly atMs: number; readonly storage: string | undefined }>()
  const isRecent = ({ atMs }: { readonly atMs: number }) => clock.nowMs() - atMs < SLOW_RESYNC_MS
  /** The oldest come first. Those that nobody will use any more go, such as of guests that another replica has now. */
  const keep = <T extends { readonly atMs: number }>(kept: Map<string, T>, key: string, one: T) => {
    kept.delete(key)
    kept.set(key, one)
    for (const [oldest, { atMs }] of kept) {
      if (isRecent({ atMs })) return
      kept.delete(oldest)
    }
  }
  return {
    async look(cluster, query, { row, settled }) {
      const key = keyOf(cluster, query.vmid)
      const last = taken.get(key)
      const rowDigest = digestOf(row ?? null)
      const mayRest = settled && row !== undefined
      if (last !== undefined && mayRest && last.row === rowDigest && isRecent(last)) {
        return { observed: last.observed, fresh: false }
      }
      taken.delete(key)
      const atMs = clock.nowMs()
      const observed = await observeMachine(await connect(cluster), query)
      if (mayRest) keep(taken, key, { row: rowDigest, atMs, observed })
      return { observed, fresh: true }
    },
    forget: (cluster, vmid) => void taken.delete(keyOf(cluster, vmid)),
    async isAtWork({ cluster, node, vmid }) {
      const tasks = await observeGuestTasks(await connect(cluster), { node, vmid })
      return tasks.some(({ type, state }) => state.state === 'running' && /^(qm|vz|resize)/.test(type))
    },
    isFree: async (cluster, vmid) => isFree(await connect(cluster), vmid),
    async templateStorage(cluster, template) {
      const key = keyOf(cluster, template.vmid)
      const known = storages.get(key)
      if (known !== undefined && isRecent(known)) return known.storage
      const found = { atMs: clock.nowMs(), storage: await observeTemplateStorage(await connect(cluster), template) }
      keep(storages, key, found)
      return found.storage
    },
  }
}

function keyOf(cluster: string, vmid: number): string {
  return `${cluster}/${vmid}`
}
