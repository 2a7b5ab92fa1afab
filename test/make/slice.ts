/** A tenant's slice of Proxmox VE in tests: what is wanted, what is found, and what steps make of it. */
import { namedMachineSchema } from '../../src/crds/machine.ts'
import { machineName } from '../../src/crds/proxmox-scalar.ts'
import type { TenantSpec } from '../../src/crds/tenant.ts'
import * as names from '../../src/plan/names.ts'
import { ownershipLabels } from '../../src/plan/namespace.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { type Mark, markText } from '../../src/plan/proxmox-mark.ts'
import type { ProxmoxLook, ProxmoxView } from '../../src/plan/proxmox-view.ts'
import type { Step } from '../../src/plan/step.ts'
import { proxmoxSpec } from './proxmox-cluster.ts'
import { TENANT } from './tenant.ts'

export const INSTALLATION = 'here'
export const TAG = 110
export const POOL = 'tenants/acme'
export const MARK: Mark = { installation: INSTALLATION, tenant: TENANT, vlan: TAG }

type ProxmoxWish = NonNullable<TenantSpec['proxmox']>

export function makeProxmox(given: Partial<ProxmoxWish> = {}): ProxmoxWish {
  return { cluster: 'proxmox', users: [], ...given }
}

export function makeMachine(name: string, given: Record<string, unknown> = {}): TenantSpec['machines'][number] {
  return namedMachineSchema(machineName).parse({ name, template: { vmid: 9000 }, ...given })
}

export function emptyView(given: Partial<ProxmoxView> = {}): ProxmoxView {
  return { nodes: [], guests: [], storages: [], pools: [], users: [], grants: [], vnets: [], ...given }
}

export function makeLook(
  view: Partial<ProxmoxView> = {},
  given: Pick<Extract<ProxmoxLook, { found: 'view' }>, 'lacking' | 'blind'> = {},
): ProxmoxLook {
  return { found: 'view', spec: proxmoxSpec(), view: emptyView(view), ...given }
}

export function makeLease({
  tag = TAG,
  tenant = TENANT,
  status = { observedGeneration: 1, phase: 'Ready', vnet: 'tn32', subnet: '10.64.110.0/24', gateway: '10.64.110.1' },
  metadata = {},
}: {
  readonly tag?: number
  readonly tenant?: { readonly name: string; readonly uid: string }
  readonly status?: Record<string, unknown>
  readonly metadata?: Partial<KubeObject['metadata']>
} = {}): KubeObject {
  const name = names.networkLeaseName('proxmox', tag)
  return {
    apiVersion: names.API_VERSION,
    kind: 'NetworkLease',
    metadata: { name, uid: `uid-of-${name}`, labels: ownershipLabels(tenant), ...metadata },
    spec: { cluster: 'proxmox', tag, tenant },
    status,
  }
}

export function makeClusterObject(): KubeObject {
  const metadata = { name: 'proxmox', generation: 1 }
  return { apiVersion: names.API_VERSION, kind: 'ProxmoxCluster', metadata, spec: proxmoxSpec() }
}

export function makeNamespaceObject(metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  const name = names.namespaceName(TENANT.name)
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: 'namespace-uid', labels: ownershipLabels(TENANT), ...metadata },
  }
}

/** A TenantMachine as another pass reports it. */
export function reported(
  machine: KubeObject,
  status: 'True' | 'False',
  reason: string,
  message: string = reason,
): KubeObject {
  const { generation = 1 } = machine.metadata
  const condition = { type: 'Ready', status, reason, message, observedGeneration: generation, lastTransitionTime: '' }
  return {
    ...machine,
    metadata: { uid: `uid-of-${machine.metadata.name}`, generation, ...machine.metadata },
    status: { observedGeneration: generation, conditions: [condition] },
  }
}

/** What is in Proxmox VE, and which Secrets there are, after these steps. */
export interface SliceWorld {
  readonly view: ProxmoxView
  readonly secrets: ReadonlySet<string>
}

export function sliceAfter(world: SliceWorld, steps: readonly Step[]): SliceWorld {
  return steps.reduce(afterStep, world)
}

function afterStep({ view, secrets }: SliceWorld, step: Step): SliceWorld {
  const changed = (change: Partial<ProxmoxView>) => ({ view: { ...view, ...change }, secrets })
  switch (step.do) {
    case 'kube.createSecret':
      return { view, secrets: new Set([...secrets, step.secret.object.metadata.name]) }
    case 'proxmox.createPool':
      if (view.pools.some(({ pool }) => pool === step.pool)) return { view, secrets }
      return changed({ pools: [...view.pools, { pool: step.pool, comment: markText(step.mark) }] })
    case 'proxmox.markPool':
      return changed({
        pools: view.pools.map(found =>
          found.pool === step.pool && found.comment === step.seen ? { ...found, comment: markText(step.mark) } : found,
        ),
      })
    case 'proxmox.createUser':
      if (!secrets.has(step.password.name)) throw new Error(`no Secret ${step.password.name}`)
      if (view.users.some(({ user }) => user === step.user)) return { view, secrets }
      return changed({ users: [...view.users, { user: step.user, comment: markText(step.mark) }] })
    case 'proxmox.deleteUser':
      return changed({
        users: view.users.filter(({ user }) => user !== step.user),
        grants: view.grants.filter(({ user }) => user !== step.user),
      })
    case 'proxmox.deletePool':
      return changed({ pools: view.pools.filter(({ pool }) => pool !== step.pool) })
    case 'proxmox.grant':
    case 'proxmox.revoke': {
      const { path, user, role } = step
      const others = view.grants.filter(grant => grant.path !== path || grant.user !== user || grant.role !== role)
      return changed({
        grants: step.do === 'proxmox.revoke' ? others : [...others, { path, user, role, propagate: true }],
      })
    }
    default:
      throw new Error(`a slice has no use for ${step.do}`)
  }
}
