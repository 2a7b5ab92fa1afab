import { expect, test } from 'vitest'
import { proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import {
  INSTALLATION,
  MARK,
  makeLease,
  makeLook,
  makeMachine,
  makeProxmox,
  POOL,
  reported,
} from '../../test/make/slice.ts'
import { TENANT } from '../../test/make/tenant.ts'
import { type NetworkLease, parseNetworkLease } from '../crds/parse.ts'
import { desiredMachines } from './machine-objects.ts'
import { markText } from './proxmox-mark.ts'
import type { ProxmoxView } from './proxmox-view.ts'
import { type DesiredSlice, desiredSlice, type SliceFindings, type SliceObservation } from './slice.ts'
import { sliceFacts, sliceVerdicts } from './slice-status.ts'

const WEB = makeMachine('web')
const DB = makeMachine('db')
const [web, db] = desiredMachines(TENANT, { machines: [WEB, DB] })
if (web === undefined || db === undefined) throw new Error('two machines')
const ready = [reported(web, 'True', 'Running'), reported(db, 'True', 'Running')]
const complete: Partial<ProxmoxView> = {
  pools: [{ pool: POOL, comment: markText(MARK) }],
  users: [{ user: 'ada.acme@pve', comment: markText(MARK) }],
  grants: [{ path: `/pool/${POOL}`, user: 'ada.acme@pve', role: 'TenantUser', propagate: true }],
}

function leaseOf(given: Parameters<typeof makeLease>[0] = {}): NetworkLease {
  const parsed = parseNetworkLease(makeLease(given))
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

interface Given {
  readonly proxmox?: Parameters<typeof makeProxmox>[0]
  readonly view?: Partial<ProxmoxView>
  readonly observed?: Partial<SliceObservation>
  readonly failures?: SliceFindings['failures']
}

function findings({ proxmox = {}, view = {}, observed = {}, failures = [] }: Given = {}): SliceFindings {
  const spec = { proxmox: makeProxmox({ users: [{ name: 'ada' }], ...proxmox }), machines: [WEB, DB] }
  return {
    desired: desiredSlice(TENANT, spec) as DesiredSlice,
    observed: {
      installation: INSTALLATION,
      cluster: proxmoxSpec(),
      look: makeLook({ ...complete, ...view }),
      leases: [leaseOf()],
      hasNamespace: true,
      machines: ready,
      secrets: new Set(['proxmox-ada']),
      ...observed,
    },
    failures,
  }
}

function verdict(type: 'NetworkReady' | 'ProxmoxReady' | 'MachinesReady', given: Given): string {
  const found = sliceVerdicts(findings(given)).find(one => one.type === type)
  return `${found?.status} ${found?.reason}: ${found?.message}`
}

test('a slice that is as it should be says where everything is', () => {
  expect(sliceVerdicts(findings()).map(({ status, reason, message }) => `${status} ${reason}: ${message}`)).toEqual([
    'True NetworkReady: VLAN 110 of cluster proxmox is in force as vnet tn32 with 10.64.110.0/24.',
    'True ProxmoxReady: Pool tenants/acme with 1 user is in place.',
    'True MachinesReady: 2 of 2 machines ready.',
  ])
  expect(sliceFacts(findings(), undefined)).toEqual({
    network: { cluster: 'proxmox', vlan: 110, vnet: 'tn32', subnet: '10.64.110.0/24', gateway: '10.64.110.1' },
    pool: 'tenants/acme',
    machines: { ready: 2, total: 2, summary: '2/2' },
  })
})

test('a tenant without a VLAN is told why there is none', () => {
  const spec = proxmoxSpec()
  const narrow = { ...spec, network: { ...spec.network, vlanRange: { first: 110, last: 110 } } }
  const globex = leaseOf({ tenant: { name: 'globex', uid: 'globex' } })
  const leaving = { ...globex, metadata: { ...globex.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const network = (proxmox: Given['proxmox'], observed: Partial<SliceObservation>, view: Given['view'] = {}) =>
    verdict('NetworkReady', { view, observed: { leases: [], ...observed }, ...(proxmox && { proxmox }) })
  const problem = { reason: 'ClusterMissing', message: 'There is no ProxmoxCluster "proxmox".' }
  const { cluster: _, ...clusterless } = findings({
    observed: { leases: [], look: { found: 'unknown', problem } },
  }).observed
  expect([
    network({}, {}),
    network({}, { cluster: narrow, leases: [globex] }),
    network({}, { cluster: narrow, leases: [leaving] }),
    network({ vlan: 110 }, { leases: [globex] }),
    network({ vlan: 110 }, { leases: [leaving] }),
    network({ vlan: 120 }, {}, { vnets: [{ vnet: 'theirs', tag: 120 }] }),
    network({ vlan: 200 }, {}),
    network({ vlan: 130 }, {}),
    network({}, { look: makeLook({}, { lacking: { reason: 'ClusterNotReady', message: 'It has no quorum.' } }) }),
    network({}, { look: { found: 'unknown', problem: { reason: 'Unreachable', message: 'Nobody answers.' } } }),
    sliceVerdicts({ ...findings(), observed: clusterless }).map(({ status, reason }) => `${status} ${reason}`)[0],
  ]).toEqual([
    'False NetworkPending: This tenant has not been given a VLAN yet. It gets one of 100–199 of cluster proxmox, unless guests there use it: then as soon as none does.',
    'False VlansExhausted: No VLAN IDs available in range 110–110 of cluster proxmox.',
    'False VlansExhausted: No VLAN IDs available in range 110–110 of cluster proxmox. 1 of them is in quarantine and will come free.',
    'False VlanTaken: VLAN 110 of cluster proxmox belongs to tenant "globex".',
    'False VlanTaken: VLAN 110 of cluster proxmox belonged to tenant "globex" and is in quarantine.',
    'False VlanTaken: VLAN 120 of cluster proxmox is in use there by somebody else.',
    'False VlanOutOfRange: VLAN 200 is not in range 100–199 of cluster proxmox.',
    'False NetworkPending: This tenant has not been given a VLAN yet. It gets VLAN 130 of cluster proxmox, unless guests there use it: then as soon as none does.',
    'False ClusterNotReady: This tenant has not been given a VLAN yet. It has no quorum.',
    'False Unreachable: This tenant has not been given a VLAN yet. Nobody answers.',
    'Unknown ClusterMissing',
  ])
})

test('a lease speaks for itself, and a tag is not changed', () => {
  const condition = { type: 'Ready', status: 'False', reason: 'ForeignChanges', message: 'Somebody edits the SDN.' }
  const told = leaseOf({
    status: { phase: 'Pending', conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  })
  expect([
    verdict('NetworkReady', { observed: { leases: [leaseOf({ status: {} })] } }),
    verdict('NetworkReady', { observed: { leases: [told] } }),
    verdict('NetworkReady', { proxmox: { vlan: 111 } }),
    verdict('NetworkReady', { proxmox: { vlan: 110 } }).slice(0, 17),
  ]).toEqual([
    'False NetworkPending: VLAN 110 of cluster proxmox is being set up.',
    'False ForeignChanges: Somebody edits the SDN.',
    'False VlanChangeRefused: spec.proxmox.vlan asks for VLAN 111, and this tenant has VLAN 110 of cluster proxmox, which it keeps. Put 110 there, or leave it out.',
    'True NetworkReady',
  ])
})

test('a name that is taken in Proxmox VE is told with what to do', () => {
  const former = markText({ ...MARK, tenant: { ...TENANT, uid: 'former' } })
  const proxmox = (given: Given) => verdict('ProxmoxReady', given)
  const failure = { stage: 'Users', reason: 'NameTaken', message: 'Cannot POST /access/users: it exists' } as const
  expect([
    proxmox({ view: { pools: [{ pool: POOL }] } }),
    proxmox({ view: { pools: [{ pool: POOL, comment: former }] } }),
    proxmox({ view: { users: [{ user: 'ada.acme@pve', comment: 'by hand' }] } }),
    proxmox({ view: { users: [] }, failures: [failure] }),
  ]).toEqual([
    "False PoolTaken: Pool tenants/acme of cluster proxmox exists and is not this tenant's, so that it is left alone. Rename or delete it there, or give this tenant another name.",
    "False OwnedByFormerSelf: Pool tenants/acme of cluster proxmox was made for an earlier tenant of this name, so that it is left alone. If all of that is to be this tenant's: kubectl annotate tenant acme tenantry.dev/adopt=former --overwrite",
    "False UserTaken: User ada.acme@pve of cluster proxmox exists and is not this tenant's, so that it is left alone. Rename or delete it there, or give this tenant another name.",
    'False UserTaken: Cannot POST /access/users: it exists',
  ])
})

test('what is lacking in Proxmox VE is told, and a cluster that lacks something only where something is left to make', () => {
  const lacking = { reason: 'ClusterNotReady', message: 'ProxmoxCluster "proxmox" is not ready.' }
  const proxmox = (given: Given) => verdict('ProxmoxReady', given)
  const problem = { reason: 'Unreachable', message: 'No.' }
  const role = { users: [{ name: 'ada', role: 'Administrator' }] }
  expect([
    proxmox({ observed: { leases: [] } }),
    proxmox({ view: { pools: [] } }),
    proxmox({ view: { grants: [] } }),
    proxmox({ proxmox: role }),
    proxmox({ observed: { look: makeLook(complete, { lacking }) } }),
    proxmox({ observed: { look: makeLook({}, { lacking }) } }),
    proxmox({ observed: { look: { found: 'unknown', problem } } }),
    proxmox({ view: { users: [] }, failures: [{ stage: 'Users', reason: 'SecretMissing', message: 'No Secret.' }] }),
  ]).toEqual([
    'False PoolPending: The pool is made when this tenant has its VLAN.',
    'False PoolPending: Pool tenants/acme is being set up.',
    'False PoolPending: Pool tenants/acme is being set up.',
    'False RoleNotAllowed: spec.proxmox.users: ada has role Administrator, and cluster proxmox lets tenants have TenantUser.',
    'True ProxmoxReady: Pool tenants/acme with 1 user is in place.',
    'False ClusterNotReady: ProxmoxCluster "proxmox" is not ready.',
    'Unknown Unreachable: No.',
    'False SecretMissing: No Secret.',
  ])
})

test('of several machines that are not ready, the first by name is told', () => {
  const machines = (all: SliceObservation['machines'], failures: Given['failures'] = []) =>
    verdict('MachinesReady', { observed: { machines: all }, failures })
  const going = { ...web, metadata: { ...web.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const edited = reported(web, 'True', 'Running')
  expect([
    machines([]),
    machines([web, ...ready.slice(1)]),
    machines([reported(web, 'False', 'NoRoom', 'no node'), reported(db, 'False', 'Cloning', 'from 9000')]),
    machines([{ ...edited, metadata: { ...edited.metadata, generation: 2 } }, ...ready.slice(1)]),
    machines([{ ...edited, metadata: { ...edited.metadata, labels: {} } }, ...ready.slice(1)]),
    machines([going, ...ready.slice(1)]),
    machines(ready, [{ stage: 'Machines', reason: 'Forbidden', message: 'Cannot apply.' }]),
  ]).toEqual([
    'False MachinesPending: TenantMachine db is not made yet.',
    'False MachinesPending: web: has not been looked at yet.',
    'False Cloning: db: from 9000',
    'False MachinesPending: web: has not been looked at yet.',
    'False MachineTaken: TenantMachine web was made by somebody else. Delete it, or take web from spec.machines.',
    'False MachineDeleting: web: is being destroyed.',
    'False Forbidden: Cannot apply.',
  ])
})

test('machines that people made for themselves count, and one that is being destroyed does not', () => {
  const theirs = reported({ ...web, metadata: { name: 'theirs', namespace: 'tenant-acme' } }, 'False', 'Cloning')
  const going = { ...ready[0], metadata: { ...web.metadata, name: 'old', deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const observed = { machines: [...ready, theirs, going as typeof web] }
  expect(sliceFacts(findings({ observed }), undefined).machines).toEqual({ ready: 2, total: 3, summary: '2/3' })
})

test('the pool stays in the status while nobody can look', () => {
  const problem = { reason: 'Unreachable', message: 'No.' }
  const observed = { look: { found: 'unknown', problem } } as const
  const before = { observedGeneration: 1, pool: POOL }
  expect([
    sliceFacts(findings({ observed }), before).pool,
    sliceFacts(findings({ view: { pools: [] } }), before).pool,
  ]).toEqual([POOL, undefined])
})
