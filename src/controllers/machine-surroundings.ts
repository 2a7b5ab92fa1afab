/** What a pass over the machines of a tenant has to know besides each machine: whose they are, where, and what else is there. */
import {
  type NetworkLease,
  parseNetworkLease,
  parseTenantMachine,
  parseTenantPlan,
  type TenantMachine,
} from '../crds/parse.ts'
import { proxmoxClusterOf, type TenantCache } from '../kube/tenant-cache.ts'
import { overAllowance } from '../plan/machine-allowance.ts'
import type { MachineIntent } from '../plan/machine-intent.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import type { ProxmoxProblem } from '../plan/proxmox-view.ts'
import type { TenantIdentity } from '../plan/release.ts'

export interface MachineSurroundings {
  readonly tenant: TenantIdentity
  readonly namespace: string
  /** Undefined where the tenant has no part of a Proxmox VE cluster. */
  readonly cluster: string | undefined
  readonly lease: NetworkLease | undefined
  /** A former self of the tenant, by whose marks its guests are known as well. */
  readonly adopt?: string
  /** The tenant itself is on its way out: nothing new is made for it. */
  readonly isLeaving: boolean
  /** Why guests are left where they are when their machines go. */
  readonly left?: 'NamespaceDeleted' | 'TenantGone' | 'Abandoned'
  /** Why a machine may have no more than it has. */
  over(name: string): ProxmoxProblem | undefined
  /** Every machine of the cluster, whoever has it. */
  intents(cluster: string): MachineIntent[]
  /** Addresses that the other machines of this tenant have. */
  addressesBut(name: string): string[]
  /** What this very pass has given to a machine, of which the watch does not know yet. */
  place(intent: MachineIntent, address: string): void
}

type Cache = Pick<TenantCache, 'tenants' | 'plans' | 'namespaces' | 'networkLeases' | 'machines'>

/** Undefined where the namespace is nobody's. */
export function surroundingsOf(cache: Cache, name: string): MachineSurroundings | undefined {
  const namespace = names.namespaceName(name)
  const labelled = cache.namespaces.get(namespace)
  const uid = labelled?.metadata.labels?.[names.TENANT_UID_LABEL]
  if (labelled?.metadata.labels?.[names.TENANT_LABEL] !== name || uid === undefined) return undefined
  const tenant = { name, uid }
  const found = cache.tenants.get(name)
  const owner = found?.metadata.uid === uid ? found : undefined
  const lease = leaseOf(cache, tenant)
  const annotations = owner?.metadata.annotations ?? {}
  const adopt = annotations[names.ADOPT_ANNOTATION]
  const isLeaving = owner === undefined || owner.metadata.deletionTimestamp !== undefined
  const left = leftOf(owner, labelled, lease)
  const spec = owner?.spec as { plan?: string } | undefined
  const machines = cache.machines.list(namespace)
  const over = new Map(overOf(cache, spec?.plan, machines).map(one => [one.name, one]))
  const placed = new Map<string, MachineIntent>()
  const addresses = new Map(machines.flatMap(addressOf))
  return {
    tenant,
    namespace,
    cluster: lease?.spec.cluster ?? proxmoxClusterOf(owner),
    lease,
    ...(adopt === undefined ? {} : { adopt }),
    isLeaving,
    ...(left === undefined ? {} : { left }),
    over: machine => over.get(machine),
    intents: cluster => [
      ...intentsOn(cache, cluster).filter(one => one.tenantUid !== uid || !placed.has(one.name)),
      ...placed.values(),
    ],
    addressesBut: machine => [...addresses].flatMap(([other, address]) => (other === machine ? [] : [address])),
    place(intent, address) {
      placed.set(intent.name, intent)
      addresses.set(intent.name, address)
    },
  }
}

function addressOf({ metadata, status }: KubeObject): [string, string][] {
  const { address } = (status ?? {}) as { address?: string }
  return address === undefined ? [] : [[metadata.name, address]]
}

function leftOf(
  owner: KubeObject | undefined,
  namespace: KubeObject,
  lease: NetworkLease | undefined,
): MachineSurroundings['left'] {
  if (owner === undefined) return 'TenantGone'
  const { uid, annotations = {}, deletionTimestamp } = owner.metadata
  if (deletionTimestamp === undefined) {
    return namespace.metadata.deletionTimestamp === undefined ? undefined : 'NamespaceDeleted'
  }
  // What is left behind is written down in the lease first.
  const isRecorded = lease === undefined || lease.status?.abandoned !== undefined
  return annotations[names.ABANDON_ANNOTATION] === uid && isRecorded ? 'Abandoned' : undefined
}

/** That one cannot be read which an older operator has stored does not make its tenant networkless: it is only not used. */
function leaseOf({ networkLeases }: Cache, { uid }: TenantIdentity): NetworkLease | undefined {
  const leases = networkLeases.indexed(uid).flatMap(object => {
    const parsed = parseNetworkLease(object)
    return parsed.ok ? [parsed.value] : []
  })
  return leases.find(({ status }) => status?.releasedAt === undefined)
}

function overOf({ plans }: Cache, plan: string | undefined, machines: readonly KubeObject[]) {
  const parsed = parseTenantPlan(plans.get(plan ?? ''))
  if (!parsed.ok) return []
  const counted = machines.flatMap(object => {
    const { creationTimestamp = '', deletionTimestamp } = object.metadata
    const machine = parseTenantMachine(object)
    if (!machine.ok || deletionTimestamp !== undefined) return []
    return [{ name: object.metadata.name, creationTimestamp, spec: machine.value.spec }]
  })
  return overAllowance(parsed.value.spec.machines, counted)
}

/** One that is not on any cluster yet takes no room. */
function intentsOn({ machines, namespaces }: Cache, cluster: string): MachineIntent[] {
  return machines.list().flatMap(object => {
    const status = (object.status ?? {}) as Partial<TenantMachine['status']>
    if (status?.cluster !== cluster || status.vmid === undefined) return []
    const { name, namespace = '' } = object.metadata
    const tenantUid = namespaces.get(namespace)?.metadata.labels?.[names.TENANT_UID_LABEL] ?? ''
    const parsed = parseTenantMachine(object)
    return [{ tenantUid, name, ...(parsed.ok ? { spec: parsed.value.spec } : {}), status }]
  })
}
