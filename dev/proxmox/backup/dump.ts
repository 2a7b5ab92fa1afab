/** `/nodes/{node}/vzdump`: backups now. */

import { anybody, mayHold, mustHold, mustHoldAny } from '../access/checks.ts'
import { ApiError, failure, forbidden, invalid, textOf } from '../api/api-error.ts'
import { type Call, chosen, given, param, type Route } from '../api/route.ts'
import { editGuest, mustBeUnlocked } from '../guests/config.ts'
import { mountedVolumes } from '../lxc/volumes.ts'
import { node } from '../nodes/parameters.ts'
import { disksOf } from '../qemu/snapshot-routes.ts'
import { storageId } from '../schema/formats.ts'
import { flag, formatted, optional, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import type { Config, Guest, Row, Storage } from '../state.ts'
import { mustAccessVolume } from '../storage/access.ts'
import { existingVolume, holdsContent, parseVolumeId } from '../storage/volumes.ts'
import { type RunningTask, startTask } from '../tasks/worker.ts'
import { backupOptions } from './options.ts'

const path = '/nodes/{node}/vzdump'

export const dumpRoutes: readonly Route[] = [
  {
    method: 'POST',
    path,
    params: {
      ...backupOptions,
      ...optional({ 'job-id': text({ maxLength: 50, pattern: /\S+/ }), stdout: flag() }),
    },
    may: anybody,
    run: dump,
  },
  {
    method: 'GET',
    path: `${path}/defaults`,
    params: { node, ...optional({ storage: formatted(storageId) }) },
    may: anybody,
    run: call => {
      const storage = given(call, 'storage') ?? 'local'
      mustHoldAny(call, `/storage/${storage}`, ['Datastore.Audit', 'Datastore.AllocateSpace'])
      const prune = call.sim.state.storages[storage]?.options['prune-backups']
      return { storage, mode: 'snapshot', ...(prune === undefined ? {} : { 'prune-backups': prune }) }
    },
  },
  {
    method: 'GET',
    path: `${path}/extractconfig`,
    params: { node, volume: text() },
    may: anybody,
    run: extractConfig,
  },
]

/** Who is backed up: by id, by pool, or all. */
export function includedGuests(call: Call, { vmid, pool, all, exclude }: Config): number[] {
  const { state } = call.sim
  if (pool !== undefined && pool !== '') return state.pools[pool]?.vms ?? []
  if (all === '1') {
    const left = splitList(exclude ?? '').map(Number)
    return Object.values(state.guests)
      .map(guest => guest.vmid)
      .filter(id => !left.includes(id))
  }
  return splitList(vmid ?? '').map(Number)
}

export function mustBeConsistent({ all, exclude, pool, vmid, stop }: Config, checkMissing: boolean): void {
  const conflict = `option conflicts with option 'vmid'`
  if (all === '1' && vmid) throw invalid({ all: conflict })
  if (exclude && vmid) throw invalid({ exclude: conflict })
  if (pool && vmid) throw invalid({ pool: conflict })
  const everyone = all === '1' || (exclude !== undefined && !pool)
  if (checkMissing && !everyone && stop !== '1' && !pool && !vmid) throw invalid({ vmid: 'property is missing' })
}

/** Paths of the host are root's, and what slows others down an administrator's. */
export function mustSetBackupOptions(call: Call, options: Config): void {
  if (call.authid === 'root@pam') return
  const own = ['tmpdir', 'dumpdir', 'script', 'job-id'].find(name => options[name] !== undefined)
  if (own !== undefined) throw invalid({ [own]: 'Only root may set this option.' })
  if (['bwlimit', 'ionice', 'performance'].some(name => options[name] !== undefined)) {
    mustHold(call, '/', ['Sys.Modify'])
  }
  const fleecing = /storage=([^,]+)/.exec(options.fleecing ?? '')?.[1]
  if (fleecing !== undefined) mustHold(call, `/storage/${fleecing}`, ['Datastore.AllocateSpace'])
}

function dump(call: Call): string {
  const { sim, node: host } = call
  const options = chosen(call, Object.keys(backupOptions))
  mustSetBackupOptions(call, options)
  mustBeConsistent(options, true)
  const ids = includedGuests(call, options)
  const here = ids.filter(id => (sim.state.guests[id]?.node ?? host) === host)
  if (here.length === 0 && options.all !== '1') return 'OK'
  const storage = options.storage ?? 'local'
  mustHold(call, `/storage/${storage}`, ['Datastore.AllocateSpace'])
  return startTask(sim, {
    node: host,
    type: 'vzdump',
    id: here.length === 1 ? String(here[0]) : '',
    user: call.authid,
    run: async task => {
      const target = mustBackUpTo(call, storage)
      let failed = 0
      for (const id of here) {
        try {
          await dumpGuest(call, task, id, { storage, target, options })
        } catch (error) {
          failed++
          task.log(`ERROR: Backup of VM ${id} failed - ${textOf(error).trim()}`)
        }
      }
      if (failed > 0) throw failure('job errors')
    },
  })
}

function mustBackUpTo({ sim }: Call, name: string): Storage {
  const storage = sim.state.storages[name]
  if (storage === undefined) {
    const why = `storage '${name}' does not exist`
    throw new ApiError(
      500,
      `could not activate storage '${name}': ${why}\ncould not get storage information for '${name}': ${why}\n`,
    )
  }
  if (!holdsContent(storage, 'backup')) {
    throw failure(
      `could not get storage information for '${name}': can't use storage '${name}' for backups - wrong content type`,
    )
  }
  return storage
}

interface Order {
  storage: string
  target: Storage
  options: Config
}

async function dumpGuest(
  call: Call,
  task: RunningTask,
  id: number,
  { storage, target, options }: Order,
): Promise<void> {
  const { sim, node: host } = call
  const guest = sim.state.guests[id]
  if (guest === undefined) throw failure(`unable to find VM '${id}'`)
  if (!mayHold(call, `/vms/${id}`, 'VM.Backup')) throw forbidden(`/vms/${id}, VM.Backup`)
  task.log(`INFO: Starting Backup of VM ${id} (${guest.type})`)
  mustBeUnlocked(guest)
  const before = editGuest(sim, guest, copy => {
    const config = { ...copy.config }
    copy.config.lock = 'backup'
    return config
  })
  await task.sleep(sim.options.taskMs)
  const volumes = guest.type === 'lxc' ? mountedVolumes(before) : disksOf(before)
  const sizes = Object.fromEntries(volumes.map(volid => [volid, existingVolume(sim.state, volid, host).size]))
  const suffix = suffixes[options.compress ?? '0'] ?? ''
  const format = `${guest.type === 'lxc' ? 'tar' : 'vma'}${suffix}`
  const seconds = Math.floor(sim.clock.now() / 1000)
  sim.state.volumes.push({
    volid: `${storage}:backup/vzdump-${guest.type}-${id}-${stamp(sim.clock.now())}.${format}`,
    ...(target.shared ? {} : { node: host }),
    content: 'backup',
    format,
    size: 1_000_000,
    ctime: seconds,
    vmid: id,
    backup: { type: guest.type, config: before, sizes },
    ...(options['notes-template'] === undefined ? {} : { notes: notesOf(options['notes-template'], guest) }),
    ...(options.protected === '1' ? { protected: true } : {}),
  })
  const now = sim.state.guests[id]
  if (now !== undefined) editGuest(sim, now, copy => delete copy.config.lock)
  task.log(`INFO: Finished Backup of VM ${id} (00:00:01)`)
}

const suffixes: Readonly<Record<string, string>> = { '0': '', '1': '.lzo', gzip: '.gz', lzo: '.lzo', zstd: '.zst' }

/** `2026_11_21-14_02_05`. */
const stamp = (nowMs: number) =>
  new Date(nowMs)
    .toISOString()
    .slice(0, 19)
    .replace('T', '-')
    .replaceAll(':', '_')
    .replace(/^(\d+)-(\d+)-/, '$1_$2_')

function notesOf(template: string, { vmid, node: host, config }: Guest): string {
  const values: Record<string, string> = {
    guestname: config.name ?? config.hostname ?? '',
    vmid: String(vmid),
    node: host,
    cluster: 'sim',
  }
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole).replaceAll('\\n', '\n')
}

function extractConfig(call: Call): string {
  const { state } = call.sim
  const volid = param(call, 'volume')
  mustAccessVolume(call, undefined, volid, 'backup')
  const { vmid } = parseVolumeId(state, volid)
  mustHold(call, `/vms/${vmid}`, ['VM.Backup'])
  const { backup } = existingVolume(state, volid, call.node)
  const rows: Row = backup?.config ?? {}
  const { description, ...rest } = rows
  const comment = description === undefined ? '' : String(description).replace(/^/gm, '#').concat('\n')
  const lines = Object.keys(rest)
    .toSorted()
    .map(name => `${name}: ${rest[name]}\n`)
  return comment + lines.join('')
}
