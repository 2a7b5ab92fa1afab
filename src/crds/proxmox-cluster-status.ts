/** What the operator says of a ProxmoxCluster. */
import { z } from 'zod'
import { conditionList, observedGeneration } from './condition.ts'

const countSchema = z.object({
  free: z.int().describe('How many are free, as far as the token sees.'),
  total: z.int().describe('How many there are in the range.'),
})

function keyedBy(key: string) {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] }
}

export const proxmoxClusterStatusSchema = z.object({
  observedGeneration,
  version: z.string().optional().describe('Version of Proxmox VE.'),
  tokenId: z.string().optional().describe('The token in use, without its secret.'),
  quorate: z
    .boolean()
    .optional()
    .describe('Whether the cluster can change anything; absent where the token may not ask (Sys.Audit on /).'),
  nodesOnline: z.string().optional().describe('How many nodes are online, such as 2/3.'),
  nodes: z
    .array(
      z.object({
        name: z.string().describe('Name of the node.'),
        online: z.boolean().describe('Whether the cluster reaches it.'),
        fingerprint: z.string().optional().describe('Fingerprint of its certificate, by which the cluster is known.'),
      }),
    )
    .max(64)
    .meta(keyedBy('name'))
    .optional()
    .describe('The nodes of the cluster.'),
  templates: z
    .array(
      z.object({
        vmid: z.int().describe('Id of the template.'),
        name: z.string().optional().describe('Its name.'),
        node: z.string().describe('The node that it is on.'),
        type: z.string().describe('qemu or lxc.'),
      }),
    )
    .max(64)
    .meta(keyedBy('vmid'))
    .optional()
    .describe('Templates that the token may clone.'),
  vlans: countSchema.optional().describe('Tags of the range.'),
  vmids: countSchema.optional().describe('Ids of the range.'),
  missingRights: z
    .array(
      z.object({
        path: z.string().describe('Where the rights are missing.'),
        privileges: z.array(z.string()).describe('Which.'),
        command: z.string().describe('What grants them, run by an administrator on any node.'),
      }),
    )
    .max(64)
    .meta(keyedBy('path'))
    .optional()
    .describe('Rights that the token needs and does not have.'),
  excessRights: z
    .array(
      z.object({
        path: z
          .string()
          .describe('Where the rights are too many: a path of the token, or a role that tenants may get.'),
        privileges: z.array(z.string()).describe('Which.'),
        allows: z.string().describe('What somebody who has the token, or the role, could do with them.'),
      }),
    )
    .max(64)
    .meta(keyedBy('path'))
    .optional()
    .describe('Rights that the token has and does not need, or that users of tenants should not get.'),
  conditions: conditionList(16, 'What is known about this cluster, by type.'),
})

export type ProxmoxClusterStatus = z.infer<typeof proxmoxClusterStatusSchema>
