import { expect, test } from 'vitest'
import { INSTALLATION, MARK, makeLease, makeLook, makeMachine, POOL, reported } from '../../test/make/slice.ts'
import { TENANT } from '../../test/make/tenant.ts'
import { type NetworkLease, parseNetworkLease } from '../crds/parse.ts'
import type { LeavingSlice } from './leaving-slice.ts'
import { desiredMachines } from './machine-objects.ts'
import { markText } from './proxmox-mark.ts'
import type { ProxmoxLook } from './proxmox-view.ts'
import { clustersToSearch, planSliceTeardown } from './slice-teardown.ts'

const AT = '2026-01-01T00:00:00Z'
const MINE = markText(MARK)
const [web] = desiredMachines(TENANT, { machines: [makeMachine('web')] })
if (web === undefined) throw new Error('one machine')
const standing = reported(web, 'True', 'Converged')
const going = { ...standing, metadata: { ...standing.metadata, deletionTimestamp: AT } }

function leaseOf(given: Parameters<typeof makeLease>[0] = {}): NetworkLease {
  const parsed = parseNetworkLease(makeLease(given))
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

const released = leaseOf({ metadata: { deletionTimestamp: AT }, status: { phase: 'Quarantined', releasedAt: AT } })
const abandoned = leaseOf({ status: { phase: 'Abandoned', abandoned: { at: AT, pool: POOL, machines: [] } } })

function slice({
  look = makeLook(),
  ...given
}: Partial<LeavingSlice> & { readonly look?: ProxmoxLook } = {}): LeavingSlice {
  return {
    installation: INSTALLATION,
    machines: [],
    leases: [leaseOf()],
    looks: new Map([['proxmox', look]]),
    pools: new Map([['proxmox', POOL]]),
    isGivenUp: false,
    now: AT,
    ...given,
  }
}

function told(given: LeavingSlice): string | undefined {
  const wave = planSliceTeardown(TENANT, given)
  if (wave === undefined) return undefined
  const steps = wave.stages.flatMap(({ steps }) => steps.map(step => step.do))
  return [wave.progress, ...steps, ...(wave.obstacle === undefined ? [] : [wave.obstacle.reason])].join(' | ')
}

test('machines go first, then users, then the pool, then the lease, each when the one before is gone', () => {
  const users = [{ user: 'ada.acme@pve', comment: MINE }]
  const pools = [{ pool: POOL, comment: MINE }]
  const leaving = leaseOf({ metadata: { deletionTimestamp: AT } })
  expect([
    told(slice({ machines: [standing], look: makeLook({ users, pools }) })),
    told(slice({ machines: [going], look: makeLook({ users, pools }) })),
    told(slice({ look: makeLook({ users, pools }) })),
    told(slice({ look: makeLook({ pools }) })),
    told(slice()),
    told(slice({ leases: [leaving] })),
    told(slice({ leases: [released] })),
    told(slice({ leases: [] })),
  ]).toEqual([
    'Deleting machines web. | kube.delete',
    'Waiting until machines are gone: web.',
    'Deleting users ada.acme@pve. | proxmox.deleteUser',
    'Deleting pool tenants/acme. | proxmox.deletePool',
    'Giving back VLAN 110 of cluster proxmox. | kube.delete',
    'Waiting until the network of VLAN 110 of cluster proxmox is gone.',
    undefined,
    undefined,
  ])
})

test('what carries another mark, or none, is not looked at twice', () => {
  const others = markText({ ...MARK, tenant: { ...TENANT, uid: 'former' } })
  const theirs = makeLook({
    users: [{ user: 'ada.acme@pve', comment: others }, { user: 'bob.acme@pve' }],
    pools: [{ pool: POOL, comment: 'by hand' }],
  })
  expect(told(slice({ look: theirs }))).toBe('Giving back VLAN 110 of cluster proxmox. | kube.delete')
})

test('what the tenant itself has there under another id of the installation keeps it, until that is adopted', () => {
  const there = { installation: 'there', tenant: TENANT }
  const look = makeLook({ pools: [{ pool: POOL, comment: markText(there) }] })
  expect(told(slice({ look }))).toBe('Looking for what is left on cluster proxmox. | OwnedByOtherInstallation')
  const adopted = planSliceTeardown(TENANT, slice({ look, adopted: `there/${TENANT.uid}` }))
  expect(adopted?.stages.flatMap(({ steps }) => steps)).toEqual([
    { do: 'proxmox.deletePool', cluster: 'proxmox', pool: POOL, mark: expect.objectContaining(there) },
  ])
})

test('a cluster that lacks something is good enough for a deletion', () => {
  const lacking = { reason: 'ClusterNotReady', message: 'no' }
  expect(told(slice({ look: makeLook({ pools: [{ pool: POOL, comment: MINE }] }, { lacking }) }))).toContain(
    'deletePool',
  )
})

test('what a token may not see is not taken for gone: what is seen goes, and the lease stays', () => {
  const blind = { reason: 'MissingRights', message: 'The token lacks Pool.Audit.' }
  expect([
    told(slice({ look: makeLook({ users: [{ user: 'ada.acme@pve', comment: MINE }] }, { blind }) })),
    told(slice({ look: makeLook({}, { blind }) })),
  ]).toEqual([
    'Deleting users ada.acme@pve. | proxmox.deleteUser',
    'Looking for what is left on cluster proxmox. | MissingRights',
  ])
})

test('a cluster that cannot be looked at keeps everything, with the reason and what to do', () => {
  const look = { found: 'unknown', problem: { reason: 'Unreachable', message: 'Nobody answers.' } } as const
  expect(planSliceTeardown(TENANT, slice({ look }))).toEqual({
    stages: [],
    progress: 'Looking for what is left on cluster proxmox.',
    obstacle: {
      reason: 'Unreachable',
      message: `Nobody answers. It is tried again by itself. To leave what this tenant has in Proxmox VE there for good: kubectl annotate tenant acme tenantry.dev/abandon-proxmox=${TENANT.uid}`,
    },
  })
})

test('a machine that cannot be destroyed is told with its own words; one on its way is only waited for', () => {
  const deleting = (reason: string, message: string) => ({
    ...going,
    status: { conditions: [{ type: 'Deleting', status: 'True', reason, message, lastTransitionTime: AT }] },
  })
  expect([
    told(slice({ machines: [deleting('Destroying', 'It is being destroyed.')] })),
    told(slice({ machines: [deleting('Protected', 'It is protected.')] })),
    planSliceTeardown(TENANT, slice({ machines: [deleting('Protected', 'It is protected.')] }))?.obstacle?.message,
  ]).toEqual([
    'Waiting until machines are gone: web.',
    'Waiting until machines are gone: web. | Protected',
    expect.stringMatching(/^Waiting until machines are gone: web\. web: It is protected\. It is tried again/),
  ])
})

test('to give up is written down before anything else, and then nobody looks at the cluster any more', () => {
  const made = { ...standing, status: { ...(standing.status as object), vmid: 10_000 } }
  const giving = slice({ machines: [made], isGivenUp: true })
  expect(planSliceTeardown(TENANT, giving)?.stages).toEqual([
    {
      name: 'Network',
      steps: [
        {
          do: 'kube.abandonLease',
          lease: 'proxmox-110',
          uid: 'uid-of-proxmox-110',
          abandoned: { at: AT, pool: POOL, machines: [{ name: 'web', vmid: 10_000 }], users: [] },
        },
      ],
    },
  ])
  const look = { found: 'unknown', problem: { reason: 'Unreachable', message: 'Nobody answers.' } } as const
  expect([
    told(slice({ machines: [made], leases: [abandoned], isGivenUp: true, look })),
    told(slice({ machines: [going], leases: [abandoned], isGivenUp: true, look })),
    told(slice({ leases: [abandoned], isGivenUp: true, look })),
    clustersToSearch(slice({ leases: [abandoned], isGivenUp: true })),
  ]).toEqual(['Deleting machines web. | kube.delete', 'Waiting until machines are gone: web.', undefined, []])
})

test('users that are left behind are remembered, for their passwords go on working', () => {
  const wantedUsers = ['bob.acme@pve', 'ada.acme@pve']
  const users = [{ user: 'old.acme@pve', comment: MINE }, { user: 'root@pam' }]
  const look = { found: 'unknown', problem: { reason: 'Unreachable', message: 'Nobody answers.' } } as const
  const remembered = (given: Parameters<typeof slice>[0]) =>
    planSliceTeardown(TENANT, slice({ isGivenUp: true, wantedUsers, ...given }))?.stages.flatMap(({ steps }) =>
      steps.map(step => step.do === 'kube.abandonLease' && step.abandoned.users),
    )
  expect([remembered({ look }), remembered({ look: makeLook({ users }) })]).toEqual([
    [['ada.acme@pve', 'bob.acme@pve']],
    [['old.acme@pve']],
  ])
})

test('a tenant whose lease was lost leaves nothing, wherever it had something', () => {
  const users = [{ user: 'ada.acme@pve', comment: MINE }]
  const pools = [{ pool: POOL, comment: MINE }]
  const vnets = [{ vnet: 'tn32', zone: 'tenants', tag: 110, alias: MINE }]
  const unknown = { found: 'unknown', problem: { reason: 'Unreachable', message: 'Nobody answers.' } } as const
  const lost = (was: 'there' | 'wanted', look: ProxmoxLook, given: Partial<LeavingSlice> = {}) =>
    told(slice({ leases: [], places: [{ cluster: 'proxmox', was }], look, ...given }))
  expect([
    lost('wanted', makeLook({ users, pools })),
    lost('there', makeLook({ pools })),
    lost('there', makeLook({ vnets })),
    lost('there', makeLook()),
    lost('there', unknown),
    lost('wanted', unknown),
    lost('there', unknown, { isGivenUp: true }),
    lost('there', unknown, { leases: [released] }),
  ]).toEqual([
    'Deleting users ada.acme@pve. | proxmox.deleteUser',
    'Deleting pool tenants/acme. | proxmox.deletePool',
    'Waiting until its lease on cluster proxmox is made again.',
    undefined,
    'Looking for what is left on cluster proxmox. | Unreachable',
    undefined,
    undefined,
    undefined,
  ])
  expect(clustersToSearch(slice({ leases: [], places: [{ cluster: 'proxmox', was: 'wanted' }] }))).toEqual(['proxmox'])
})

test('a cluster is looked at only for a lease whose network is not gone yet, and after the machines', () => {
  expect([
    clustersToSearch(slice()),
    clustersToSearch(slice({ machines: [going] })),
    clustersToSearch(slice({ leases: [released] })),
  ]).toEqual([['proxmox'], [], []])
})

test('a lease is not given back before its cluster was looked at', () => {
  expect(told({ ...slice(), looks: new Map() })).toBe('Cluster proxmox is looked at when the release is gone.')
})

test('a tenant on two clusters leaves both: one that does not answer holds up nothing on the other', () => {
  const other = leaseOf({ tag: 111 })
  const elsewhere = { ...other, spec: { ...other.spec, cluster: 'zoo' } }
  const look = { found: 'unknown', problem: { reason: 'Unreachable', message: 'Nobody answers.' } } as const
  const looks = new Map<string, ProxmoxLook>([
    ['proxmox', look],
    ['zoo', makeLook({ pools: [{ pool: POOL, comment: MINE }] })],
  ])
  const both = { ...slice({ leases: [leaseOf(), elsewhere] }), looks }
  expect([told(both), told({ ...both, leases: [leaseOf(), { ...released, spec: elsewhere.spec }] })]).toEqual([
    'Deleting pool tenants/acme. | proxmox.deletePool',
    'Looking for what is left on cluster proxmox. | Unreachable',
  ])
})
