/** `/cluster/backup`: backups on a schedule. The jobs are kept; their time never comes. */

import { holds, mayHold, mustHold } from '../access/checks.ts'
import { ApiError, failure, invalid, textOf } from '../api/api-error.ts'
import { type Call, chosen, given, param, type Route } from '../api/route.ts'
import { seconds } from '../clock.ts'
import { mustHavePool } from '../qemu/create.ts'
import { configId } from '../schema/formats.ts'
import { flag, formatted, listOf, optional, type Parameters, text } from '../schema/property.ts'
import { parsePropertyString } from '../schema/property-string.ts'
import { splitList } from '../schema/validation.ts'
import { withClusterLock } from '../simulation.ts'
import type { Config, Row } from '../state.ts'
import { pruneFields } from '../storage/prune-options.ts'
import { calendarEvent, nextEvent } from './calendar.ts'
import { includedGuests, mustBeConsistent, mustSetBackupOptions } from './dump.ts'
import { backupOptions } from './options.ts'

const settings: Parameters = {
  ...backupOptions,
  ...optional({
    comment: text({ maxLength: 512 }),
    dow: text({ requires: 'starttime' }),
    enabled: flag(),
    'repeat-missed': flag(),
    schedule: formatted(calendarEvent, { maxLength: 128 }),
    starttime: text({ pattern: /\d{1,2}:\d{1,2}/ }),
  }),
}
const path = '/cluster/backup'
const id = text({ maxLength: 50, pattern: /\S+/ })
const audits = holds('/', 'Sys.Audit')
const modifies = holds('/', 'Sys.Modify')

export const backupJobRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    may: audits,
    run: ({ sim }) =>
      Object.entries(sim.state.backupJobs).map(([name, job]) => {
        const next = nextEvent(job.schedule ?? '', seconds(sim.clock))
        return { ...shown(name, job), ...(next === undefined ? {} : { 'next-run': next }) }
      }),
  },
  {
    method: 'POST',
    path,
    params: { ...settings, ...optional({ id: formatted(configId) }) },
    may: modifies,
    run: create,
  },
  {
    method: 'GET',
    path: `${path}/{id}`,
    params: { id },
    may: audits,
    run: call => shown(param(call, 'id'), existing(call)),
  },
  {
    method: 'PUT',
    path: `${path}/{id}`,
    params: { id, ...settings, ...optional({ delete: listOf(configId) }) },
    may: modifies,
    run: update,
  },
  {
    method: 'DELETE',
    path: `${path}/{id}`,
    params: { id },
    may: modifies,
    run: call =>
      flattened(call, () => {
        existing(call)
        delete call.sim.state.backupJobs[param(call, 'id')]
      }),
  },
  { method: 'GET', path: `${path}/{id}/included_volumes`, params: { id }, may: audits, run: included },
  { method: 'GET', path: '/cluster/backup-info/not-backed-up', may: audits, run: notBackedUp },
]

function shown(name: string, job: Config): Row {
  const typed = Object.entries(job).map(([option, value]) => {
    if (option === 'prune-backups') return [option, parsePropertyString(value, pruneFields)]
    return [option, ['boolean', 'integer'].includes(settings[option]?.type ?? '') ? Number(value) : value]
  })
  return { ...Object.fromEntries(typed), id: name, type: 'vzdump' }
}

function existing(call: Call): Config {
  const job = call.sim.state.backupJobs[param(call, 'id')]
  if (job === undefined) throw invalid({ id: `No such job '${param(call, 'id')}'` })
  return job
}

/** What goes wrong under the lock is a plain 500, the text of a 400 included. */
function flattened<T>(call: Call, work: () => T): Promise<T> {
  return withClusterLock(call.sim, 'file-jobs_cfg', '', () => {
    try {
      return work()
    } catch (error) {
      throw error instanceof ApiError ? new ApiError(500, textOf(error)) : error
    }
  })
}

function judged(call: Call, isNew: boolean): Config {
  const set = chosen(call, Object.keys(settings))
  mustSetBackupOptions(call, set)
  const { pool, starttime, schedule, dow, ...rest } = set
  if (pool !== undefined) {
    mustHavePool(call, pool)
    mustHold(call, `/pool/${pool}`, ['VM.Backup'])
  }
  if (starttime !== undefined && schedule !== undefined) {
    throw invalid({ starttime: `'starttime' and 'schedule' cannot both be set` })
  }
  if (isNew && starttime === undefined && schedule === undefined) {
    throw invalid({ schedule: `neither 'starttime' nor 'schedule' were set` })
  }
  const at = schedule ?? (starttime === undefined ? undefined : `${dow === undefined ? '' : `${dow} `}${starttime}`)
  return { ...rest, ...(pool === undefined ? {} : { pool }), ...(at === undefined ? {} : { schedule: at }) }
}

async function create(call: Call): Promise<null> {
  const { backupJobs } = call.sim.state
  const set = judged(call, true)
  const name = given(call, 'id') ?? `backup-${call.sim.random.hex(8)}-${call.sim.random.hex(4)}`
  await flattened(call, () => {
    if (backupJobs[name] !== undefined) throw failure(`Job '${name}' already exists`)
    mustBeConsistent(set, true)
    backupJobs[name] = { enabled: '1', ...set }
  })
  return null
}

async function update(call: Call): Promise<null> {
  const { backupJobs } = call.sim.state
  const set = judged(call, false)
  const remove = splitList(given(call, 'delete') ?? '')
  await flattened(call, () => {
    if (Object.keys(set).length + remove.length === 0) throw failure('no options specified')
    mustBeConsistent(set, false)
    const before = backupJobs[param(call, 'id')]
    if (before === undefined) throw failure('no such vzdump job')
    const unknown = remove.find(name => settings[name] === undefined)
    if (unknown !== undefined) throw invalid({ delete: `unknown option '${unknown}'` })
    const kept = Object.entries(before).filter(([name]) => !remove.includes(name))
    const job: Config = selected({ ...Object.fromEntries(kept), ...set }, set)
    mustBeConsistent(job, true)
    backupJobs[param(call, 'id')] = job
  })
  return null
}

/** A new choice of guests takes the place of the old one. */
function selected(job: Config, set: Config): Config {
  const { vmid, all, exclude, pool, ...rest } = job
  if (set.vmid !== undefined) return { ...rest, vmid: set.vmid }
  const left = exclude === undefined ? {} : { exclude }
  if (set.all === '1') return { ...rest, all: '1', ...left }
  if (pool) return { ...rest, pool }
  return { ...rest, ...(vmid === undefined ? {} : { vmid }), ...(all === undefined ? {} : { all }), ...left }
}

function included(call: Call): Row {
  const { guests } = call.sim.state
  const ids = includedGuests(call, existing(call)).filter(each => mayHold(call, `/vms/${each}`, 'VM.Audit'))
  const children = ids.map(each => {
    const guest = guests[each]
    if (guest === undefined) return { id: each, type: 'unknown', leaf: 1 }
    const name = guest.config.name ?? guest.config.hostname ?? ''
    return { id: each, type: guest.type, name, children: [], leaf: 1 }
  })
  return { children }
}

function notBackedUp(call: Call): Row[] {
  const { guests, backupJobs } = call.sim.state
  const covered = new Set(Object.values(backupJobs).flatMap(job => includedGuests(call, job)))
  return Object.values(guests)
    .filter(({ vmid }) => !covered.has(vmid) && mayHold(call, `/vms/${vmid}`, 'VM.Audit'))
    .map(({ vmid, type, config }) => ({ vmid, type, name: config.name ?? config.hostname ?? '' }))
}
