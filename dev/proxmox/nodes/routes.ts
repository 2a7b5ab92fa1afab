/** `/nodes/{node}`: a host, its state and its network. */

import { anybody, holds } from '../access/checks.ts'
import { failure, invalid } from '../api/api-error.ts'
import { type Call, given, param, type Route } from '../api/route.ts'
import { seconds } from '../clock.ts'
import { configId } from '../schema/formats.ts'
import { listOf, oneOf, optional, text } from '../schema/property.ts'
import { splitList } from '../schema/validation.ts'
import { reloadNetwork } from '../sdn/commit-routes.ts'
import type { Node, Row } from '../state.ts'
import { changeInterface, interfaceName, interfaceParameters, networkKinds } from './interfaces.ts'
import { node } from './parameters.ts'

const path = '/nodes/{node}'
const audits = holds('/nodes/{node}', 'Sys.Audit')
const modifies = holds('/nodes/{node}', 'Sys.Modify')
const iface = text({ minLength: 2, maxLength: 20 })

export const nodeRoutes: readonly Route[] = [
  { method: 'GET', path, params: { node }, may: anybody, run: () => subfolders.split(' ').map(name => ({ name })) },
  { method: 'GET', path: `${path}/status`, params: { node }, may: audits, run: status },
  { method: 'GET', path: `${path}/version`, params: { node }, may: anybody, run: ({ sim }) => sim.state.version },
  {
    method: 'GET',
    path: `${path}/time`,
    params: { node },
    may: audits,
    run: ({ sim }) => ({ time: seconds(sim.clock), localtime: seconds(sim.clock), timezone: 'UTC' }),
  },
  { method: 'GET', path: `${path}/dns`, params: { node }, may: audits, run: () => ({ dns1: '127.0.0.1' }) },
  {
    method: 'GET',
    path: `${path}/network`,
    params: {
      node,
      ...optional({
        type: oneOf(
          ...networkKinds.filter(kind => kind !== 'unknown'),
          'any_bridge',
          'any_local_bridge',
          'include_sdn',
        ),
      }),
    },
    may: anybody,
    run: listInterfaces,
  },
  {
    method: 'POST',
    path: `${path}/network`,
    params: { node, iface: interfaceName, ...interfaceParameters },
    may: modifies,
    run: call => {
      const host = hostOf(call)
      if (host.interfaces[param(call, 'iface')] !== undefined) throw invalid({ iface: 'interface already exists' })
      host.interfaces[param(call, 'iface')] = changeInterface(call)
      return null
    },
  },
  {
    method: 'PUT',
    path: `${path}/network`,
    params: { node, ...optional({ 'regenerate-frr': { type: 'boolean' } }) },
    may: modifies,
    run: call => reloadNetwork(call.sim, call.node, call.authid),
  },
  { method: 'GET', path: `${path}/network/{iface}`, params: { node, iface }, may: audits, run: readInterface },
  {
    method: 'PUT',
    path: `${path}/network/{iface}`,
    params: { node, iface: interfaceName, ...interfaceParameters, ...optional({ delete: listOf(configId) }) },
    may: modifies,
    run: updateInterface,
  },
  {
    method: 'DELETE',
    path: `${path}/network/{iface}`,
    params: { node, iface: interfaceName },
    may: modifies,
    run: call => {
      delete existingInterfaces(call)[param(call, 'iface')]
      return null
    },
  },
  // Changes are true at once here, so that none is left to take back.
  { method: 'DELETE', path: `${path}/network`, params: { node }, may: modifies, run: () => null },
  {
    method: 'GET',
    path: `${path}/sdn`,
    params: { node },
    may: anybody,
    run: () => ['fabrics', 'vnets', 'zones'].map(name => ({ name })),
  },
]

const subfolders =
  'aplinfo apt capabilities ceph certificates config disks dns firewall hardware hosts journal lxc migrateall netstat network qemu query-oci-repo-tags query-url-metadata replication report rrd rrddata scan sdn services spiceshell startall status stopall storage subscription suspendall syslog tasks termproxy time version vncshell vzdump wakeonlan'

function existingInterfaces(call: Call): Node['interfaces'] {
  const { interfaces } = hostOf(call)
  if (interfaces[param(call, 'iface')] === undefined) throw invalid({ iface: 'interface does not exist' })
  return interfaces
}

function updateInterface(call: Call): null {
  const interfaces = existingInterfaces(call)
  const name = param(call, 'iface')
  const gone = splitList(given(call, 'delete') ?? '')
  const kept = Object.entries(interfaces[name] ?? {}).filter(([option]) => !gone.includes(option))
  interfaces[name] = { ...Object.fromEntries(kept), ...changeInterface(call) }
  return null
}

function hostOf(call: Call): Node {
  const host = call.sim.state.nodes.find(each => each.node === call.node)
  if (host === undefined) throw failure(`no such node '${call.node}'`)
  return host
}

function status(call: Call): Row {
  const host = hostOf(call)
  const used = 2 ** 30
  const { version, repoid } = call.sim.state.version
  const { storageBytes: total } = call.sim.options
  return {
    uptime: seconds(call.sim.clock) - host.bootedAt,
    cpu: 0.02,
    wait: 0,
    idle: 0,
    loadavg: ['0.10', '0.10', '0.10'],
    memory: { total: host.memory, used, free: host.memory - used, available: host.memory - used },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total, used: 2 ** 28, free: total - 2 ** 28, avail: total - 2 ** 28 },
    ksm: { shared: 0 },
    cpuinfo: { cpus: host.cpus, cores: host.cpus, sockets: 1, model: 'Simulated CPU', mhz: '2000.000', hvm: '1' },
    pveversion: `pve-manager/${version}/${repoid}`,
    kversion: 'Linux 6.17.2-1-pve #1 SMP',
    'current-kernel': { sysname: 'Linux', release: '6.17.2-1-pve', version: '#1 SMP', machine: 'x86_64' },
    'boot-info': { mode: 'legacy-bios' },
  }
}

function listInterfaces(call: Call): Row[] {
  const wanted = given(call, 'type')
  const matches = (type: unknown) =>
    wanted === undefined ||
    type === wanted ||
    (wanted.startsWith('any_') && type === 'bridge') ||
    wanted === 'include_sdn'
  const host = hostOf(call)
  const own = Object.entries(host.interfaces)
    .filter(([, config]) => matches(config.type))
    .map(([name, config]): Row => ({ iface: name, ...config }))
  if (wanted !== 'any_bridge' && wanted !== 'include_sdn') return own
  const vnets = Object.entries(host.sdn?.vnets ?? {}).map(
    ([name, { alias }]): Row => ({
      iface: name,
      type: 'vnet',
      active: 1,
      ...(alias === undefined ? {} : { comments: alias }),
    }),
  )
  return [...own, ...vnets]
}

function readInterface(call: Call): Row {
  const found = hostOf(call).interfaces[param(call, 'iface')]
  if (found === undefined) throw invalid({ iface: 'interface does not exist' })
  return found
}
