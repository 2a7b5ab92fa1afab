/** Storages and nodes as `cluster/resources` and pools list them. */

import { seconds } from '../clock.ts'
import { splitList } from '../schema/validation.ts'
import type { Simulation } from '../simulation.ts'
import type { Node, Row, Storage } from '../state.ts'

export function storageRow(sim: Simulation, name: string, { type, shared, content }: Storage, node: string): Row {
  const isOnline = sim.state.nodes.find(each => each.node === node)?.online ?? false
  const used = { maxdisk: sim.options.storageBytes, disk: usedBytes(sim, name, node), status: 'available' }
  return {
    id: `storage/${node}/${name}`,
    storage: name,
    node,
    type: 'storage',
    plugintype: type,
    shared: shared ? 1 : 0,
    content: splitList(content).toSorted().join(','),
    ...(isOnline ? used : { status: 'unknown' }),
  }
}

/** Disks are thin: a hundredth of what they promise is used. */
export function usedBytes({ state }: Simulation, name: string, node: string): number {
  const mine = state.volumes.filter(volume => volume.volid.startsWith(`${name}:`) && (volume.node ?? node) === node)
  return mine.reduce((sum, { size }) => sum + Math.floor(size / 100), 0)
}

export function isEnabledOn({ options }: Storage, node: string): boolean {
  const nodes = splitList(options.nodes ?? '')
  return options.disable !== '1' && (nodes.length === 0 || nodes.includes(node))
}

/** `stats`: whether the caller may see more than that it is there. */
export function nodeRow(sim: Simulation, node: Node, stats: boolean): Row {
  const { node: name, online } = node
  const limits = { maxcpu: node.cpus, maxmem: node.memory, maxdisk: sim.options.storageBytes }
  const use = { uptime: seconds(sim.clock) - node.bootedAt, cpu: 0.02, mem: 2 ** 30, disk: 2 ** 28 }
  return {
    id: `node/${name}`,
    node: name,
    type: 'node',
    status: online ? 'online' : 'offline',
    level: '',
    ...(stats ? { ...limits, ...(online ? use : {}) } : {}),
  }
}
