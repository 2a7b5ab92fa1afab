/** Zones, vnets and subnets: what is edited, what runs, and what waits in between. */

import { createHash } from 'node:crypto'
import { failure } from '../api/api-error.ts'
import { type Call, chosen, given } from '../api/route.ts'
import { modifiedText } from '../guests/config.ts'
import { flag, optional, type Parameters, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { type Simulation, withClusterLock } from '../simulation.ts'
import type { Config, Row, SdnObjects, SdnSection } from '../state.ts'

export type Kind = keyof SdnObjects

export const lockToken = text()
export const views = optional({ pending: flag(), running: flag() })
export const changing: Parameters = optional({
  delete: text({ maxLength: 4096 }),
  digest: text({ maxLength: 64 }),
  'lock-token': lockToken,
})

/** An object in an answer; with the digest of its file, or none where it is put together from both. */
export function rowsOf(call: Call, kind: Kind, numeric: Parameters): Row[] {
  const { edited, running } = call.sim.state.sdn
  if (isAsked(call, 'pending')) return pendingRows(running[kind], edited[kind], kind, numeric)
  if (isAsked(call, 'running')) return shownRows(running[kind], kind, numeric, null)
  return shownRows(edited[kind], kind, numeric, digestOf(edited[kind]))
}

const isAsked = (call: Call, name: string) => !['0', '', undefined].includes(given(call, name))

const idName: Readonly<Record<Kind, string>> = { zones: 'zone', vnets: 'vnet', subnets: 'subnet' }

const shownRows = (section: SdnSection, kind: Kind, numeric: Parameters, digest: string | null): Row[] =>
  Object.entries(section)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, config]) => ({ ...typed(config, numeric), ...derived(kind, id), [idName[kind]]: id, digest }))

/** What follows from the id of a subnet. */
function derived(kind: Kind, id: string): Row {
  if (kind !== 'subnets') return {}
  const [zone = '', network = '', mask = ''] = id.split('-')
  return { id, zone, network, mask, cidr: `${network}/${mask}`, 'dhcp-range': [] }
}

function typed(config: Config, numeric: Parameters): Row {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      ['integer', 'boolean'].includes(numeric[name]?.type ?? '') ? Number(value) : value,
    ]),
  )
}

/** The running values, with what will become of them under `pending`. */
function pendingRows(running: SdnSection, edited: SdnSection, kind: Kind, numeric: Parameters): Row[] {
  const ids = [...new Set([...Object.keys(running), ...Object.keys(edited)])].toSorted()
  return ids.map(id => {
    const [was, will] = [running[id], edited[id]]
    const base = { ...derived(kind, id), [idName[kind]]: id, digest: null }
    if (was === undefined) {
      const { type = '', vnet, ...rest } = will ?? {}
      const kept = { type, ...(vnet === undefined ? {} : { vnet }) }
      return { ...kept, ...base, state: 'new', pending: typed(rest, numeric) }
    }
    if (will === undefined) return { ...typed(was, numeric), ...base, state: 'deleted', pending: {} }
    const changed = Object.entries(will).filter(([name, value]) => was[name] !== value)
    const gone = Object.keys(was).filter(name => will[name] === undefined)
    if (changed.length + gone.length === 0) return { ...typed(was, numeric), ...base }
    const removed = Object.fromEntries(gone.map(name => [name, 'deleted']))
    const pending = { ...typed(Object.fromEntries(changed), numeric), ...removed }
    return { ...typed(was, numeric), ...base, state: 'changed', pending }
  })
}

export function hasPendingChanges({ state }: Simulation): boolean {
  const { edited, running } = state.sdn
  return (['zones', 'vnets', 'subnets'] as const).some(kind =>
    pendingRows(running[kind], edited[kind], kind, {}).some(row => row.state !== undefined),
  )
}

export const digestOf = (section: SdnSection) => createHash('sha1').update(JSON.stringify(section)).digest('hex')

/** Whoever holds the lock must say so with its token. */
export function withSdnLock<T>(call: Call, prefix: string, work: () => T): Promise<T> {
  const { sim } = call
  return withClusterLock(sim, 'domain-sdn', prefix, () => {
    const { lock } = sim.state.sdn
    if (lock !== undefined && lock !== given(call, 'lock-token')) throw failure('invalid lock token provided!')
    return work()
  })
}

/** A change of one object: digest, deletions, new values; `allowed` says what its type may have. */
export function changed(call: Call, section: SdnSection, id: string, settings: Parameters, allowed: Allowed): Config {
  const digest = given(call, 'digest')
  if (digest && digest !== digestOf(section)) throw failure(modifiedText)
  const set = chosen(call, Object.keys(settings))
  const unexpected = Object.keys(set).find(name => !allowed.all.includes(name))
  if (unexpected !== undefined) throw failure(`unexpected property '${unexpected}'`)
  const result = { ...section[id] }
  for (const name of splitList(given(call, 'delete') ?? '')) {
    if (!allowed.all.includes(name)) throw failure(`no such option '${name}'`)
    if (allowed.required.includes(name)) throw failure(`unable to delete required option '${name}'`)
    if (set[name] !== undefined) throw failure(`cannot set and delete property '${name}' at the same time!`)
    delete result[name]
  }
  return { ...result, ...set }
}

/** What a type of object may and must have. */
export interface Allowed {
  all: readonly string[]
  required: readonly string[]
}

export function created(call: Call, type: string, settings: Parameters, { all, required }: Allowed): Config {
  const set = chosen(call, Object.keys(settings))
  const unexpected = Object.keys(set).find(name => !all.includes(name))
  if (unexpected !== undefined) throw failure(`unexpected property '${unexpected}'`)
  const missing = required.find(name => set[name] === undefined)
  if (missing !== undefined) throw failure(`missing value for required option '${missing}'`)
  return { type, ...set }
}
