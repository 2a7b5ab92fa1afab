import { expect, test } from 'vitest'
import { proxmoxObservation, proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import type { ProxmoxClusterStatus } from '../crds/proxmox-cluster-status.ts'
import { clusterStatusOf, invalidStatusOf, problemStatusOf } from './proxmox-cluster-status.ts'

const spec = proxmoxSpec()
const inputs = { generation: 3, before: undefined, now: '2026-11-21T12:00:00Z' }

function told(status: ProxmoxClusterStatus): Record<string, string> {
  return Object.fromEntries(status.conditions?.map(({ type, status, reason }) => [type, `${status} ${reason}`]) ?? [])
}

const message = (status: ProxmoxClusterStatus, type: string) =>
  status.conditions?.find(condition => condition.type === type)?.message

test('a prepared cluster is Ready, with its facts', () => {
  const observed = proxmoxObservation({
    nodes: [
      { name: 'pve2', online: true },
      { name: 'pve1', online: true, fingerprint: 'AA:01' },
    ],
    vnets: [
      { vnet: 'a', zone: 'tenants', tag: 100 },
      { vnet: 'b', zone: 'other', tag: 100 },
      { vnet: 'c', zone: 'other', tag: 200 },
    ],
  })
  const { conditions, ...facts } = clusterStatusOf(spec, observed, inputs)
  expect(facts).toEqual({
    observedGeneration: 3,
    version: '9.2.11',
    tokenId: 'operator@pve!k8s',
    quorate: true,
    nodesOnline: '2/2',
    nodes: [
      { name: 'pve1', online: true, fingerprint: 'AA:01' },
      { name: 'pve2', online: true },
    ],
    templates: [{ vmid: 9000, name: 'debian-12', node: 'pve1', type: 'qemu' }],
    vlans: { free: 99, total: 100 },
    vmids: { free: 10_000, total: 10_000 },
    missingRights: [],
    excessRights: [],
  })
  expect(told({ observedGeneration: 3, conditions })).toEqual({
    Ready: 'True Connected',
    Reconciling: 'False Connected',
    Stalled: 'False Connected',
    Reachable: 'True Connected',
    Authorized: 'True RightsComplete',
  })
})

test('missing rights are named with their path and the command that grants them', () => {
  const { permissions } = proxmoxObservation()
  const status = clusterStatusOf(
    spec,
    proxmoxObservation({ permissions: { ...permissions, '/access/realm/pve': {} } }),
    inputs,
  )
  expect(told(status)).toMatchObject({
    Ready: 'False MissingRights',
    Reconciling: 'True MissingRights',
    Authorized: 'False MissingRights',
  })
  expect(message(status, 'Ready')).toBe(
    'The token lacks Realm.AllocateUser on /access/realm/pve. To grant it: ' +
      'pveum role add TenantryRealm --privs "Realm.AllocateUser" && ' +
      "pveum acl modify /access/realm/pve --roles TenantryRealm --users operator@pve --tokens 'operator@pve!k8s'",
  )
})

test('rights that are too many are told, and stand in the way of nothing', () => {
  const { permissions } = proxmoxObservation()
  const observed = proxmoxObservation({ permissions: { ...permissions, '/access/groups': { 'User.Modify': true } } })
  const status = clusterStatusOf(spec, observed, inputs)
  expect(told(status)).toMatchObject({ Ready: 'True Connected', Authorized: 'True RightsTooMany' })
  expect(message(status, 'Authorized')).toContain('root@pam')
})

test.each([
  [{ quorate: false, nodes: nodes(true, false) }, 'False NoQuorum', 'Away: pve2.'],
  [{ quorate: undefined, nodes: nodes(true, false) }, 'False NodesOffline', 'Away: pve2.'],
  [{ quorate: true, nodes: nodes(true, false) }, 'True Connected', ''],
  [{ quorate: undefined, nodes: nodes(true, true, false) }, 'True Connected', ''],
  [{ pools: [] }, 'False NotPrepared', 'pveum pool add tenants'],
  [{ groups: [] }, 'False NotPrepared', 'pveum group add tenants'],
  [{ roles: {} }, 'False NotPrepared', 'pveum role add TenantUser'],
  [{ storages: [] }, 'False NotPrepared', 'There is no storage local.'],
  [{ zones: [] }, 'False NotPrepared', 'There is no SDN zone tenants of type vlan.'],
  [{ zones: [{ zone: 'tenants', type: 'vxlan' }] }, 'False NotPrepared', 'is of type vxlan, not vlan'],
  [{ guests: [] }, 'False NotPrepared', 'There is no template with the id 9000.'],
])('with %j it is %s: %s', (given, ready, text) => {
  const { quorate, ...observed } = { ...proxmoxObservation(), ...given }
  const status = clusterStatusOf(spec, quorate === undefined ? observed : { ...observed, quorate }, inputs)
  expect(told(status).Ready).toBe(ready)
  expect(message(status, 'Ready')).toContain(text)
})

function nodes(...online: boolean[]) {
  return online.map((isOnline, index) => ({ name: `pve${index + 1}`, online: isOnline }))
}

test('a cluster that is away keeps what was known of it', () => {
  const before = clusterStatusOf(spec, proxmoxObservation(), inputs)
  const status = problemStatusOf({ reason: 'Unreachable', message: 'gone' }, { ...inputs, before })
  expect(status).toMatchObject({ version: '9.2.11', nodesOnline: '1/1' })
  expect(told(status)).toEqual({
    Ready: 'False Unreachable',
    Reconciling: 'True Unreachable',
    Stalled: 'False Progressing',
    Reachable: 'False Unreachable',
    Authorized: 'Unknown Unreachable',
  })
})

test('a refused token is a matter of rights, not of reach', () => {
  expect(told(problemStatusOf({ reason: 'TokenRefused', message: 'no' }, inputs))).toMatchObject({
    Reachable: 'True Connected',
    Authorized: 'False TokenRefused',
  })
})

test('an invalid spec waits for an edit', () => {
  expect(told(invalidStatusOf('spec.endpoints: is required', inputs))).toEqual({
    Ready: 'False InvalidSpec',
    Reconciling: 'False InvalidSpec',
    Stalled: 'True InvalidSpec',
  })
})

test('more missing rights than the schema takes are cut, so that the status can be written', () => {
  const placement = { ...spec.placement, templates: Array.from({ length: 64 }, (_, index) => 9000 + index) }
  const status = clusterStatusOf({ ...spec, placement }, proxmoxObservation({ permissions: {} }), inputs)
  expect(status.missingRights).toHaveLength(64)
})

test('tags of leases are not free, and a cluster that is being deleted says who holds it', () => {
  const leases = [
    { tag: 110, tenant: 'globex' },
    { tag: 100, tenant: 'acme' },
  ]
  const status = clusterStatusOf(spec, proxmoxObservation(), { ...inputs, leases, isLeaving: true })
  expect(status.vlans).toEqual({ free: 98, total: 100 })
  expect(told(status).Ready).toBe('False Deleting')
  expect(message(status, 'Ready')).toContain('until nobody has a network there: acme (VLAN 100), globex (VLAN 110).')
  expect(told(clusterStatusOf(spec, proxmoxObservation(), { ...inputs, leases })).Ready).toBe('True Connected')
})

test('a role with which tenants could rewrite their marks is warned of, and in the way of nothing', () => {
  const roles = { TenantUser: ['VM.Audit', 'VM.Config.Options'] }
  const status = clusterStatusOf(spec, proxmoxObservation({ roles }), inputs)
  expect(told(status)).toMatchObject({ Ready: 'True Connected', Authorized: 'True RightsTooMany' })
  expect(message(status, 'Authorized')).toMatch(
    /^Users of tenants may get .*: VM\.Config\.Options by role TenantUser \(rewrite the marks/,
  )
  expect(status.excessRights).toMatchObject([{ path: 'role TenantUser', privileges: ['VM.Config.Options'] }])
})
