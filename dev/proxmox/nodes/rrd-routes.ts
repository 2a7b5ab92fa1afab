/** `rrddata`: numbers over time. Nothing has been measured yet: there are rows, and each has but its time. */

import { anybody, holds, holdsAny } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, given, number, param, type Route } from '../api/route.ts'
import { seconds } from '../clock.ts'
import { configId, storageId } from '../schema/formats.ts'
import { formatted, listOf, oneOf, optional } from '../schema/property.ts'
import type { Row } from '../state.ts'
import { node, vmid } from './parameters.ts'

const cf = optional({ cf: oneOf('AVERAGE', 'MAX') })
const short = ['hour', 'day', 'week', 'month', 'year']
const timeframe = oneOf(...short)
const longer = oneOf(...short, 'decade')
const ds = listOf(configId)
const sees = holdsAny('/storage/{storage}', 'Datastore.Audit', 'Datastore.AllocateSpace')
const storage = formatted(storageId)
const audits = holds('/vms/{vmid}', 'VM.Audit')
const sysAudit = holds('/nodes/{node}', 'Sys.Audit')

const ofGuests = (['qemu', 'lxc'] as const).flatMap((kind): Route[] => {
  const path = `/nodes/{node}/${kind}/{vmid}`
  return [
    { method: 'GET', path: `${path}/rrddata`, params: { node, vmid, timeframe, ...cf }, may: audits, run: guestRows },
    { method: 'GET', path: `${path}/rrd`, params: { node, vmid, ds, timeframe, ...cf }, may: audits, run: picture },
  ]
})

export const rrdRoutes: readonly Route[] = [
  ...ofGuests,
  {
    method: 'GET',
    path: '/nodes/{node}/rrddata',
    params: { node, timeframe: longer, ...cf },
    may: sysAudit,
    run: rows,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/rrd',
    params: { node, ds, timeframe: longer, ...cf },
    may: sysAudit,
    run: picture,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/rrddata',
    params: { node, storage, timeframe, ...cf },
    may: sees,
    run: storageRows,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/rrd',
    params: { node, storage, ds, timeframe, ...cf },
    may: anybody,
    run: picture,
  },
]

const rowCount = 70
const stepSeconds: Readonly<Record<string, number>> = {
  hour: 60,
  day: 1800,
  week: 10_800,
  month: 43_200,
  year: 604_800,
  decade: 604_800,
}

function rows(call: Call): Row[] {
  const step = stepSeconds[param(call, 'timeframe')] ?? 60
  const end = Math.floor(seconds(call.sim.clock) / step) * step
  return Array.from({ length: rowCount }, (_, i) => ({ time: end - (rowCount - 1 - i) * step }))
}

/** Nothing is there before the first broadcast. */
function guestRows(call: Call): Row[] {
  const id = number(call, 'vmid')
  const { state } = call.sim
  const guest = state.guests[id]
  if (guest === undefined || state.broadcast[id] === undefined) {
    throw failure(`RRD error: realpath(/var/lib/rrdcached/db/pve-vm-9.0/${id}): No such file or directory`)
  }
  return rows(call)
}

function storageRows(call: Call): Row[] {
  const name = param(call, 'storage')
  if (call.sim.state.storages[name] === undefined) {
    const file = `/var/lib/rrdcached/db/pve-storage-9.0/${call.node}/${name}`
    throw failure(
      `RRD error: rrdcached@unix:/var/run/rrdcached.sock: rrd_fetch_r failed: opening '${file}': No such file or directory`,
    )
  }
  return rows(call)
}

function picture(call: Call): Row {
  return { filename: `/var/cache/pve-rrd/${call.node}-${given(call, 'ds')}.png` }
}
