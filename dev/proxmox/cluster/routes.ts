/** `/version`, `/cluster/resources`, `status`, `nextid`, `/nodes`: the cluster as a whole. */

import { anybody, holds, mayHold } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, type Route } from '../api/route.ts'
import { vmid } from '../schema/formats.ts'
import { integer, oneOf, optional } from '../schema/property.ts'
import { parsePropertyString } from '../schema/property-string.ts'
import { hasQuorum } from '../simulation.ts'
import type { Row } from '../state.ts'
import { nextIdFields } from './datacenter-options.ts'
import { guestRow } from './guest-rows.ts'
import { isEnabledOn, nodeRow, storageRow } from './storage-rows.ts'

export const clusterRoutes: readonly Route[] = [
  { method: 'GET', path: '/version', may: anybody, run: ({ sim }) => sim.state.version },
  { method: 'GET', path: '/cluster', may: anybody, run: () => subfolders.split(' ').map(name => ({ name })) },
  {
    method: 'GET',
    path: '/cluster/resources',
    params: optional({ type: oneOf('vm', 'storage', 'node', 'sdn') }),
    may: anybody,
    run: resources,
  },
  { method: 'GET', path: '/cluster/log', params: optional({ max: integer(1) }), may: anybody, run: () => [] },
  { method: 'GET', path: '/cluster/backup-info', may: anybody, run: () => [{ subdir: 'not-backed-up' }] },
  { method: 'GET', path: '/cluster/status', may: holds('/', 'Sys.Audit'), run: status },
  {
    method: 'GET',
    path: '/cluster/nextid',
    params: optional({ vmid: integer(100, 999_999_999, { format: vmid }) }),
    may: anybody,
    run: nextId,
  },
  { method: 'GET', path: '/nodes', may: anybody, run: nodes },
]

const subfolders =
  'acme backup backup-info bulk-action ceph config firewall ha jobs log mapping metrics nextid notifications options qemu replication resources sdn status tasks'

/** Nothing is refused here: what one may not see is left out. */
function resources(call: Call): Row[] {
  const { sim } = call
  const { state } = sim
  const type = given(call, 'type') || undefined
  const wants = (kind: string) => type === undefined || type === kind
  const rows: Row[] = []
  if (wants('vm')) rows.push(...guests(call))
  if (wants('node')) {
    rows.push(
      ...state.nodes.map(node => ({
        ...nodeRow(sim, node, mayHold(call, `/nodes/${node.node}`, 'Sys.Audit')),
        'cgroup-mode': 1,
      })),
    )
  }
  if (wants('storage')) {
    const seen = Object.entries(state.storages).filter(([name]) => mayHold(call, `/storage/${name}`, 'Datastore.Audit'))
    rows.push(
      ...seen.flatMap(([name, storage]) =>
        state.nodes
          .filter(({ node }) => isEnabledOn(storage, node))
          .map(({ node }) => storageRow(sim, name, storage, node)),
      ),
    )
  }
  if (type === undefined) rows.push(...networks(call))
  return rows
}

/** The lock and the tags come from the configuration, and do not lag. */
function guests(call: Call): Row[] {
  const { sim } = call
  const { state } = sim
  const pools = Object.entries(state.pools)
  return Object.values(state.guests)
    .filter(guest => mayHold(call, `/vms/${guest.vmid}`, 'VM.Audit'))
    .map(guest => {
      const [pool] = pools.find(([, { vms }]) => vms.includes(guest.vmid)) ?? []
      const { lock, tags } = guest.config
      return {
        ...guestRow(sim, guest),
        ...(pool !== undefined && mayHold(call, `/pool/${pool}`, 'Pool.Audit') ? { pool } : {}),
        ...(lock === undefined ? {} : { lock }),
        ...(tags === undefined ? {} : { tags }),
      }
    })
}

function networks(call: Call): Row[] {
  const row = (node: string, network: string, more: Row): Row => ({
    id: `network/${node}/zone/${network}`,
    type: 'network',
    'network-type': 'zone',
    network,
    node,
    ...more,
  })
  const seen = (zone: string) => mayHold(call, `/sdn/zones/${zone}`, 'SDN.Audit')
  return call.sim.state.nodes.flatMap(({ node, sdn }) => [
    ...(seen('localnetwork') ? [row(node, 'localnetwork', { status: 'ok' })] : []),
    ...Object.entries(sdn?.zones ?? {})
      .filter(([zone]) => seen(zone))
      .map(([zone, { type }]) => row(node, zone, { status: 'available', 'zone-type': type })),
  ])
}

function status(call: Call): Row[] {
  const { sim, node: local } = call
  const { nodes: all } = sim.state
  const rows = all.map(({ node, nodeid, ip, online }) => ({
    type: 'node',
    id: `node/${node}`,
    name: node,
    nodeid,
    ip,
    local: node === local ? 1 : 0,
    online: online ? 1 : 0,
    level: '',
  }))
  if (all.length === 1) return rows
  const quorate = hasQuorum(sim) ? 1 : 0
  return [{ type: 'cluster', id: 'cluster', name: 'sim', nodes: all.length, version: all.length, quorate }, ...rows]
}

function nextId(call: Call): string {
  const { guests: taken, datacenter } = call.sim.state
  const wanted = given(call, 'vmid')
  if (wanted !== undefined) {
    if (taken[Number(wanted)] !== undefined) throw invalid({ vmid: `VM ${wanted} already exists` })
    return wanted
  }
  const range = parsePropertyString(datacenter['next-id'] ?? '', nextIdFields)
  const lower = Number(range.lower ?? 100)
  const upper = Number(range.upper ?? 1_000_000)
  for (let id = lower; id < upper; id++) if (taken[id] === undefined) return String(id)
  throw failure(`unable to get any free VMID in range [${lower}, ${upper}]`)
}

function nodes(call: Call): Row[] {
  const { sim } = call
  return sim.state.nodes.map(node => ({
    ...nodeRow(sim, node, mayHold(call, `/nodes/${node.node}`, 'Sys.Audit')),
    ssl_fingerprint: sim.fingerprint,
  }))
}
