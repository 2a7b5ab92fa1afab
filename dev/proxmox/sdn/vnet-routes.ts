/** `/cluster/sdn/vnets`: the networks of tenants. */

import { anybody, holds, mayHoldAny, mustHoldAny } from '../access/checks.ts'
import { ApiError, failure, invalid } from '../api/api-error.ts'
import { type Call, param, type Route } from '../api/route.ts'
import { flag, integer, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Config, Row } from '../state.ts'
import { type Allowed, changed, changing, created, lockToken, rowsOf, views, withSdnLock } from './objects.ts'
import { sdnId } from './zone-routes.ts'

const settings: Parameters = optional({
  // `)-_` is a range, with the equals sign and other punctuation in it.
  alias: text({ maxLength: 256, pattern: /[()-_.\w\d\s]{0,256}/i }),
  'isolate-ports': flag(),
  tag: integer(1, 16_777_215),
  vlanaware: flag(),
  zone: text(),
})
const allowed: Allowed = { all: Object.keys(settings), required: ['zone'] }
const path = '/cluster/sdn/vnets'

export const vnetRoutes: readonly Route[] = [
  { method: 'GET', path, params: views, may: anybody, run: list },
  {
    method: 'POST',
    path,
    params: { vnet: sdnId, ...settings, zone: text(), ...optional({ 'lock-token': lockToken, type: oneOf('vnet') }) },
    may: holds('/sdn/zones/{zone}', 'SDN.Allocate'),
    run: create,
  },
  { method: 'GET', path: `${path}/{vnet}`, params: { vnet: sdnId, ...views }, may: anybody, run: read },
  {
    method: 'PUT',
    path: `${path}/{vnet}`,
    params: { vnet: sdnId, ...settings, ...changing },
    may: anybody,
    run: update,
  },
  {
    method: 'DELETE',
    path: `${path}/{vnet}`,
    params: { vnet: sdnId, ...optional({ 'lock-token': lockToken }) },
    may: anybody,
    run: remove,
  },
]

/** Throws where it is not there, too: rights are given on its zone. */
export function mustReachVnet(call: Call, ...privileges: string[]): Config {
  const id = param(call, 'vnet')
  const vnet = call.sim.state.sdn.edited.vnets[id]
  if (vnet === undefined) throw failure(`sdn vnet '${id}' does not exist`)
  mustHoldAny(call, `/sdn/zones/${vnet.zone}/${id}`, privileges)
  return vnet
}

const rows = (call: Call) => rowsOf(call, 'vnets', settings)

function list(call: Call): Row[] {
  return rows(call).filter(row => {
    const pending = row.pending as Row | undefined
    return mayHoldAny(call, `/sdn/zones/${row.zone ?? pending?.zone}/${row.vnet}`, 'SDN.Audit', 'SDN.Allocate')
  })
}

function read(call: Call): Row {
  mustReachVnet(call, 'SDN.Audit', 'SDN.Allocate')
  const row = rows(call).find(each => each.vnet === param(call, 'vnet'))
  if (row === undefined) throw failure(`sdn vnet '${param(call, 'vnet')}' does not exist`)
  return row
}

async function create(call: Call): Promise<null> {
  const { edited } = call.sim.state.sdn
  mustHaveQuorum(call.sim)
  await withSdnLock(call, 'create sdn vnet object failed', () => {
    const id = param(call, 'vnet')
    const vnet = created(call, 'vnet', settings, allowed)
    if (edited.vnets[id] !== undefined) throw failure(`sdn vnet object ID '${id}' already defined`)
    mustFitZone(call, id, vnet)
    edited.vnets[id] = vnet
  })
  return null
}

async function update(call: Call): Promise<null> {
  const { edited } = call.sim.state.sdn
  mustReachVnet(call, 'SDN.Allocate')
  await withSdnLock(call, 'update sdn vnet object failed', () => {
    const id = param(call, 'vnet')
    const before = edited.vnets[id]
    const vnet = changed(call, edited.vnets, id, settings, { ...allowed, required: ['zone'] })
    if (hasSubnets(call, id) && vnet.zone !== before?.zone) {
      throw invalid({ zone: `can't change zone if subnets exist` })
    }
    mustFitZone(call, id, vnet)
    if (vnet.vlanaware === '1' && hasSubnets(call, id)) {
      throw invalid({ vlanaware: 'vlanaware vnet is not compatible with subnets' })
    }
    edited.vnets[id] = vnet
  })
  return null
}

/** Each type of zone has its own rules for tags; across zones nothing is compared. */
function mustFitZone({ sim }: Call, id: string, { zone = '', tag }: Config): void {
  const { zones, vnets } = sim.state.sdn.edited
  const type = zones[zone]?.type
  const refused = (text: string) => invalid({ tag: text })
  if (type === undefined) throw new ApiError(500, 'cannot lookup undefined type!\n')
  if (type === 'simple' && tag !== undefined) throw refused('vlan tag is not allowed on simple zone')
  if (type === 'vlan') {
    if (tag === undefined) throw refused('missing vlan tag')
    if (Number(tag) > 4096) throw refused('vlan tag max value is 4096')
  }
  if (type === 'qinq' && Number(tag ?? 0) > 4096) throw refused('VLAN tag maximal value is 4096')
  if (type === 'vxlan' || type === 'evpn') {
    if (tag === undefined) throw refused('missing vxlan tag')
    if (Number(tag) > 16_777_216) throw refused('vxlan tag max value is 16777216')
  }
  const sameZone = (other: Config | undefined) => other?.zone === zone || type === 'vxlan'
  const comparable = (other: Config | undefined) => type !== 'vxlan' || zones[other?.zone ?? '']?.type === 'vxlan'
  const taken = Object.keys(vnets).find(name => {
    const other = vnets[name]
    return name !== id && tag !== undefined && other?.tag === tag && sameZone(other) && comparable(other)
  })
  if (taken === undefined) return
  if (type === 'qinq') throw refused(`tag ${tag} already exist in zone ${zone} vnet ${taken}`)
  throw refused(`tag ${tag} already exist in vnet ${taken}${type === 'vxlan' ? ` in zone ${vnets[taken]?.zone}` : ''}`)
}

export const hasSubnets = ({ sim }: Call, vnet: string) =>
  Object.values(sim.state.sdn.edited.subnets).some(subnet => subnet.vnet === vnet)

async function remove(call: Call): Promise<null> {
  const { edited } = call.sim.state.sdn
  mustReachVnet(call, 'SDN.Allocate')
  await withSdnLock(call, 'delete sdn vnet object failed', () => {
    const id = param(call, 'vnet')
    if (hasSubnets(call, id)) throw invalid({ vnet: `Can't delete vnet if subnets exists` })
    delete edited.vnets[id]
  })
  return null
}
