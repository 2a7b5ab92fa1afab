/** What a Proxmox VE answers on which an administrator has prepared everything for `proxmoxSpec()`, in its own shapes. */
import type { Asked, Said } from './answering-proxmox.ts'
import { enough, proxmoxObservation } from './proxmox-cluster.ts'

/** A cluster in which everything is prepared, for a token with these rights. */
export function prepared(permissions = enough(proxmoxObservation())): Record<string, unknown> {
  return {
    'GET /version': { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' },
    'GET /nodes': [{ node: 'pve1', status: 'online', ssl_fingerprint: 'AA:01', level: '', type: 'node' }],
    'GET /cluster/resources': [
      { type: 'qemu', vmid: 9000, node: 'pve1', name: 'debian-12', template: 1, status: 'stopped', id: 'qemu/9000' },
      { type: 'storage', storage: 'local', node: 'pve1', content: 'images,rootdir', shared: 0 },
      { type: 'network', network: 'localnetwork', 'network-type': 'zone', node: 'pve1' },
    ],
    'GET /nodes/pve1/qemu/9000/config': {
      name: 'debian-12',
      net0: 'virtio=02:00:00:00:00:01,bridge=vmbr0',
      memory: '32',
    },
    'GET /access/roles': [{ roleid: 'TenantUser', privs: 'VM.Audit,VM.Console,VM.PowerMgmt', special: 0 }],
    'GET /access/groups': [{ groupid: 'tenants', comment: '', users: '' }],
    'GET /access/permissions': Object.fromEntries(
      Object.entries(permissions).map(([path, held]) => [
        path,
        Object.fromEntries(Object.entries(held).map(([privilege, propagates]) => [privilege, propagates ? 1 : 0])),
      ]),
    ),
    'GET /pools': [{ poolid: 'tenants' }],
    'GET /cluster/sdn/zones': [{ zone: 'tenants', type: 'vlan', bridge: 'vmbr0' }],
    'GET /cluster/sdn/vnets': [{ vnet: 'lab', zone: 'tenants', tag: 120, type: 'vnet' }],
  }
}

/** Answers by what is asked; of permissions, those of the path. Nobody may ask for the quorum. */
export function answersOf(data: Readonly<Record<string, unknown>>) {
  return ({ call, params }: Asked): Said => {
    if (call === 'GET /cluster/status') return { status: 403, reason: 'Permission check failed (/, Sys.Audit)' }
    const found = data[call]
    if (found === undefined) return { status: 501, reason: `Method '${call}' not implemented` }
    if (call !== 'GET /access/permissions' || params.path === undefined) return { data: found }
    return { data: { [params.path]: (found as Record<string, unknown>)[params.path] ?? {} } }
  }
}
