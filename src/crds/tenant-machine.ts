/** `TenantMachine`: one virtual machine or container of a tenant. The only place where its status is written down. */
import { z } from 'zod'
import { conditionList, observedGeneration } from './condition.ts'
import { machineSpecSchema } from './machine.ts'

export const tenantMachineSpecSchema = machineSpecSchema

export const tenantMachineStatusSchema = z.object({
  observedGeneration,
  cluster: z.string().optional().describe('The ProxmoxCluster that it is on.'),
  vmid: z.int().optional().describe('Its id. Written before it is made, so that it is found whatever happens then.'),
  type: z.enum(['qemu', 'lxc']).optional().describe('Virtual machine or container, in the words of Proxmox VE.'),
  node: z.string().optional().describe('The node that it is, or is to be, on.'),
  storage: z.string().optional().describe('The storage of its disks.'),
  template: z.int().optional().describe('Id of the template that it is cloned from.'),
  made: z.boolean().optional().describe('Whether it was seen with the mark of this tenant: from then on its id stays.'),
  address: z.string().optional().describe('Its address, from the network of the tenant.'),
  macAddress: z.string().optional().describe('Address of its network card.'),
  powerState: z.enum(['Running', 'Stopped', 'Unknown']).optional().describe('Whether it runs.'),
  task: z.string().optional().describe('The task of Proxmox VE that is at work on it, or was the last.'),
  halfMade: z
    .array(
      z.object({
        vmid: z.int().describe('Id of the guest in Proxmox VE.'),
        node: z.string().describe('Node on which it was being made.'),
      }),
    )
    .max(8)
    .optional()
    .describe(
      'Guests whose making ended early, such as on a node that went off, and that the token cannot reach: look at them by hand. Each is listed until its id is free.',
    ),
  pendingReboot: z
    .array(z.string())
    .max(64)
    .optional()
    .describe('Settings that were changed and come into force with the next start.'),
  conditions: conditionList(16, 'What is known about this machine, by type.'),
})

export type TenantMachineSpec = z.infer<typeof tenantMachineSpecSchema>
export type TenantMachineStatus = z.infer<typeof tenantMachineStatusSchema>
