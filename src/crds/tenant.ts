/** `Tenant`: one customer's environment. The only place where its fields are written down. */
import { z } from 'zod'
import { conditionSchema } from './condition.ts'
import { email, hostName, objectName, quantity } from './scalar.ts'

export const quotaSchema = z.object({
  cpu: quantity.optional().describe('CPU that all pods of the tenant may request together, such as "4".'),
  memory: quantity.optional().describe('Memory that all pods of the tenant may request together, such as "8Gi".'),
  storage: quantity.optional().describe('Storage that all volume claims of the tenant may request together.'),
  pods: z.int().min(1).max(1000).optional().describe('How many pods may exist at once.'),
})

export const ownerSchema = z.object({
  name: z.string().min(1).max(120).optional().describe('Who answers for this tenant.'),
  email: email.describe('Where this person is reached. Also the user name of the application administrator.'),
})

export const overridesSchema = z.object({
  quota: quotaSchema.optional().describe('Replaces single values of the quota of the plan.'),
  database: z
    .object({
      instances: z.int().optional().describe('PostgreSQL instances: 1, or 3 with synchronous replication.'),
      storage: quantity.optional().describe('Size of the volume of each instance. Can grow, never shrink.'),
    })
    .optional()
    .describe('Replaces single values of the database of the plan.'),
  app: z
    .object({
      apiReplicas: z.int().min(1).max(20).optional().describe('API pods.'),
      webReplicas: z.int().min(1).max(20).optional().describe('Web pods.'),
      limits: z.record(z.string(), z.int().min(0)).optional().describe('Single limits of the application.'),
    })
    .optional()
    .describe('Replaces single values of the app of the plan.'),
})

export const tenantSpecSchema = z.object({
  companyName: z.string().min(1).max(120).describe('The name of the customer, as its users read it.'),
  owner: ownerSchema.describe('The person who answers for this tenant.'),
  plan: objectName.describe('The TenantPlan that says what this tenant gets.'),
  domain: hostName.optional().describe('Host name of the application. Without it: <name>.<base domain of the operator>.'),
  overrides: overridesSchema.optional().describe('Where this tenant differs from its plan.'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What becomes of the database volumes and credentials when the tenant is deleted.'),
  deletionProtection: z.boolean().default(false).describe('While true, deleting this tenant is refused.'),
})

export const tenantStatusSchema = z.object({
  observedGeneration: z.int().default(-1).describe('The metadata.generation the conditions speak of; -1 before the first visit.'),
  namespace: z.string().optional().describe('The namespace that holds everything of this tenant.'),
  url: z.string().optional().describe('Where the web application answers.'),
  apiUrl: z.string().optional().describe('Where the API answers.'),
  credentials: z
    .object({ secretName: z.string(), namespace: z.string(), usernameKey: z.string(), passwordKey: z.string() })
    .optional()
    .describe('Where the credentials of the application administrator are: never the values.'),
  release: z
    .object({ name: z.string(), revision: z.int(), chartVersion: z.string(), digest: z.string() })
    .optional()
    .describe('The Helm release of this tenant.'),
  database: z
    .object({ readyInstances: z.int(), instances: z.int(), primary: z.string().optional(), phase: z.string().optional() })
    .optional()
    .describe('The PostgreSQL cluster as CloudNativePG reports it.'),
  provisioning: z
    .object({ startedAt: z.iso.datetime(), readyAt: z.iso.datetime().optional(), durationSeconds: z.int().optional() })
    .optional()
    .describe('How long it took until this tenant was Ready for the first time.'),
  log: z
    .array(z.object({ time: z.iso.datetime(), stage: z.string(), message: z.string() }))
    .max(20)
    .optional()
    .describe('The last 20 provisioning entries.'),
  conditions: z.array(conditionSchema).max(32).optional().describe('What is known about this tenant, by type.'),
})

export type TenantSpec = z.infer<typeof tenantSpecSchema>
export type TenantStatus = z.infer<typeof tenantStatusSchema>
