/** The state a cluster starts from: a fresh installation, in the form of the `base.json` beside recorded scenarios. */

import { builtInRoles } from './access/roles.ts'
import type { Node, State, Storage, Volume } from './state.ts'

interface BaseNode {
  node: string
  ip: string
  nodeid: number
}

/** What of `base.json` is read. */
export interface Base {
  version: State['version']
  root: { username: string; password: string }
  realms: readonly { realm: string; type: string; comment?: string }[]
  nodes: Readonly<Record<string, readonly BaseNode[]>>
  node: {
    cpus: number
    /** Bytes; 16 GiB without it. */
    memory?: number
    bridges: readonly { iface: string; type: string; cidr: string; bridge_ports: string; vlanAware: boolean }[]
  }
  storages: readonly (Readonly<Record<string, string | number>> & { storage: string; type: string; content: string })[]
  content: readonly { volid: string; content: string; format: string; size: number }[]
}

export const standardBase: Base = {
  version: { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' },
  root: { username: 'root@pam', password: 'proxmox-test' },
  realms: [
    { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
    { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' },
  ],
  nodes: {},
  node: {
    cpus: 2,
    bridges: [{ iface: 'vmbr0', type: 'bridge', cidr: '10.99.0.<n>/24', bridge_ports: '', vlanAware: false }],
  },
  storages: [
    {
      storage: 'local',
      type: 'dir',
      path: '/var/lib/vz',
      shared: 0,
      content: 'images,rootdir,vztmpl,iso,backup,snippets',
      'prune-backups': 'keep-all=1',
    },
  ],
  content: [{ volid: 'local:vztmpl/mini_1.0_amd64.tar.gz', content: 'vztmpl', format: 'tgz', size: 1_031_597 }],
}

export function initialState(base: Base, nodeCount: number, nowSeconds: number): State {
  const nodes = (base.nodes[nodeCount] ?? standardNodes(nodeCount)).map((node, i) =>
    bootedNode(node, i + 1, base, nowSeconds),
  )
  return {
    version: base.version,
    realms: Object.fromEntries(base.realms.map(({ realm, ...rest }) => [realm, rest])),
    users: {
      [base.root.username]: { enable: 1, expire: 0, password: base.root.password, groups: [], tokens: {} },
    },
    groups: {},
    roles: builtInRoles(),
    acl: [],
    pools: {},
    datacenter: {},
    nodes,
    storages: Object.fromEntries(base.storages.map(storage => [storage.storage, storageOf(storage)])),
    volumes: nodes.flatMap(({ node }) => base.content.map((row): Volume => volumeOf(row, node, nowSeconds))),
    guests: {},
    broadcast: {},
    tasks: [],
    sdn: {
      edited: { zones: {}, vnets: {}, subnets: {} },
      running: { zones: {}, vnets: {}, subnets: {} },
      version: 0,
      ipams: { pve: { type: 'pve' } },
    },
    firewalls: {},
    backupJobs: {},
  }
}

function standardNodes(count: number): BaseNode[] {
  return Array.from({ length: count }, (_, i) => ({
    node: `pve${i + 1}`,
    ip: `10.99.0.${i + 1}`,
    nodeid: count === 1 ? 0 : i + 1,
  }))
}

function bootedNode({ node, ip, nodeid }: BaseNode, number: number, base: Base, nowSeconds: number): Node {
  const interfaces = base.node.bridges.map(({ iface, type, cidr, bridge_ports, vlanAware }, i) => {
    const address = cidr.replace('<n>', String(number))
    return [
      iface,
      {
        type,
        autostart: 1,
        active: 1,
        method: 'static',
        method6: 'manual',
        families: ['inet'],
        priority: 3 + i,
        cidr: address,
        address: address.split('/')[0],
        netmask: address.split('/')[1],
        bridge_ports,
        bridge_stp: 'off',
        bridge_fd: '0',
        ...(vlanAware ? { bridge_vlan_aware: 1 } : {}),
      },
    ]
  })
  return {
    node,
    ip,
    nodeid,
    online: true,
    bootedAt: nowSeconds - 1000,
    cpus: base.node.cpus,
    memory: base.node.memory ?? 16 * 2 ** 30,
    interfaces: Object.fromEntries(interfaces),
    sdn: undefined,
    sdnVersion: 0,
  }
}

function storageOf({ storage: _, type, content, shared, ...options }: Base['storages'][number]): Storage {
  const texts = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]))
  // The storage of a fresh installation stands in no file yet, and has a priority until one is written.
  return { type, content, shared: shared === 1, options: { ...texts, priority: '0' } }
}

function volumeOf(row: Base['content'][number], node: string, ctime: number): Volume {
  return { volid: row.volid, content: row.content, format: row.format, size: row.size, node, ctime }
}
