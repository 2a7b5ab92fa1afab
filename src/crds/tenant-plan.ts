/** `TenantPlan`: what every tenant of one tier gets. The only place where its fields are written down. */
import { z } from 'zod'
import { imageReference, objectName, quantity } from './scalar.ts'

const podResourcesSchema = z.object({
  cpu: quantity.describe('CPU that each pod requests.'),
  memory: quantity.describe('Memory that each pod requests and may not exceed.'),
})

export const tenantPlanSpecSchema = z.object({
  displayName: z.string().min(1).max(120).describe('The name of this tier, as customers read it.'),
  app: z
    .object({
      apiImage: imageReference.describe('Image of the API, with a tag or digest.'),
      webImage: imageReference.describe('Image of the web application, with a tag or digest.'),
      apiReplicas: z.int().min(1).max(20).default(2).describe('API pods.'),
      webReplicas: z.int().min(1).max(20).default(2).describe('Web pods.'),
      apiResources: podResourcesSchema.default({ cpu: '100m', memory: '256Mi' }).describe('What each API pod gets.'),
      webResources: podResourcesSchema.default({ cpu: '50m', memory: '128Mi' }).describe('What each web pod gets.'),
      limits: z.record(z.string(), z.int().min(0)).optional().describe('Limits the application enforces, such as users.'),
    })
    .describe('The application.'),
  database: z
    .object({
      image: imageReference.describe('PostgreSQL image for CloudNativePG; its tag begins with the version.'),
      instances: z.int().default(1).describe('1, or 3 with synchronous replication.'),
      storage: quantity.default('50Gi').describe('Size of the volume of each instance.'),
      storageClassName: objectName.optional().describe('Storage class of the volumes; the default class without it. Immutable.'),
      resources: podResourcesSchema.default({ cpu: '250m', memory: '512Mi' }).describe('What each instance gets.'),
    })
    .describe('The database.'),
  quota: z
    .object({
      cpu: quantity.describe('CPU that all pods of a tenant may request together.'),
      memory: quantity.describe('Memory that all pods of a tenant may request together.'),
      storage: quantity.describe('Storage that all volume claims of a tenant may request together.'),
      pods: z.int().min(1).max(1000).describe('How many pods may exist at once.'),
    })
    .describe('The most that one tenant may use.'),
  exposure: z
    .object({
      ingressClassName: objectName.optional().describe('Ingress class; the default class of the cluster without it.'),
      clusterIssuer: objectName.optional().describe('cert-manager ClusterIssuer that signs the certificates.'),
      tlsSecretName: objectName.optional().describe('Secret with a certificate, in the namespace of the tenant.'),
    })
    .default({})
    .describe('How the application is reached from outside.'),
})

export type TenantPlanSpec = z.infer<typeof tenantPlanSpecSchema>
