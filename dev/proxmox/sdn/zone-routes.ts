/** `/cluster/sdn/zones`. */

import { anybody, holds, mayHoldAny } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, param, type Route } from '../api/route.ts'
import { dnsName, ip, macAddress, nodeName } from '../schema/formats.ts'
import { flag, formatted, integer, listOf, oneOf, optional, type Parameters, text } from '../schema/property.ts'
import { mustHaveQuorum } from '../simulation.ts'
import type { Config, Row } from '../state.ts'
import { type Allowed, changed, changing, created, lockToken, rowsOf, views, withSdnLock } from './objects.ts'

export const sdnId = text({ minLength: 2, maxLength: 8, pattern: /[a-zA-Z][a-zA-Z0-9]*[a-zA-Z0-9]/ })
const types = ['evpn', 'faucet', 'qinq', 'simple', 'vlan', 'vxlan']
const settings: Parameters = optional({
  'advertise-subnets': flag(),
  bridge: text(),
  'bridge-disable-mac-learning': flag(),
  controller: text(),
  dhcp: oneOf('dnsmasq'),
  'disable-arp-nd-suppression': flag(),
  dns: text(),
  dnszone: formatted(dnsName),
  'dp-id': integer(),
  exitnodes: listOf(nodeName),
  'exitnodes-local-routing': flag(),
  'exitnodes-primary': formatted(nodeName),
  fabric: text(),
  ipam: text(),
  mac: formatted(macAddress),
  mtu: integer(),
  nodes: listOf(nodeName),
  peers: listOf(ip),
  reversedns: text(),
  'rt-import': text(),
  tag: integer(0),
  'vlan-protocol': oneOf('802.1q', '802.1ad'),
  'vrf-vxlan': integer(1, 16_777_215),
  'vxlan-port': integer(1, 65_536),
})

const common = ['nodes', 'mtu', 'dns', 'reversedns', 'dnszone', 'ipam']
const byType: Readonly<Record<string, Allowed>> = {
  simple: { all: [...common, 'dhcp'], required: [] },
  vlan: { all: [...common, 'bridge', 'bridge-disable-mac-learning'], required: ['bridge'] },
  qinq: {
    all: [...common, 'bridge', 'bridge-disable-mac-learning', 'tag', 'vlan-protocol'],
    required: ['tag', 'bridge'],
  },
  vxlan: { all: [...common, 'peers', 'vxlan-port', 'fabric'], required: [] },
  evpn: {
    all: [
      ...common,
      ...['vrf-vxlan', 'controller', 'exitnodes', 'exitnodes-local-routing', 'exitnodes-primary', 'advertise-subnets'],
      ...['disable-arp-nd-suppression', 'bridge-disable-mac-learning', 'rt-import', 'vxlan-port', 'mac'],
    ],
    required: ['vrf-vxlan', 'controller'],
  },
  faucet: { all: [...common, 'dp-id'], required: ['dp-id'] },
}
const allowedFor = (type: string | undefined): Allowed => byType[type ?? ''] ?? { all: [], required: [] }

const path = '/cluster/sdn/zones'
const allocates = holds('/sdn/zones/{zone}', 'SDN.Allocate')

export const zoneRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    params: { ...views, ...optional({ type: oneOf(...types) }) },
    may: anybody,
    run: call =>
      zoneRows(call)
        .filter(row => mayHoldAny(call, `/sdn/zones/${row.zone}`, 'SDN.Audit', 'SDN.Allocate'))
        .filter(row => row.type === (given(call, 'type') ?? row.type)),
  },
  {
    method: 'POST',
    path,
    params: { zone: sdnId, type: oneOf(...types), ...settings, ...optional({ 'lock-token': lockToken }) },
    may: holds('/sdn/zones', 'SDN.Allocate'),
    run: create,
  },
  { method: 'GET', path: `${path}/{zone}`, params: { zone: sdnId, ...views }, may: allocates, run: read },
  {
    method: 'PUT',
    path: `${path}/{zone}`,
    params: { zone: sdnId, ...settings, ...changing },
    may: allocates,
    run: update,
  },
  {
    method: 'DELETE',
    path: `${path}/{zone}`,
    params: { zone: sdnId, ...optional({ 'lock-token': lockToken }) },
    may: allocates,
    run: remove,
  },
]

const zoneRows = (call: Call) => rowsOf(call, 'zones', settings)

function read(call: Call): Row {
  const row = zoneRows(call).find(each => each.zone === param(call, 'zone'))
  if (row === undefined) throw failure(`sdn '${param(call, 'zone')}' does not exist`)
  return row
}

function existing(call: Call): Config {
  const zone = call.sim.state.sdn.edited.zones[param(call, 'zone')]
  if (zone === undefined) throw failure(`sdn '${param(call, 'zone')}' does not exist`)
  return zone
}

async function create(call: Call): Promise<null> {
  const { state } = call.sim
  const type = param(call, 'type')
  const zone = created(call, type, settings, allowedFor(type))
  mustHaveQuorum(call.sim)
  await withSdnLock(call, 'create sdn zone object failed', () => {
    const id = param(call, 'zone')
    if (state.sdn.edited.zones[id] !== undefined) throw failure(`sdn zone object ID '${id}' already defined`)
    mustRefer(call, zone)
    mustBeWhole(id, zone)
    state.sdn.edited.zones[id] = zone
  })
  return null
}

async function update(call: Call): Promise<null> {
  const { zones, subnets } = call.sim.state.sdn.edited
  await withSdnLock(call, 'update sdn zone object failed', () => {
    const id = param(call, 'zone')
    const before = existing(call)
    const zone = changed(call, zones, id, settings, allowedFor(before.type))
    const hasSubnets = Object.keys(subnets).some(subnet => subnet.startsWith(`${id}-`))
    if (zone.ipam !== before.ipam && hasSubnets) {
      throw invalid({ ipam: `can't change ipam if a subnet is already defined in this zone` })
    }
    mustRefer(call, zone)
    mustBeWhole(id, zone)
    zones[id] = zone
  })
  return null
}

/** DNS servers are not simulated: there is none to refer to. */
function mustRefer({ sim }: Call, { dns, reversedns, dnszone, ipam }: Config): void {
  if (dns) throw invalid({ dns: `${dns} don't exist` })
  if (reversedns) throw invalid({ reversedns: `${reversedns} don't exist` })
  if (dnszone) throw invalid({ dnszone: 'missing dns server' })
  if (ipam && sim.state.sdn.ipams[ipam] === undefined) throw invalid({ ipam: `${ipam} not existing` })
}

function mustBeWhole(_id: string, { type, controller, peers, fabric }: Config): void {
  if (type === 'evpn') throw failure(`controller ${controller} don't exist`)
  if (type === 'vxlan' && (peers === undefined) === (fabric === undefined)) {
    const text = 'must have exactly one of peers / fabric defined'
    throw invalid({ peers: text, fabric: text })
  }
}

async function remove(call: Call): Promise<null> {
  const { zones, vnets } = call.sim.state.sdn.edited
  await withSdnLock(call, 'delete sdn zone object failed', () => {
    existing(call)
    const id = param(call, 'zone')
    const user = Object.keys(vnets).find(name => vnets[name]?.zone === id)
    if (user !== undefined) throw failure(`zone ${id} is used by vnet ${user}`)
    delete zones[id]
  })
  return null
}
