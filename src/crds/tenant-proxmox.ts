/** A tenant's part of a Proxmox VE cluster, as its manifest asks for it and as its status tells. */
import { z } from 'zod'
import { namedMachineSchema } from './machine.ts'
import { machineName, proxmoxId, proxmoxUserName } from './proxmox-scalar.ts'
import { withTransitions } from './rule.ts'
import { objectName } from './scalar.ts'

const userSchema = z.object({
  name: proxmoxUserName.describe('Logs in as <name>.<tenant>@pve.'),
  role: proxmoxId
    .optional()
    .describe(
      'One of the tenantRoles of the ProxmoxCluster, on the pool of this tenant; the first of them without it.',
    ),
})

export const tenantProxmoxSchema = withTransitions(
  z.object({
    cluster: objectName.describe('The ProxmoxCluster on which it gets a pool and a network of its own.'),
    vlan: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Exactly this tag; the lowest one that is free without it. A tenant keeps the tag that it has.'),
    users: z
      .array(userSchema)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .prefault([])
      .describe('People who see and operate the machines in Proxmox VE itself. Their passwords are in Secrets.'),
  }),
  {
    cel: 'self.cluster == oldSelf.cluster',
    message: 'cannot be changed: a tenant does not move to another cluster. Make another tenant there',
    field: 'cluster',
  },
)

export const tenantMachinesSchema = z
  .array(namedMachineSchema(machineName))
  .max(32)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })

export const tenantNetworkStatusSchema = z.object({
  cluster: z.string().describe('The ProxmoxCluster.'),
  vlan: z.int().describe('Its tag there.'),
  vnet: z.string().optional().describe('Its vnet; absent on a bridge.'),
  subnet: z.string().optional().describe('Its network.'),
  gateway: z.string().optional().describe('The first address of the network, for a router.'),
})

export const tenantMachinesStatusSchema = z.object({
  ready: z.int().describe('Machines that are as they should be.'),
  total: z.int().describe('Machines that there should be.'),
  summary: z.string().describe('Both, such as 2/3.'),
})
