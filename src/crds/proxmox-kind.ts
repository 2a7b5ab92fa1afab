/** The kinds of the Proxmox VE side, as data. */
import { CLUSTER_CONDITIONS, LEASE_CONDITIONS, MACHINE_CONDITIONS } from './condition.ts'
import { age, type Kind, messageColumn, readyColumns } from './kind-shape.ts'
import { networkLeaseSpecSchema, networkLeaseStatusSchema } from './network-lease.ts'
import { proxmoxClusterSpecSchema } from './proxmox-cluster.ts'
import { proxmoxClusterStatusSchema } from './proxmox-cluster-status.ts'
import { machineName } from './proxmox-scalar.ts'
import { tenantMachineSpecSchema, tenantMachineStatusSchema } from './tenant-machine.ts'

export const proxmoxClusterKind = {
  kind: 'ProxmoxCluster',
  plural: 'proxmoxclusters',
  shortName: 'pxc',
  scope: 'Cluster',
  description: 'One Proxmox VE cluster that tenants get a part of, and what the operator may do there.',
  spec: proxmoxClusterSpecSchema,
  status: proxmoxClusterStatusSchema,
  selectable: [],
  conditions: CLUSTER_CONDITIONS,
  columns: [
    ...readyColumns('Whether tenants can be there.'),
    { name: 'Version', type: 'string', jsonPath: '.status.version', description: 'Version of Proxmox VE.' },
    { name: 'Nodes', type: 'string', jsonPath: '.status.nodesOnline', description: 'Nodes online, of all.' },
    { name: 'VLANs', type: 'integer', jsonPath: '.status.vlans.free', description: 'Tags of its range that are free.' },
    { name: 'VMIDs', type: 'integer', jsonPath: '.status.vmids.free', description: 'Ids of its range that are free.' },
    messageColumn('The same as Status in a sentence.'),
    age,
  ],
} as const satisfies Kind

export const networkLeaseKind = {
  kind: 'NetworkLease',
  plural: 'networkleases',
  shortName: 'nlease',
  scope: 'Cluster',
  description: 'One VLAN tag on one ProxmoxCluster, and the tenant that has it. Made by the operator.',
  spec: networkLeaseSpecSchema,
  status: networkLeaseStatusSchema,
  selectable: ['cluster', 'tenant.name'],
  conditions: LEASE_CONDITIONS,
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'The ProxmoxCluster.' },
    { name: 'VLAN', type: 'integer', jsonPath: '.spec.tag', description: 'The tag.' },
    { name: 'Tenant', type: 'string', jsonPath: '.spec.tenant.name', description: 'The tenant that has it.' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'How far it is.' },
    { name: 'Vnet', type: 'string', jsonPath: '.status.vnet', description: 'Its vnet.' },
    { name: 'Subnet', type: 'string', jsonPath: '.status.subnet', description: 'Its network.' },
    messageColumn('How far it is, in a sentence.'),
    age,
  ],
} as const satisfies Kind

export const tenantMachineKind = {
  kind: 'TenantMachine',
  plural: 'tenantmachines',
  shortName: 'tm',
  scope: 'Namespaced',
  description: 'One virtual machine or container of the tenant whose namespace it is in.',
  name: machineName,
  spec: tenantMachineSpecSchema,
  status: tenantMachineStatusSchema,
  selectable: [],
  conditions: MACHINE_CONDITIONS,
  columns: [
    ...readyColumns('Whether it is as it should be.'),
    { name: 'Power', type: 'string', jsonPath: '.status.powerState', description: 'Whether it runs.' },
    { name: 'VMID', type: 'integer', jsonPath: '.status.vmid', description: 'Its id.' },
    { name: 'Node', type: 'string', jsonPath: '.status.node', description: 'The node that it is on.' },
    { name: 'Address', type: 'string', jsonPath: '.status.address', description: 'Its address.' },
    { name: 'Type', type: 'string', jsonPath: '.status.type', description: 'qemu or lxc.', wide: true },
    { name: 'Storage', type: 'string', jsonPath: '.status.storage', description: 'Where its disks are.', wide: true },
    messageColumn('The same as Status in a sentence.'),
    age,
  ],
} as const satisfies Kind
