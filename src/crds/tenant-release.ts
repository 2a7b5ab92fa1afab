/**
 * `TenantRelease`: the record the operator keeps of one Helm release, written before the first object of a revision is
 * applied, so that pruning survives a crash. The only place where its fields are written down.
 */
import { z } from 'zod'

export const inventoryEntrySchema = z.object({
  apiVersion: z.string().max(317).describe('API group and version of the object.'),
  kind: z.string().max(63).describe('Kind of the object.'),
  namespace: z.string().max(63).optional().describe('Its namespace; absent for a cluster-scoped object.'),
  name: z.string().max(253).describe('Its name.'),
  digest: z
    .string()
    .max(64)
    .optional()
    .describe('Digest of the manifest applied last; absent where nobody knows whether all of it was.'),
  fields: z
    .string()
    .max(64)
    .optional()
    .describe('Digest of the fields that the apply held afterwards: who edits one of them takes it away.'),
  keep: z
    .boolean()
    .optional()
    .describe('True for objects with helm.sh/resource-policy: keep, which outlive the release.'),
  change: z
    .enum(['Apply', 'Delete'])
    .optional()
    .describe(
      "What this revision does to the object: done for certain once Helm's record of the revision says deployed, and unknown before.",
    ),
})

export const tenantReleaseSpecSchema = z.object({
  release: z.string().max(53).describe('Name of the Helm release.'),
  chart: z.string().max(253).describe('Name of the chart.'),
  chartVersion: z.string().max(64).describe('Version of the chart.'),
  digest: z.string().max(64).describe('Digest of chart and values of this revision.'),
  clusterRole: z
    .string()
    .max(253)
    .optional()
    .describe('ClusterRole with the rights of which it was made, and goes; absent in records of older operators.'),
  revision: z.int().min(1).describe('Revision of the Helm release.'),
  inventory: z
    .array(inventoryEntrySchema)
    .max(1000)
    .describe('Every object that this release has, or may have, in the cluster.'),
})

export type InventoryEntry = z.infer<typeof inventoryEntrySchema>
export type TenantReleaseSpec = z.infer<typeof tenantReleaseSpecSchema>
