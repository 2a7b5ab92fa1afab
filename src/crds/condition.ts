/** Conditions as kstatus and `kubectl wait` read them. */
import { z } from 'zod'

/** Conditions that are good news when `True`. */
export const POSITIVE_CONDITIONS = [
  'Ready',
  'Available',
  'NamespaceReady',
  'CredentialsReady',
  'ReleaseReady',
  'DatabaseReady',
] as const

/** Conditions that are bad or passing news when `True`, and absent or `False` otherwise. */
export const ABNORMAL_CONDITIONS = ['Reconciling', 'Stalled', 'Drifted', 'Deleting'] as const

/** Of tenants that have a part of a Proxmox VE cluster; good news when `True`. */
export const PROXMOX_CONDITIONS = ['NetworkReady', 'ProxmoxReady', 'MachinesReady'] as const

/** All conditions of a Tenant. */
export const TENANT_CONDITIONS = [...POSITIVE_CONDITIONS, ...PROXMOX_CONDITIONS, ...ABNORMAL_CONDITIONS] as const

/** Those of a ProxmoxCluster. */
export const CLUSTER_CONDITIONS = ['Ready', 'Reachable', 'Authorized', 'Reconciling', 'Stalled'] as const

/** Those of a TenantPlan. */
export const PLAN_CONDITIONS = ['Ready', 'Reconciling', 'Stalled'] as const

/** Those of a NetworkLease. */
export const LEASE_CONDITIONS = ['Ready', 'Reconciling', 'Stalled'] as const

/** Those of a TenantMachine. */
export const MACHINE_CONDITIONS = ['Ready', 'PendingReboot', 'Reconciling', 'Stalled', 'Deleting'] as const

export type ConditionType =
  | (typeof TENANT_CONDITIONS)[number]
  | (typeof CLUSTER_CONDITIONS)[number]
  | (typeof MACHINE_CONDITIONS)[number]

/** What each condition says when it is `True`. */
export const CONDITION_MEANINGS: Readonly<Record<ConditionType, string>> = {
  Ready: 'Everything is as the spec and the plan say.',
  Available: 'The application answers, converged or not.',
  NamespaceReady: 'Namespace, quota, network policies and access are in place.',
  CredentialsReady: 'The credentials are in their Secrets.',
  ReleaseReady: 'The Helm release has the desired chart and values.',
  DatabaseReady: 'Every database instance is ready.',
  NetworkReady: 'Its network in Proxmox VE is in force on every node.',
  ProxmoxReady: 'Its pool, its users and their rights are in place in Proxmox VE.',
  MachinesReady: 'Every machine is as it should be.',
  PendingReboot: 'Settings were changed that come into force with the next start.',
  Reachable: 'One of the endpoints answers, and is the one that is trusted.',
  Authorized: 'The token has every right that the operator needs. Its reason tells whether it has too many.',
  Reconciling: 'Something is still on its way, or is tried again by itself.',
  Stalled: 'Nothing is tried any more: only an edit of the object helps.',
  Drifted: 'Something was deleted or edited by hand. It is put back, a few times; then whoever keeps at it is named.',
  Deleting: 'The environment is being taken away.',
}

export const conditionSchema = z.object({
  type: z.string().max(316).describe('Which aspect this is about, such as Ready or DatabaseReady.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  reason: z.string().min(1).max(1024).describe('One CamelCase word for programs; docs/reasons.md explains each.'),
  message: z
    .string()
    .max(32768)
    .describe('One sentence for people. The same situation always gives the same sentence.'),
  observedGeneration: z.int().min(0).optional().describe('The metadata.generation this was computed from.'),
  lastTransitionTime: z.iso.datetime().describe('When status last changed.'),
})

export type Condition = z.infer<typeof conditionSchema>

/** Of a status, so that tools that read it before the operator's first visit see that nothing is known yet. */
export const observedGeneration = z
  .int()
  .default(-1)
  .describe('The metadata.generation the conditions speak of; -1 before the first visit.')

/** Of a status: at most so many, one of each type. */
export function conditionList(most: number, description: string) {
  return z
    .array(conditionSchema)
    .max(most)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe(description)
}
