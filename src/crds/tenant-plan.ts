/** `TenantPlan`: what every tenant of one tier gets. The only place where its fields are written down. */
import { z } from 'zod'
import { chartSchema } from './plan-chart.ts'
import { databaseInstances, limits } from './plan-field.ts'
import { OWN_CHART_RULES } from './plan-own-chart.ts'
import { QUOTA_RULES } from './plan-quota.ts'
import { withRules, withTransitions } from './rule.ts'
import {
  byteQuantity,
  cpuQuantity,
  freeForm,
  imageReference,
  line,
  objectName,
  postgresImage,
  urlPath,
} from './scalar.ts'

const podResourcesSchema = z.object({
  cpu: cpuQuantity.describe('CPU that each pod requests.'),
  memory: byteQuantity.describe('Memory that each pod requests and may not exceed.'),
})

const databaseSchema = withTransitions(
  z.object({
    image: postgresImage.describe('PostgreSQL image for CloudNativePG.'),
    instances: databaseInstances.default(1).describe('1, or 3 with synchronous replication.'),
    storage: byteQuantity.prefault('50Gi').describe('Size of the volume of each instance.'),
    storageClassName: objectName.optional().describe('Storage class of the volumes; the default class without it.'),
    resources: podResourcesSchema.prefault({ cpu: '250m', memory: '512Mi' }).describe('What each instance gets.'),
  }),
  {
    cel: [
      'quantity(string(self.storage)).compareTo(quantity(string(oldSelf.storage))) >= 0',
      '!isQuantity(string(self.storage))',
    ].join(' || '),
    message: 'must not shrink: a volume of a database can only grow',
    field: 'storage',
  },
  {
    cel: [
      'has(self.storageClassName) == has(oldSelf.storageClassName)',
      '(!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)',
    ].join(' && '),
    message: 'cannot be changed, added or removed: volumes stay in the class they were made in. Make another plan',
    field: 'storageClassName',
  },
)

const exposureSchema = withRules(
  z.object({
    ingressClassName: objectName.optional().describe('Ingress class; the default class of the cluster without it.'),
    clusterIssuer: objectName.optional().describe('cert-manager ClusterIssuer that signs the certificates.'),
    tlsSecretName: objectName.optional().describe('Secret with a certificate, in the namespace of the tenant.'),
    probePaths: z
      .array(urlPath)
      .max(5)
      .optional()
      .describe(
        'Paths that have to answer below 400 for Available. / and /api/readyz for charts/tenant, / for another chart.',
      ),
  }),
  {
    cel: '!(has(self.clusterIssuer) && has(self.tlsSecretName))',
    message: 'must have either clusterIssuer or tlsSecretName, not both: a certificate is signed or brought along',
    holds: ({ clusterIssuer, tlsSecretName }) => clusterIssuer === undefined || tlsSecretName === undefined,
  },
)

export const tenantPlanSpecSchema = withRules(
  z.object({
    displayName: line.describe('The name of this tier, as customers read it.'),
    chart: chartSchema.prefault({}).describe('The chart that each tenant gets.'),
    app: z
      .object({
        apiImage: imageReference.optional().describe('Image of the API. Required for charts/tenant.'),
        webImage: imageReference.optional().describe('Image of the web application. Required for charts/tenant.'),
        apiReplicas: z.int().min(1).max(20).default(2).describe('API pods.'),
        webReplicas: z.int().min(1).max(20).default(2).describe('Web pods.'),
        apiResources: podResourcesSchema.prefault({ cpu: '100m', memory: '256Mi' }).describe('What each API pod gets.'),
        webResources: podResourcesSchema.prefault({ cpu: '50m', memory: '128Mi' }).describe('What each web pod gets.'),
        limits: limits.optional().describe('Limits the application enforces, such as users.'),
        values: freeForm
          .optional()
          .describe(
            'Values of another chart than charts/tenant. In them, ${host} and the like stand for what is so of each tenant.',
          ),
      })
      .describe('The application.'),
    database: databaseSchema.optional().describe('The database. Required for charts/tenant.'),
    quota: z
      .object({
        cpu: cpuQuantity.describe('CPU that all pods of a tenant may request together.'),
        memory: byteQuantity.describe('Memory that all pods of a tenant may request together.'),
        storage: byteQuantity.describe('Storage that all volume claims of a tenant may request together.'),
        pods: z.int().min(1).max(1000).describe('How many pods may exist at once.'),
      })
      .describe('The most that one tenant may use. It has to hold what the plan itself runs.'),
    machines: z
      .object({
        count: z.int().min(0).max(256).optional().describe('How many there may be.'),
        cores: z.int().min(0).max(4096).optional().describe('CPU cores of all together.'),
        memory: byteQuantity.optional().describe('Memory of all together.'),
        storage: byteQuantity.optional().describe('Disks of all together, as their sizes are stated.'),
      })
      .optional()
      .describe(
        'The most that all machines of one tenant may have, whoever made them; what is not stated is not limited.',
      ),
    exposure: exposureSchema.prefault({}).describe('How the application is reached from outside.'),
  }),
  ...OWN_CHART_RULES,
  ...QUOTA_RULES,
)

export type TenantPlanSpec = z.infer<typeof tenantPlanSpecSchema>
