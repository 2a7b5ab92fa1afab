/** The configuration files of guests: finding, judging and writing them. */

import { createHash } from 'node:crypto'
import { failure } from '../api/api-error.ts'
import { type Call, number } from '../api/route.ts'
import { scheduleBroadcast } from '../cluster/guest-rows.ts'
import type { Parameters } from '../schema/property.ts'
import { hasQuorum, type Simulation } from '../simulation.ts'
import type { Config, Guest, GuestType, Row } from '../state.ts'

const folder: Readonly<Record<GuestType, string>> = { qemu: 'qemu-server', lxc: 'lxc' }

export const configFile = (type: GuestType, node: string, vmid: number) => `nodes/${node}/${folder[type]}/${vmid}.conf`

/** The guest that the call names, on the node that it names. */
export function guestOf(call: Call, type: GuestType): Guest {
  return loadGuest(call.sim, type, call.node, number(call, 'vmid'))
}

export function loadGuest({ state }: Simulation, type: GuestType, node: string, vmid: number): Guest {
  const guest = state.guests[vmid]
  if (guest === undefined || guest.type !== type || guest.node !== node) {
    throw failure(`Configuration file '${configFile(type, node, vmid)}' does not exist`)
  }
  return guest
}

/** Where Proxmox VE asks for the process before it reads the file, it misses the file in other words. */
export function mustBeOnNode({ state }: Simulation, type: GuestType, node: string, vmid: number): Guest {
  const guest = state.guests[vmid]
  if (guest !== undefined && guest.type === type && guest.node === node) return guest
  const kind = type === 'qemu' ? 'VM' : 'CT'
  throw failure(`unable to find configuration file for ${kind} ${vmid} on node '${node}'`)
}

export function mustBeUnlocked({ type, config }: Guest): void {
  if (config.lock !== undefined) throw failure(`${type === 'qemu' ? 'VM' : 'CT'} is locked (${config.lock})`)
}

export function mustBeUnprotected({ config }: Guest, what: string): void {
  if (config.protection === '1') throw failure(`${what} - protection mode enabled`)
}

/** No guest of either kind, on any node. */
export function mustBeUnused({ state }: Simulation, vmid: number): void {
  const guest = state.guests[vmid]
  if (guest === undefined) return
  throw failure(`${guest.type === 'qemu' ? 'VM' : 'CT'} ${vmid} already exists on node '${guest.node}'`)
}

export const isTemplate = ({ config }: Guest) => config.template === '1'

/** Whatever changes the guest goes through here: the cluster hears of it later. */
export function writeGuest(sim: Simulation, guest: Guest): void {
  mustWrite(sim, guest)
  sim.state.guests[guest.vmid] = guest
  scheduleBroadcast(sim, guest.vmid)
}

/** Without quorum the cluster's file system is read-only. */
export function mustWrite(sim: Simulation, { type, node, vmid }: Pick<Guest, 'type' | 'node' | 'vmid'>): void {
  if (hasQuorum(sim)) return
  const file = `/etc/pve/${configFile(type, node, vmid)}.tmp.${1000 + vmid}`
  throw failure(`unable to open file '${file}' - Permission denied`)
}

/** Changes a copy and writes it: what throws has changed nothing. */
export function editGuest<T>(sim: Simulation, guest: Guest, change: (copy: Guest) => T): T {
  const copy = structuredClone(guest)
  const result = change(copy)
  writeGuest(sim, copy)
  return result
}

export function removeGuest(sim: Simulation, vmid: number): void {
  const { state } = sim
  delete state.guests[vmid]
  delete state.broadcast[vmid]
  delete state.firewalls[`guest/${vmid}`]
  state.acl = state.acl.filter(({ path }) => path !== `/vms/${vmid}`)
  for (const pool of Object.values(state.pools)) pool.vms = pool.vms.filter(id => id !== vmid)
}

/** The guest that a call has reserved an id for, and that nobody has finished. */
export function removeReserved(sim: Simulation, vmid: number): void {
  if (sim.state.guests[vmid]?.config.lock === 'create') removeGuest(sim, vmid)
}

export function addToPool(sim: Simulation, vmid: number, pool: string | undefined): void {
  const found = pool === undefined ? undefined : sim.state.pools[pool]
  if (found !== undefined && !found.vms.includes(vmid)) found.vms.push(vmid)
}

export function digestOf({ config, pending, snapshots }: Guest): string {
  return createHash('sha1')
    .update(JSON.stringify([config, pending, snapshots]))
    .digest('hex')
}

export function mustHaveDigest(guest: Guest, digest: string | undefined, text = staleText): void {
  if (digest !== undefined && digest !== '' && digest !== digestOf(guest)) throw failure(text)
}

const staleText = 'checksum mismatch (file change by other user?)'
export const modifiedText = 'detected modified configuration - file changed by other user? Try again.'

/** Whole numbers and flags are numbers in answers, everything else is text. */
export function shownConfig(config: Config, options: Parameters): Row {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      const type = options[name]?.type
      return [name, type === 'integer' || type === 'boolean' ? Number(value) : value]
    }),
  )
}
