/** One look at everything that passes over tenants, networks and machines need of a Proxmox VE cluster: five requests for all of them. */
import type { GuestView, NodeView, ProxmoxView, StorageView, VnetView } from '../plan/proxmox-view.ts'
import type { Proxmox } from './client.ts'
import type { Answer } from './route.ts'
import { access, pool } from './routes/access.ts'
import { cluster } from './routes/cluster.ts'
import { sdn } from './routes/sdn.ts'

/** Throws a ProxmoxError: nothing is left out because it could not be looked at. */
export async function observeView(proxmox: Proxmox): Promise<ProxmoxView> {
  // Alone, for it is what fails when nothing works.
  const resources = await proxmox.call(cluster.listResources, {})
  const [pools, users, acl, vnets] = await Promise.all([
    proxmox.call(pool.list, {}),
    proxmox.call(access.listUsers, {}),
    proxmox.call(access.listAcl, {}),
    proxmox.call(sdn.listVnets, { pending: true }),
  ])
  return {
    nodes: resources.flatMap(nodeOf),
    guests: resources.flatMap(guestOf),
    storages: resources.flatMap(storageOf),
    pools: pools.map(({ poolid, comment }) => given({ pool: poolid, comment })),
    users: users.map(({ userid, comment }) => given({ user: userid, comment })),
    grants: acl.flatMap(({ type, path, roleid: role, ugid: user, propagate = true }) =>
      type === 'user' ? [{ path, role, user, propagate }] : [],
    ),
    vnets: vnets.map(vnetOf),
  }
}

type Row = Answer<typeof cluster.listResources>[number]

function nodeOf(row: Row): NodeView[] {
  if (row.type !== 'node') return []
  const { node: name, status, maxcpu: cores, cpu: load, maxmem: memory, mem: memoryUsed } = row
  return [given({ name, online: status === 'online', cores, load, memory, memoryUsed })]
}

function guestOf(row: Row): GuestView[] {
  if (row.type !== 'qemu' && row.type !== 'lxc') return []
  const {
    vmid,
    type,
    node,
    name,
    pool,
    status,
    lock,
    template,
    tags,
    maxcpu: cores,
    maxmem: memory,
    maxdisk: disk,
  } = row
  return [given({ vmid, type, node, name, pool, status, lock, template, tags, cores, memory, disk })]
}

function storageOf(row: Row): StorageView[] {
  if (row.type !== 'storage') return []
  const { storage, node, status, shared, content, maxdisk: size, disk: used } = row
  return [given({ storage, node, available: status === 'available', shared, content, size, used })]
}

const STATES = ['new', 'changed', 'deleted'] as const

/** A new one has its settings among what is pending alone. */
function vnetOf({ vnet, zone, tag, alias, state, pending }: Answer<typeof sdn.listVnets>[number]): VnetView {
  return given({
    vnet,
    zone: pending?.zone ?? zone,
    tag: pending?.tag ?? tag,
    alias: pending?.alias ?? alias,
    state: STATES.find(known => known === state),
  })
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the keys of which nobody could say anything. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
}
