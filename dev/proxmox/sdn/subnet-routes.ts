/** `/cluster/sdn/vnets/{vnet}/subnets`. */

import { BlockList, isIPv4 } from 'node:net'
import { anybody } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, param, type Route } from '../api/route.ts'
import { dnsName, ip, isCidr4, isCidr6 } from '../schema/formats.ts'
import { type Format, flag, formatted, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import { FormatError } from '../schema/property-string.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Config, Row } from '../state.ts'
import { changed, changing, created, lockToken, rowsOf, views, withSdnLock } from './objects.ts'
import { mustReachVnet } from './vnet-routes.ts'
import { sdnId } from './zone-routes.ts'

/** As a network when it is made, as `zone-network-mask` afterwards. */
const subnetId: Format = value => {
  const [, network = '', mask = ''] = value.split('-')
  const cidr = value.includes('/') ? value : `${network}/${mask}`
  if (!isCidr4(cidr) && !isCidr6(cidr)) throw new FormatError('value does not look like a valid CIDR network')
}
const subnet = formatted(subnetId)
const settings: Parameters = optional({
  'dhcp-dns-server': formatted(ip),
  'dhcp-range': { type: 'array' },
  dnszoneprefix: formatted(dnsName),
  gateway: formatted(ip),
  snat: flag(),
})
const allowed = { all: [...Object.keys(settings), 'vnet'], required: [] }
const path = '/cluster/sdn/vnets/{vnet}/subnets'

export const subnetRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    params: { vnet: sdnId, ...views },
    may: anybody,
    run: call => {
      mustReachVnet(call, 'SDN.Audit', 'SDN.Allocate')
      return rows(call).filter(row => vnetOf(row) === param(call, 'vnet'))
    },
  },
  {
    method: 'POST',
    path,
    params: { vnet: text(), subnet, type: oneOf('subnet'), ...settings, ...optional({ 'lock-token': lockToken }) },
    may: anybody,
    run: create,
  },
  { method: 'GET', path: `${path}/{subnet}`, params: { vnet: sdnId, subnet, ...views }, may: anybody, run: read },
  {
    method: 'PUT',
    path: `${path}/{subnet}`,
    params: { subnet, ...settings, ...changing, ...optional({ vnet: text() }) },
    may: anybody,
    run: update,
  },
  {
    method: 'DELETE',
    path: `${path}/{subnet}`,
    params: { vnet: sdnId, subnet, ...optional({ 'lock-token': lockToken }) },
    may: anybody,
    run: remove,
  },
]

const rows = (call: Call) => rowsOf(call, 'subnets', settings)
const vnetOf = (row: Row) => row.vnet ?? (row.pending as Row | undefined)?.vnet

function read(call: Call): Row {
  mustReachVnet(call, 'SDN.Audit', 'SDN.Allocate')
  const id = param(call, 'subnet')
  const row = rows(call).find(each => each.subnet === id)
  if (row === undefined) throw failure(`sdn subnet '${id}' does not exist`)
  if (vnetOf(row) !== param(call, 'vnet')) throw invalid({ vnet: 'wrong vnet' })
  return row
}

async function create(call: Call): Promise<null> {
  const { edited } = call.sim.state.sdn
  const vnet = mustReachVnet(call, 'SDN.Allocate')
  mustHaveQuorum(call.sim)
  await withSdnLock(call, 'create sdn subnet object failed', () => {
    const cidr = param(call, 'subnet')
    const id = `${vnet.zone}-${cidr.replace('/', '-')}`
    const made: Config = { ...created(call, 'subnet', settings, allowed), vnet: param(call, 'vnet') }
    if (edited.subnets[id] !== undefined) throw failure(`sdn subnet object ID '${id}' already defined`)
    mustFit(call, made, cidr)
    edited.subnets[id] = made
  })
  return null
}

async function update(call: Call): Promise<null> {
  const { edited } = call.sim.state.sdn
  mustReachVnet(call, 'SDN.Allocate')
  await withSdnLock(call, 'update sdn subnet object failed', () => {
    const id = param(call, 'subnet')
    if (edited.subnets[id] === undefined) throw failure(`sdn subnet '${id}' does not exist`)
    const [, network = '', mask = ''] = id.split('-')
    const made = changed(call, edited.subnets, id, settings, allowed)
    mustFit(call, made, `${network}/${mask}`)
    edited.subnets[id] = made
  })
  return null
}

function mustFit({ sim }: Call, { vnet = '', gateway }: Config, cidr: string): void {
  if (sim.state.sdn.edited.vnets[vnet]?.vlanaware === '1') {
    throw invalid({ vnet: `you can't add a subnet on a vlanaware vnet` })
  }
  const pointToPoint = gateway !== undefined && isIPv4(gateway) && cidr.endsWith('/32')
  if (gateway && !isInside(gateway, cidr) && !pointToPoint) {
    throw invalid({ gateway: `${gateway} is not in subnet ${cidr}` })
  }
}

function isInside(address: string, cidr: string): boolean {
  const [network = '', length = '0'] = cidr.split('/')
  const family = isIPv4(network) ? 'ipv4' : 'ipv6'
  if (isIPv4(address) !== (family === 'ipv4')) return false
  const list = new BlockList()
  list.addSubnet(network, Number(length), family)
  return list.check(address, family)
}

async function remove(call: Call): Promise<null> {
  const { edited } = call.sim.state.sdn
  mustReachVnet(call, 'SDN.Allocate')
  await withSdnLock(call, 'delete sdn subnet object failed', () => {
    delete edited.subnets[param(call, 'subnet')]
  })
  return null
}
