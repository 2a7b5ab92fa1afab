/** Looks at a Proxmox VE cluster: what a test does not say is that there is plenty of room. */
import type { GuestView, NodeView, ProxmoxView, StorageView } from '../../src/plan/proxmox-view.ts'

const GiB = 2 ** 30

export function viewOf(parts: Partial<ProxmoxView>): ProxmoxView {
  const nothing = { pools: [], users: [], grants: [], vnets: [] }
  return { ...nothing, nodes: [pve('pve1')], guests: [template()], storages: [store('local')], ...parts }
}

/** Of 16 GiB and 8 cores. */
export function pve(name: string, node: Partial<NodeView> = {}): NodeView {
  return { name, online: true, cores: 8, memory: 16 * GiB, memoryUsed: GiB, ...node }
}

/** Of 100 GiB. */
export function store(storage: string, row: Partial<StorageView> = {}): StorageView {
  const content = ['images', 'rootdir', 'vztmpl']
  return { storage, node: 'pve1', available: true, shared: false, content, size: 100 * GiB, used: 0, ...row }
}

export function template(): GuestView {
  return guest(9000, { name: 'debian-12', template: true, disk: 2 * GiB })
}

export function guest(vmid: number, row: Partial<GuestView> = {}): GuestView {
  return { vmid, type: 'qemu', node: 'pve1', template: false, tags: [], ...row }
}
