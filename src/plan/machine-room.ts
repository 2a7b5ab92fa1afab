/** What nodes and storages have left, after what is on its way to them. Pure. */
import { diskBytes, isHeldUp, isToBeMade, type MachineIntent, memoryBytes } from './machine-intent.ts'
import type { GuestView, NodeView, ProxmoxView, StorageView } from './proxmox-view.ts'

export interface Surroundings {
  readonly view: Pick<ProxmoxView, 'nodes' | 'guests' | 'storages'>
  /** All machines of tenants on this cluster, but for the one that is to be placed. */
  readonly others: readonly MachineIntent[]
}

/**
 * Bytes of memory that a node has left; undefined where nobody could say. All machines count as if they ran, for they may be
 * started at any time, and what a machine was promised counts rather than what it uses just now.
 */
export function freeMemory(
  { name, memory, memoryUsed = 0 }: NodeView,
  { view, others }: Surroundings,
): number | undefined {
  if (memory === undefined) return undefined
  const here = others.filter(({ status }) => status.node === name)
  const known = new Set(others.map(({ status }) => status.vmid))
  const unknown = view.guests.filter(({ node, vmid, template }) => node === name && !template && !known.has(vmid))
  const promised = sum(here.map(promisedMemory)) + sum(unknown.map(guest => guest.memory ?? 0))
  return memory - Math.max(promised, memoryUsed + sum(here.filter(isToBeMade).map(promisedMemory)))
}

/** Bytes that a storage has left. What is there counts as it is: storages are thin, and how far is the administrator's choice. */
export function freeStorage(row: StorageView, { view, others }: Surroundings): number | undefined {
  if (row.size === undefined) return undefined
  const coming = others.filter(intent => isToBeMade(intent) && isOn(row, intent))
  return row.size - (row.used ?? 0) - sum(coming.map(intent => promisedDisks(intent, view.guests)))
}

/** How many clones of a template are meant to be at work: a list of all tasks shows a token none of its own. */
export function clonesOf(template: number, { view, others }: Surroundings): number {
  return others.filter(intent => intent.status.template === template && isAtWork(intent, view.guests)).length
}

/** How many machines are being made on a storage. */
export function makingsOn(row: StorageView, { view, others }: Surroundings): number {
  return others.filter(intent => isOn(row, intent) && isAtWork(intent, view.guests)).length
}

function isAtWork(intent: MachineIntent, guests: readonly GuestView[]): boolean {
  const guest = guests.find(({ vmid }) => vmid === intent.status.vmid)
  if (guest?.lock === 'clone' || guest?.lock === 'create') return true
  return isToBeMade(intent) && !isHeldUp(intent.status)
}

/** A storage that is not shared is another one on each node. */
function isOn({ storage, node, shared }: StorageView, { status }: MachineIntent): boolean {
  return status.storage === storage && (shared || status.node === node)
}

function promisedMemory({ spec }: MachineIntent): number {
  return spec === undefined ? 0 : memoryBytes(spec)
}

function promisedDisks({ spec, status }: MachineIntent, guests: readonly GuestView[]): number {
  if (spec === undefined) return 0
  return diskBytes(
    spec,
    guests.find(({ vmid }) => vmid === status.template),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
