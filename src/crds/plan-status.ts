/** What the operator says of a plan. */
import { z } from 'zod'
import { conditionList, observedGeneration } from './condition.ts'

export const tenantPlanStatusSchema = z.object({
  observedGeneration,
  chart: z
    .object({
      name: z.string().describe('Name of the chart.'),
      repository: z.string().optional().describe('Where it comes from; absent for a chart of the operator.'),
      version: z.string().describe('The version that all tenants of the plan get.'),
      digest: z.string().describe('SHA-256 of its archive. An archive of this version with another one is refused.'),
      request: z.string().describe('Digest of what was asked for. Something else is resolved anew.'),
    })
    .optional()
    .describe('What the chart of the plan was resolved to. It stays until something else is asked for.'),
  lastHandledReconcileAt: z
    .string()
    .optional()
    .describe('Value of the annotation tenantry.dev/reconcile-requested-at for which the chart was resolved.'),
  conditions: conditionList(8, 'Ready, Reconciling and Stalled.'),
})

export type TenantPlanStatus = z.infer<typeof tenantPlanStatusSchema>
