/**
 * From whatever the API server sends to an object of one of the kinds, with its defaults. The API server has checked the same rules
 * before; this is for objects that were stored under an older schema. Fields that a newer one adds are left out.
 */
import { z } from 'zod'
import { networkLeaseSpecSchema, networkLeaseStatusSchema } from './network-lease.ts'
import { tenantPlanStatusSchema } from './plan-status.ts'
import { proxmoxClusterSpecSchema } from './proxmox-cluster.ts'
import { proxmoxClusterStatusSchema } from './proxmox-cluster-status.ts'
import { machineName } from './proxmox-scalar.ts'
import { tenantName } from './scalar.ts'
import { tenantSpecSchema, tenantStatusSchema } from './tenant.ts'
import { tenantMachineSpecSchema, tenantMachineStatusSchema } from './tenant-machine.ts'
import { tenantPlanSpecSchema } from './tenant-plan.ts'

const metadataSchema = z.object({
  name: z.string(),
  uid: z.string().optional(),
  generation: z.int().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  finalizers: z.array(z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})

const tenantSchema = z.object({
  metadata: metadataSchema.extend({ name: tenantName }),
  spec: tenantSpecSchema,
  // The operator's own words: whatever became of them, they stand in the way of nothing.
  status: tenantStatusSchema.optional().catch(undefined),
})

const tenantPlanSchema = z.object({
  metadata: metadataSchema,
  spec: tenantPlanSpecSchema,
  status: tenantPlanStatusSchema.optional().catch(undefined),
})

const proxmoxClusterSchema = z.object({
  metadata: metadataSchema,
  spec: proxmoxClusterSpecSchema,
  status: proxmoxClusterStatusSchema.optional().catch(undefined),
})

const networkLeaseSchema = z.object({
  metadata: metadataSchema,
  spec: networkLeaseSpecSchema,
  status: networkLeaseStatusSchema.optional().catch(undefined),
})

const machineStatus = tenantMachineStatusSchema.shape

/** Where its guest is stands nowhere else: without that another one would be made. What is looked up anew may be of any version. */
const storedMachineStatusSchema = tenantMachineStatusSchema.extend({
  observedGeneration: machineStatus.observedGeneration.catch(-1),
  macAddress: machineStatus.macAddress.catch(undefined),
  powerState: machineStatus.powerState.catch(undefined),
  pendingReboot: machineStatus.pendingReboot.catch(undefined),
  conditions: machineStatus.conditions.catch(undefined),
})

const tenantMachineSchema = z.object({
  metadata: metadataSchema.extend({ name: machineName, namespace: z.string() }),
  spec: tenantMachineSpecSchema,
  status: storedMachineStatusSchema.optional(),
})

export type Tenant = z.infer<typeof tenantSchema>
export type TenantPlan = z.infer<typeof tenantPlanSchema>
export type ProxmoxCluster = z.infer<typeof proxmoxClusterSchema>

export type NetworkLease = z.infer<typeof networkLeaseSchema>
export type TenantMachine = z.infer<typeof tenantMachineSchema>

/** `message` names each field at fault: `spec.owner.email: must be …; spec.plan: is required`. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string }

export function parseTenant(object: unknown): Parsed<Tenant> {
  return parsed(tenantSchema, object)
}

/** One object is the same to thousands of tenants: it is read once. */
export function parseTenantPlan(object: unknown): Parsed<TenantPlan> {
  if (typeof object !== 'object' || object === null) return parsed(tenantPlanSchema, object)
  const known = plans.get(object) ?? parsed(tenantPlanSchema, object)
  plans.set(object, known)
  return known
}

const plans = new WeakMap<object, Parsed<TenantPlan>>()

export function parseProxmoxCluster(object: unknown): Parsed<ProxmoxCluster> {
  return parsed(proxmoxClusterSchema, object)
}

export function parseNetworkLease(object: unknown): Parsed<NetworkLease> {
  return parsed(networkLeaseSchema, object)
}

export function parseTenantMachine(object: unknown): Parsed<TenantMachine> {
  return parsed(tenantMachineSchema, object)
}

/** Undefined for a machine that nobody has looked at. */
export function parseMachineStatus(object: unknown): Parsed<TenantMachine['status']> {
  const found = parsed(tenantMachineSchema.pick({ status: true }), object)
  return found.ok ? { ok: true, value: found.value.status } : found
}

function parsed<Value>(schema: z.ZodType<Value>, object: unknown): Parsed<Value> {
  const { success, data, error } = schema.safeParse(object, { error: sentence })
  if (success) return { ok: true, value: data }
  return { ok: false, message: error.issues.map(({ path, message }) => `${fieldName(path)}: ${message}`).join('; ') }
}

/** In the words of the API server, where the schema has none of its own. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is required' : `must be of type ${issue.expected}`
  if (issue.code === 'invalid_union')
    return issue.input === undefined ? 'is required' : 'must be a quantity, such as "4" or 10Gi'
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  return undefined
}

function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'object'
  return path
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
