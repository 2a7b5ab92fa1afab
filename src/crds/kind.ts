/** The kinds of this project, as data: names, columns and schemas. What a CustomResourceDefinition says follows from it. */
import { PLAN_CONDITIONS, TENANT_CONDITIONS } from './condition.ts'
import { age, type Kind, messageColumn, readyColumns } from './kind-shape.ts'
import { tenantPlanStatusSchema } from './plan-status.ts'
import { networkLeaseKind, proxmoxClusterKind, tenantMachineKind } from './proxmox-kind.ts'
import { tenantName } from './scalar.ts'
import { tenantSpecSchema, tenantStatusSchema } from './tenant.ts'
import { tenantPlanSpecSchema } from './tenant-plan.ts'
import { tenantReleaseSpecSchema } from './tenant-release.ts'

export const tenantKind = {
  kind: 'Tenant',
  plural: 'tenants',
  shortName: 'ten',
  scope: 'Cluster',
  description:
    'One customer, and the environment it gets: a namespace with database, API, web application and ingress.',
  name: tenantName,
  spec: tenantSpecSchema,
  status: tenantStatusSchema,
  selectable: ['plan'],
  conditions: TENANT_CONDITIONS,
  columns: [
    { name: 'Plan', type: 'string', jsonPath: '.spec.plan', description: 'The TenantPlan.' },
    ...readyColumns('Whether all is as it should be.'),
    {
      name: 'DB',
      type: 'integer',
      jsonPath: '.status.database.readyInstances',
      description: 'Database instances that are ready.',
    },
    {
      name: 'Machines',
      type: 'string',
      jsonPath: '.status.machines.summary',
      description: 'Machines that are ready, of all.',
    },
    { name: 'VLAN', type: 'integer', jsonPath: '.status.network.vlan', description: 'Its tag in Proxmox VE.' },
    { name: 'URL', type: 'string', jsonPath: '.status.url', description: 'Where the application answers.' },
    { name: 'Namespace', type: 'string', jsonPath: '.status.namespace', description: 'Where it lives.', wide: true },
    { name: 'Pool', type: 'string', jsonPath: '.status.pool', description: 'Its pool in Proxmox VE.', wide: true },
    {
      name: 'Version',
      type: 'string',
      jsonPath: '.status.release.chartVersion',
      description: 'Version of the chart.',
      wide: true,
    },
    messageColumn('The same in a sentence.'),
    age,
  ],
} as const satisfies Kind

export const tenantPlanKind = {
  kind: 'TenantPlan',
  plural: 'tenantplans',
  shortName: 'tplan',
  scope: 'Cluster',
  description: 'A tier: what each of its tenants gets.',
  spec: tenantPlanSpecSchema,
  status: tenantPlanStatusSchema,
  conditions: PLAN_CONDITIONS,
  selectable: [],
  columns: [
    { name: 'Chart', type: 'string', jsonPath: '.spec.chart.name', description: 'The chart.' },
    { name: 'Version', type: 'string', jsonPath: '.status.chart.version', description: 'Its version, as resolved.' },
    ...readyColumns('Whether tenants can have it.'),
    { name: 'Display name', type: 'string', jsonPath: '.spec.displayName', description: 'As customers read it.' },
    { name: 'DB', type: 'integer', jsonPath: '.spec.database.instances', description: 'Database instances.' },
    { name: 'Storage', type: 'string', jsonPath: '.spec.database.storage', description: 'Volume of each instance.' },
    { name: 'CPU', type: 'string', jsonPath: '.spec.quota.cpu', description: 'The most that one tenant may request.' },
    {
      name: 'Memory',
      type: 'string',
      jsonPath: '.spec.quota.memory',
      description: 'The most that one tenant may use.',
    },
    age,
  ],
} as const satisfies Kind

export const tenantReleaseKind = {
  kind: 'TenantRelease',
  plural: 'tenantreleases',
  shortName: 'trel',
  scope: 'Namespaced',
  description:
    "The operator's own record of one Helm release: what it has, or may have, in the cluster. Not for people to edit.",
  spec: tenantReleaseSpecSchema,
  selectable: [],
  columns: [
    { name: 'Release', type: 'string', jsonPath: '.spec.release', description: 'The Helm release.' },
    { name: 'Revision', type: 'integer', jsonPath: '.spec.revision', description: 'Its revision.' },
    { name: 'Chart', type: 'string', jsonPath: '.spec.chartVersion', description: 'Version of the chart.' },
    age,
  ],
} as const satisfies Kind

export const KINDS: readonly Kind[] = [
  tenantKind,
  tenantPlanKind,
  tenantReleaseKind,
  proxmoxClusterKind,
  networkLeaseKind,
  tenantMachineKind,
]
