/** `Tenant`: one customer's environment. The only place where its fields are written down. */
import { z } from 'zod'
import { conditionList, observedGeneration } from './condition.ts'
import { databaseInstances, limits } from './plan-field.ts'
import { type Rule, withRules, withTransitions } from './rule.ts'
import { byteQuantity, cpuQuantity, email, hostName, line, objectName } from './scalar.ts'
import {
  tenantMachinesSchema,
  tenantMachinesStatusSchema,
  tenantNetworkStatusSchema,
  tenantProxmoxSchema,
} from './tenant-proxmox.ts'

export const quotaSchema = z.object({
  cpu: cpuQuantity.optional().describe('CPU that all pods of the tenant may request together, such as "4".'),
  memory: byteQuantity.optional().describe('Memory that all pods of the tenant may request together, such as 8Gi.'),
  storage: byteQuantity.optional().describe('Storage that all volume claims of the tenant may request together.'),
  pods: z.int().min(1).max(1000).optional().describe('How many pods may exist at once.'),
})

export const ownerSchema = z.object({
  name: line.optional().describe('Who answers for this tenant.'),
  email: email.describe(
    'Where this person is reached. The first administrator of the application gets it as user name, once and for all.',
  ),
})

export const overridesSchema = z.object({
  quota: quotaSchema.optional().describe('Replaces single values of the quota of the plan.'),
  database: z
    .object({
      instances: databaseInstances.optional().describe('PostgreSQL instances: 1, or 3 with synchronous replication.'),
      storage: byteQuantity
        .optional()
        .describe('Size of the volume of each instance. It can grow, but neither shrink nor be taken back.'),
    })
    .optional()
    .describe('Replaces single values of the database of the plan.'),
  app: z
    .object({
      apiReplicas: z.int().min(1).max(20).optional().describe('API pods.'),
      webReplicas: z.int().min(1).max(20).optional().describe('Web pods.'),
      limits: limits.optional().describe('Single limits of the application, over those of the plan.'),
    })
    .optional()
    .describe('Replaces single values of the app of the plan.'),
})

const machinesNeedProxmox: Rule<{ proxmox?: unknown; machines: readonly unknown[] }> = {
  cel: 'has(self.proxmox) || !has(self.machines) || self.machines.size() == 0',
  message: 'must be set for machines: they have to be somewhere',
  holds: ({ proxmox, machines }) => proxmox !== undefined || machines.length === 0,
  field: 'proxmox',
}

const specSchema = z.object({
  companyName: line.describe('The name of the customer, as its users read it.'),
  owner: ownerSchema.describe('The person who answers for this tenant.'),
  plan: objectName.describe('The TenantPlan that says what this tenant gets.'),
  domain: hostName
    .optional()
    .describe('Host name of the application. Without it: <name>.<base domain of the operator>.'),
  overrides: overridesSchema.optional().describe('Where this tenant differs from its plan.'),
  proxmox: tenantProxmoxSchema.optional().describe('The part of a Proxmox VE cluster that this tenant gets.'),
  machines: tenantMachinesSchema
    .prefault([])
    .describe('Virtual machines and containers. One that is taken from the list is destroyed.'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe(
      'What becomes of the database volumes and credentials when the tenant is deleted. Virtual machines and containers are destroyed with their disks either way.',
    ),
  deletionProtection: z.boolean().default(false).describe('While true, deleting this tenant is refused.'),
})

export const tenantSpecSchema = withTransitions(
  withRules(specSchema, machinesNeedProxmox),
  {
    cel: 'has(self.proxmox) || !has(oldSelf.proxmox)',
    message: 'cannot be removed: the machines of this tenant are there. Delete the tenant',
    field: 'proxmox',
  },
  {
    // On the spec, for the rule of an optional field is not asked when the field goes.
    cel: [
      `!${hasStorage('oldSelf')}`,
      `(${hasStorage('self')} && ${storage('self')}.compareTo(${storage('oldSelf')}) >= 0)`,
      // What is no quantity has a rule of its own that says so.
      `(${hasStorage('self')} && !isQuantity(string(self.overrides.database.storage)))`,
    ].join(' || '),
    message: 'must not shrink or be removed: a volume of a database can only grow',
    field: 'overrides.database.storage',
  },
)

function hasStorage(self: string): string {
  return `(has(${self}.overrides) && has(${self}.overrides.database) && has(${self}.overrides.database.storage))`
}

function storage(self: string): string {
  return `quantity(string(${self}.overrides.database.storage))`
}

export const tenantStatusSchema = z.object({
  observedGeneration,
  namespace: z.string().optional().describe('The namespace that holds everything of this tenant.'),
  url: z.string().optional().describe('Where the web application answers.'),
  apiUrl: z.string().optional().describe('Where the API answers.'),
  credentials: z
    .object({
      secretName: z.string().describe('Name of the Secret.'),
      namespace: z.string().describe('Its namespace.'),
      usernameKey: z.string().describe('Key of the user name in the Secret.'),
      passwordKey: z.string().describe('Key of the password in the Secret.'),
    })
    .optional()
    .describe('Where the credentials of the application administrator are: never the values.'),
  release: z
    .object({
      name: z.string().describe('Name of the release, as `helm list` shows it.'),
      revision: z.int().describe('Its revision.'),
      chartVersion: z.string().describe('Version of the chart.'),
      digest: z.string().describe('Digest of chart and values.'),
    })
    .optional()
    .describe('The Helm release of this tenant.'),
  database: z
    .object({
      readyInstances: z.int().describe('Instances that are ready.'),
      instances: z.int().describe('Instances that there should be.'),
      primary: z.string().optional().describe('The instance that takes writes.'),
      phase: z.string().optional().describe('What CloudNativePG is at, in its own words.'),
    })
    .optional()
    .describe('The PostgreSQL cluster as CloudNativePG reports it.'),
  pool: z.string().optional().describe('The pool in Proxmox VE with everything of this tenant.'),
  network: tenantNetworkStatusSchema.optional().describe('Its network in Proxmox VE.'),
  machines: tenantMachinesStatusSchema.optional().describe('How many of its machines are ready.'),
  provisioning: z
    .object({
      startedAt: z.iso.datetime().describe('When this tenant was made.'),
      readyAt: z.iso.datetime().optional().describe('When it was Ready for the first time.'),
      durationSeconds: z.int().optional().describe('The seconds between the two.'),
    })
    .optional()
    .describe('How long it took until this tenant was Ready for the first time.'),
  log: z
    .array(
      z.object({
        time: z.iso.datetime().describe('When it was so.'),
        stage: z.string().describe('The reason of the condition Ready then.'),
        message: z.string().describe('Its message.'),
      }),
    )
    .max(20)
    .optional()
    .describe('The last 20 provisioning entries.'),
  conditions: conditionList(32, 'What is known about this tenant, by type.'),
})

export type TenantSpec = z.infer<typeof tenantSpecSchema>
export type TenantStatus = z.infer<typeof tenantStatusSchema>
