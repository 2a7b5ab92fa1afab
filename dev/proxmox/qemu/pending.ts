/** Changes of a running machine: what takes effect at once, and what waits for a restart. */

import type { Call } from '../api/route.ts'
import { shownConfig } from '../guests/config.ts'
import type { Parameters } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import type { Config, Guest, Row } from '../state.ts'
import { freeVolume } from '../storage/volumes.ts'
import { detachDrive, isInSnapshot, isOwner } from './disks.ts'
import { isCdrom, parseDrive } from './drive.ts'
import { isDrive } from './drive-options.ts'

const harmless = new Set([
  ...['description', 'hookscript', 'lock', 'migrate_downtime', 'migrate_speed', 'name', 'onboot', 'protection'],
  ...['shares', 'startup', 'tags', 'vmstatestorage'],
])

/** Everything that waits, into the configuration: the machine is off, or about to start. */
export function applyPending(call: Call, guest: Guest): void {
  for (const [option, value] of Object.entries(guest.pending)) apply(call, guest, option, value)
}

/** What a running machine can take; the rest keeps waiting. */
export function applyHotplug(call: Call, guest: Guest): void {
  for (const [option, value] of Object.entries(guest.pending)) {
    if (harmless.has(option) || isPluggable(guest, option, value)) apply(call, guest, option, value)
  }
}

function isPluggable({ config }: Guest, option: string, value: string | null): boolean {
  const features = hotplugFeatures(config.hotplug)
  if (option === 'hotplug') return !/cpu|memory/.test(`${value} ${config.hotplug}`)
  if (option === 'tablet' || option === 'usb') return features.includes('usb')
  if (option === 'vcpus') return features.includes('cpu')
  if (option === 'balloon') {
    const enabled = (text: string | undefined | null) => text !== '0'
    return enabled(config.balloon) === enabled(value) && (value !== null || config.balloon !== '0')
  }
  if (/^net\d+$/.test(option)) return features.includes('network')
  if (option === 'cpuunits' || option === 'cpulimit' || option === 'agent') return value !== null || option !== 'agent'
  if (option === 'memory') return features.includes('memory')
  if (!isDrive(option) || /^(efidisk|tpmstate)/.test(option)) return false
  if (value === null) return features.includes('disk') && !/^(ide|sata)/.test(option)
  const isMedium = isCdrom(parseDrive(option, value)) && config[option] !== undefined
  return isMedium || (features.includes('disk') && !/^(ide|sata)/.test(option))
}

function hotplugFeatures(value = '1'): string[] {
  if (value === '0') return []
  return value === '1' ? ['network', 'disk', 'usb'] : splitList(value)
}

function apply(call: Call, guest: Guest, option: string, value: string | null): void {
  const { config, pending } = guest
  const old = config[option]
  const forced = guest.forcedDeletes?.includes(option) ?? false
  if (isDrive(option) && old !== undefined && old !== value) {
    const { file = '' } = parseDrive(option, old)
    const { file: next = '' } = value === null ? {} : parseDrive(option, value)
    const gone = forced && value === null && isOwner(call, guest, file) && !isInSnapshot(guest, file)
    if (gone) freeVolume(call.sim.state, file, guest.node)
    else if (file !== next) detachDrive(call, guest, old, option)
  }
  if (value === null) delete config[option]
  else config[option] = value
  if (isDrive(option) && value !== null) dropUnused(guest, parseDrive(option, value).file ?? '')
  delete pending[option]
}

/** A volume that is in use again is not unused. */
function dropUnused({ config }: Guest, volid: string): void {
  for (const [name, value] of Object.entries(config)) {
    if (/^unused\d+$/.test(name) && value === volid) delete config[name]
  }
}

/** Waiting for what is there already is no change. */
export function cleanPending({ config, pending }: Guest): void {
  for (const [option, value] of Object.entries(pending)) {
    if (value === null ? config[option] === undefined : config[option] === value) delete pending[option]
  }
}

/** Rows of `/pending`: what is, what will be, what will go. */
export function pendingRows(shown: Row, { pending, forcedDeletes = [] }: Guest, options: Parameters): Row[] {
  const changes = shownConfig(withoutDeletes(pending), options)
  const rows = Object.entries(shown).map(([key, value]): Row => {
    const next = pending[key]
    if (next === undefined) return { key, value }
    return next === null
      ? { key, value, delete: forcedDeletes.includes(key) ? 2 : 1 }
      : { key, value, pending: changes[key] }
  })
  const added = Object.keys(pending)
    .filter(key => !(key in shown))
    .map((key): Row => {
      const next = pending[key]
      return next === null ? { key, delete: 1 } : { key, pending: changes[key] }
    })
  return [...rows, ...added]
}

const withoutDeletes = (pending: Guest['pending']): Config =>
  Object.fromEntries(Object.entries(pending).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
