/** Snapshots of guests of both kinds: the configuration at a moment, and the sizes of its volumes. */

import { failure } from '../api/api-error.ts'
import { seconds } from '../clock.ts'
import type { Simulation } from '../simulation.ts'
import type { Config, Guest, Row, Snapshot, State } from '../state.ts'
import { digestOf, editGuest, isTemplate, mustBeUnlocked } from './config.ts'

/** The volumes in a configuration, CD-ROMs left out. */
export type VolumesOf = (config: Config) => string[]

export interface NewSnapshot {
  name: string
  description: string | undefined
  /** The one volume that cannot be snapshotted is enough. */
  isPossible: boolean
}

export function takeSnapshot(sim: Simulation, guest: Guest, volumesOf: VolumesOf, wanted: NewSnapshot): void {
  const { name, description, isPossible } = wanted
  if (isTemplate(guest)) throw failure(`you can't take a snapshot if it's a template`)
  mustBeUnlocked(guest)
  if (guest.snapshots[name] !== undefined) throw failure(`snapshot name '${name}' already used`)
  if (!isPossible) throw failure('snapshot feature is not available')
  editGuest(sim, guest, copy => {
    const { parent } = copy.config
    copy.snapshots[name] = {
      config: snapshotted(copy.config),
      snaptime: seconds(sim.clock),
      description: description ?? '',
      sizes: sizesOf(sim.state, volumesOf(copy.config)),
      ...(parent === undefined ? {} : { parent }),
    }
    copy.config.parent = name
  })
}

/** Locks, descriptions, unused volumes and what snapshots are about stay out. */
function snapshotted(config: Config): Config {
  const left = /^(parent|lock|description|vmstate|unused\d+)$/
  return Object.fromEntries(Object.entries(config).filter(([name]) => !left.test(name)))
}

const sizesOf = (state: State, volids: readonly string[]) =>
  Object.fromEntries(
    state.volumes.filter(({ volid }) => volids.includes(volid)).map(({ volid, size }) => [volid, size] as const),
  )

export function existingSnapshot({ snapshots }: Guest, name: string): Snapshot {
  const snapshot = snapshots[name]
  if (snapshot === undefined) throw failure(`snapshot '${name}' does not exist`)
  return snapshot
}

export function rollBack(sim: Simulation, guest: Guest, name: string): void {
  if (isTemplate(guest)) throw failure(`you can't rollback if vm is a template`)
  const snapshot = existingSnapshot(guest, name)
  mustBeUnlocked(guest)
  editGuest(sim, guest, copy => {
    const kept = Object.entries(copy.config).filter(([option]) => /^(description|unused\d+)$/.test(option))
    copy.config = { ...Object.fromEntries(kept), ...snapshot.config, parent: name }
    copy.pending = {}
    delete copy.running
  })
  for (const volume of sim.state.volumes) volume.size = snapshot.sizes[volume.volid] ?? volume.size
}

export function deleteSnapshot(sim: Simulation, guest: Guest, name: string): void {
  const { parent } = existingSnapshot(guest, name)
  mustBeUnlocked(guest)
  if (isTemplate(guest)) throw failure(`you can't delete a snapshot if vm is a template`)
  editGuest(sim, guest, copy => {
    const relink = (holder: { parent?: string }) => {
      if (holder.parent !== name) return
      if (parent === undefined) delete holder.parent
      else holder.parent = parent
    }
    relink(copy.config)
    delete copy.snapshots[name]
    for (const other of Object.values(copy.snapshots)) relink(other)
  })
}

/** With the state of now as the last row. */
export function snapshotRows(guest: Guest): Row[] {
  const { parent } = guest.config
  const isQemu = guest.type === 'qemu'
  const rows = Object.entries(guest.snapshots).map(([name, { snaptime, description, parent: before }]) => ({
    name,
    snaptime,
    description,
    ...(isQemu ? { vmstate: 0 } : {}),
    ...(before === undefined ? {} : { parent: before }),
  }))
  const current = {
    name: 'current',
    description: 'You are here!',
    digest: digestOf(guest),
    running: guest.running === undefined ? 0 : 1,
    ...(parent === undefined ? {} : { parent }),
  }
  return [...rows, current]
}
