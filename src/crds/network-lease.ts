/**
 * `NetworkLease`: one VLAN tag on one ProxmoxCluster, held by one tenant. Its name is made of the two, so that the API server
 * itself keeps a tag from being given out twice. The only place where its fields are written down.
 */
import { z } from 'zod'
import { conditionList, observedGeneration } from './condition.ts'
import { withTransitions } from './rule.ts'
import { objectName, tenantName } from './scalar.ts'

export const networkLeaseSpecSchema = withTransitions(
  z.object({
    cluster: objectName.describe('The ProxmoxCluster.'),
    tag: z.int().min(1).max(65_535).describe('The tag.'),
    tenant: z
      .object({
        name: tenantName.describe('Its name.'),
        uid: z.string().min(1).max(64).describe('Its uid: another tenant of the same name is somebody else.'),
      })
      .describe('The tenant that has it.'),
  }),
  { cel: 'self == oldSelf', message: 'cannot be changed: delete the tenant, and the tag comes free' },
)

/** What was left behind in Proxmox VE when somebody gave up on it. */
export const abandonedSchema = z.object({
  at: z.iso.datetime().describe('When.'),
  pool: z.string().describe('The pool with everything of the tenant.'),
  machines: z
    .array(
      z.object({
        name: z.string().describe('Name of the machine.'),
        vmid: z.int().optional().describe('Its id; absent where it had none yet.'),
      }),
    )
    .max(256)
    .describe('The machines that were there, as far as anybody knew.'),
  users: z
    .array(z.string())
    .max(256)
    .optional()
    .describe('The users that were there, as far as anybody knew: their passwords work until somebody deletes them.'),
})

export const networkLeaseStatusSchema = z.object({
  observedGeneration,
  phase: z
    .enum(['Pending', 'Ready', 'Releasing', 'Quarantined', 'Abandoned'])
    .optional()
    .describe(
      'Pending: its network is being made. Ready: it is in force. Releasing: it is being taken away. Quarantined: it is gone, and the tag waits. Abandoned: it was left behind on purpose; delete the lease when it is cleared away.',
    ),
  vnet: z.string().optional().describe('Its vnet; absent on a bridge.'),
  bridge: z.string().optional().describe('What a network card is connected to: the vnet, or the bridge.'),
  subnet: z.string().optional().describe('Its network, such as 10.64.110.0/24.'),
  gateway: z.string().optional().describe('The first address of the network, for a router.'),
  releasedAt: z.iso.datetime().optional().describe('When nothing used it any more, from which the quarantine counts.'),
  abandoned: abandonedSchema.optional().describe('What was left behind, and when.'),
  conditions: conditionList(8, 'Ready, Reconciling and Stalled.'),
})

export type NetworkLeaseSpec = z.infer<typeof networkLeaseSpecSchema>
export type NetworkLeaseStatus = z.infer<typeof networkLeaseStatusSchema>
