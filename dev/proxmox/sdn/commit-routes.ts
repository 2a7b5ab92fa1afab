/** Making edits of the SDN true: the lock, the apply, the way back, and how far each node is. */

import { anybody, holds, mayHold } from '../access/checks.ts'
import { failure } from '../api/api-error.ts'
import { type Call, given, isOn, param, type Route } from '../api/route.ts'
import { isOnline } from '../cluster/guest-rows.ts'
import { node } from '../nodes/parameters.ts'
import { flag, oneOf, optional, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { type Simulation, withClusterLock } from '../simulation.ts'
import type { Config, Row } from '../state.ts'
import { startTask, taskEnd } from '../tasks/worker.ts'
import { hasPendingChanges, lockToken, withSdnLock } from './objects.ts'
import { sdnId } from './zone-routes.ts'

const allocates = holds('/sdn', 'SDN.Allocate')
const release = optional({ 'lock-token': lockToken, 'release-lock': flag() })
const onNode = '/nodes/{node}/sdn/zones'
const audits = holds('/sdn/zones/{zone}', 'SDN.Audit')

export const sdnCommitRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/cluster/sdn',
    may: holds('/sdn', 'SDN.Audit'),
    run: () => ['vnets', 'zones', 'controllers', 'ipams', 'dns', 'fabrics'].map(id => ({ id })),
  },
  { method: 'PUT', path: '/cluster/sdn', params: release, may: allocates, run: apply },
  {
    method: 'POST',
    path: '/cluster/sdn/lock',
    params: optional({ 'allow-pending': flag() }),
    may: allocates,
    run: lock,
  },
  {
    method: 'DELETE',
    path: '/cluster/sdn/lock',
    params: optional({ force: flag(), 'lock-token': lockToken }),
    may: allocates,
    run: unlock,
  },
  { method: 'POST', path: '/cluster/sdn/rollback', params: release, may: allocates, run: rollback },
  {
    method: 'GET',
    path: '/cluster/sdn/ipams',
    params: optional({ type: oneOf('netbox', 'phpipam', 'pve') }),
    may: anybody,
    run: ({ sim }) => Object.entries(sim.state.sdn.ipams).map(([ipam, config]) => ({ ipam, ...config })),
  },
  { method: 'GET', path: onNode, params: { node }, may: anybody, run: zonesOnNode },
  {
    method: 'GET',
    path: `${onNode}/{zone}`,
    params: { node, zone: sdnId },
    may: audits,
    anyNode: true,
    run: () => ['content', 'bridges', 'ip-vrf'].map(subdir => ({ subdir })),
  },
  { method: 'GET', path: `${onNode}/{zone}/content`, params: { node, zone: sdnId }, may: audits, run: contentOnNode },
  { method: 'GET', path: `${onNode}/{zone}/bridges`, params: { node, zone: text() }, may: audits, run: bridgesOnNode },
]

/** Who has no token yet asks for one; who has lost it takes it away by force. */
function lock(call: Call): Promise<string> {
  const { sim } = call
  return withClusterLock(sim, 'domain-sdn', 'could not acquire lock for SDN config', () => {
    if (sim.state.sdn.lock !== undefined) throw failure('invalid lock token provided!')
    if (!isOn(call, 'allow-pending') && hasPendingChanges(sim)) throw failure('configuration has pending changes')
    const token = sim.random.uuid()
    sim.state.sdn.lock = token
    return token
  })
}

async function unlock(call: Call): Promise<null> {
  const { sdn } = call.sim.state
  if (isOn(call, 'force')) delete sdn.lock
  else await withSdnLock(call, 'could not release lock', () => delete sdn.lock)
  return null
}

async function rollback(call: Call): Promise<null> {
  const { sdn } = call.sim.state
  await withSdnLock(call, 'could not rollback SDN configuration', () => {
    sdn.edited = structuredClone(sdn.running)
    if (given(call, 'lock-token') !== undefined && isOn(call, 'release-lock')) delete sdn.lock
  })
  return null
}

/** The cluster commits at once; the nodes follow, each in a task of its own, and one that is off fails nothing. */
async function apply(call: Call): Promise<string> {
  const { sim } = call
  const { sdn } = sim.state
  await withSdnLock(call, 'could not commit SDN config', () => {
    sdn.running = structuredClone(sdn.edited)
    sdn.version++
    if (given(call, 'lock-token') !== undefined && isOn(call, 'release-lock')) delete sdn.lock
  })
  return startTask(sim, {
    node: call.node,
    type: 'reloadnetworkall',
    id: '',
    user: call.authid,
    run: async task => {
      for (const { node: name } of sim.state.nodes) {
        task.log(`${name}: reloading network config`)
        if (isOnline(sim, name)) await taskEnd(sim, reloadNetwork(sim, name))
        else task.log(`ssh: connect to host ${name} port 22: No route to host`)
      }
    },
  })
}

const reloadMs = 1500

export function reloadNetwork(sim: Simulation, name: string, user = 'root@pam'): string {
  return startTask(sim, {
    node: name,
    type: 'srvreload',
    id: 'networking',
    user,
    ms: reloadMs,
    run: () => {
      const host = sim.state.nodes.find(each => each.node === name)
      if (host === undefined || !host.online) return
      host.sdn = structuredClone(sim.state.sdn.running)
      host.sdnVersion = sim.state.sdn.version
    },
  })
}

/** Why a node is behind, if it is. */
function behind(call: Call): string | undefined {
  const host = call.sim.state.nodes.find(each => each.node === call.node)
  if (host === undefined || host.sdnVersion === call.sim.state.sdn.version) return undefined
  const how = host.sdnVersion === 0 ? 'not yet generated' : 'too old'
  return `local sdn network configuration is ${how}, please reload`
}

const isMeantFor = ({ nodes }: Config, name: string) => nodes === undefined || splitList(nodes).includes(name)

interface VnetStatus {
  vnet: string
  zone: string
  status: string
  statusmsg: string | null
}

function vnetsOnNode(call: Call): VnetStatus[] {
  const { running, version } = call.sim.state.sdn
  if (version === 0) return []
  const why = behind(call)
  return Object.entries(running.vnets).flatMap(([vnet, { zone = '' }]) => {
    const config = running.zones[zone]
    if (config === undefined) {
      return [{ vnet, zone, status: 'error', statusmsg: `unknown zone '${zone}' configured` }]
    }
    if (!isMeantFor(config, call.node)) return []
    if (why !== undefined) return [{ vnet, zone, status: 'pending', statusmsg: why }]
    const missing = missingBridge(call, config)
    return [{ vnet, zone, status: missing === undefined ? 'available' : 'error', statusmsg: missing ?? null }]
  })
}

function missingBridge(call: Call, { bridge }: Config): string | undefined {
  const host = call.sim.state.nodes.find(each => each.node === call.node)
  if (bridge === undefined || host?.interfaces[bridge] !== undefined) return undefined
  return `missing ${bridge}`
}

function zonesOnNode(call: Call): Row[] {
  const { running, version } = call.sim.state.sdn
  if (version === 0) return []
  const broken = vnetsOnNode(call).filter(({ status }) => status === 'error')
  return Object.entries(running.zones)
    .filter(([, config]) => isMeantFor(config, call.node))
    .map(([zone]) => {
      const isBroken = broken.some(each => each.zone === zone)
      return { zone, status: isBroken ? 'error' : behind(call) === undefined ? 'available' : 'pending' }
    })
}

function contentOnNode(call: Call): Row[] {
  return vnetsOnNode(call)
    .filter(({ zone }) => zone === param(call, 'zone'))
    .map(({ vnet, status, statusmsg }) => ({ vnet, status, statusmsg }))
}

function bridgesOnNode(call: Call): Row[] {
  const zone = param(call, 'zone')
  const host = call.sim.state.nodes.find(each => each.node === call.node)
  const vnets = Object.entries(host?.sdn?.vnets ?? {}).filter(([, config]) => config.zone === zone)
  const names = zone === 'localnetwork' ? Object.keys(host?.interfaces ?? {}) : vnets.map(([vnet]) => vnet)
  return names
    .filter(name => mayHold(call, `/sdn/zones/${zone}/${name}`, 'SDN.Audit'))
    .map(name => ({ name, vlan_filtering: 0, ports: [] }))
}
