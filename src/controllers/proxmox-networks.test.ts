/** Passes over the networks of a simulated Proxmox VE, with the rights that docs/proxmox-permissions.md grants and no others. */
import { expect, test } from 'vitest'
import { givenNetworks, INSTALLATION } from '../../test/make/networks.ts'
import { makeLease } from '../../test/make/slice.ts'
import * as names from '../plan/names.ts'
import { chooseTag } from '../plan/network-lease.ts'
import { markText } from '../plan/proxmox-mark.ts'
import { heldLease, leasesOf } from './network-leases.ts'
import { LEASE_KIND as LEASE } from './network-ports.ts'
import { reconcileNetworks } from './proxmox-networks.ts'

test('thirty tenants at once get thirty tags, by their age, and their networks come into force by one apply', async () => {
  const world = await givenNetworks()
  const order = Array.from({ length: 30 }, (_, index) => `t${String(index).padStart(2, '0')}`)
  for (const [index, name] of order.entries()) {
    world.tenant(name, { createdAt: `2026-11-21T11:${59 - index}:00Z` })
  }
  expect(await world.settle()).toEqual({ end: 'done' })
  const expected = order.toReversed().map((name, index) => `${100 + index} ${name} Ready InForce`)
  expect(world.leases()).toEqual(expected.sort())
  expect(world.applies()).toBe(1)
  const [first] = await world.vnets()
  expect(first).toMatchObject({ vnet: 'tn2s', tag: 100, zone: 'tenants', alias: expect.stringContaining('tenant=t29') })
  expect(first).not.toHaveProperty('state')
  expect(world.get('NetworkLease', 'proxmox-100')).toMatchObject({
    metadata: { finalizers: [names.LEASE_FINALIZER], labels: { [names.TENANT_LABEL]: 't29' } },
    status: { vnet: 'tn2s', bridge: 'tn2s', subnet: '10.64.100.0/24', gateway: '10.64.100.1' },
  })
  expect(world.get('ProxmoxCluster', 'proxmox')?.metadata.finalizers).toEqual([names.CLUSTER_FINALIZER])
  const before = world.writes.length
  expect(await world.pass()).toEqual({ end: 'done' })
  expect(world.writes.length).toBe(before)
})

test('of a range that is too small exactly the youngest go without, and take a tag when its quarantine is over', async () => {
  const world = await givenNetworks({ vlanRange: { first: 100, last: 101 } })
  const [old] = ['old', 'middle', 'young'].map((name, index) => world.tenant(name, { createdAt: `2026-11-2${index}` }))
  await world.settle()
  expect(world.leases()).toEqual(['100 old Ready InForce', '101 middle Ready InForce'])
  const wish = { cluster: 'proxmox', range: { first: 100, last: 101 }, tenant: { name: 'young', uid: 'uid-of-young' } }
  const held = () => leasesOf('proxmox', world.list('NetworkLease')).map(heldLease)
  const told = () => chooseTag(wish, held(), [])
  expect(told()).toMatchObject({ message: 'No VLAN IDs available in range 100–101 of cluster proxmox.' })

  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  await world.settle()
  expect(world.leases()[0]).toBe('100 old Ready InForce')
  world.remove('Tenant', old?.metadata.name ?? '')
  expect((await world.settle()).end).toBe('wait')
  expect(world.leases()).toEqual(['100 old Quarantined Quarantined', '101 middle Ready InForce'])
  expect(told()).toMatchObject({ message: expect.stringContaining('1 of them is in quarantine') })
  expect((await world.vnets()).map(({ vnet }) => vnet)).toEqual(['tn2t'])

  world.advance(60_000)
  await world.settle()
  await world.settle()
  expect(world.leases()).toEqual(['100 young Ready InForce', '101 middle Ready InForce'])
})

test('before another cluster than the one that is known nothing is made or taken, and each lease says why', async () => {
  const world = await givenNetworks()
  const cluster = world.get('ProxmoxCluster', 'proxmox')
  const nodes = [{ name: 'prod1', online: true, fingerprint: 'AA:01' }]
  if (cluster !== undefined) world.put({ ...cluster, status: { ...(cluster.status as object), nodes } })
  world.tenant('acme')
  world.tenant('globex')
  world.put(makeLease({ tag: 100, tenant: { name: 'acme', uid: 'uid-of-acme' } }))
  const leaving = { finalizers: [names.LEASE_FINALIZER], deletionTimestamp: '2026-11-21T12:00:00Z' }
  world.put(makeLease({ tag: 101, tenant: { name: 'gone', uid: 'uid-of-gone' }, metadata: leaving }))
  expect(await world.pass()).toEqual({ end: 'backoff', reason: 'OtherCluster' })
  expect([await world.vnets(), world.leases()]).toEqual([
    [],
    ['100 acme Ready OtherCluster', '101 gone Ready OtherCluster'],
  ])
  expect(world.message('proxmox-100')).toContain('another cluster (pve1) than the one')
})

test('vnets of somebody else with our name, our tag and our bridge survive, and only the tenant concerned is told', async () => {
  const world = await givenNetworks()
  world.tenant('fixed', { vlan: 110, createdAt: '2026-11-20' })
  world.tenant('named', { vlan: 111, createdAt: '2026-11-20' })
  world.tenant('free', { createdAt: '2026-11-21' })
  // Between the choice of the tags and the making of the vnets, somebody else is faster.
  world.server.inject({ call: 'POST /cluster/sdn/vnets', kind: 'error', message: 'no', times: 3 })
  await world.pass()
  await world.root.data('POST', '/cluster/sdn/vnets', { vnet: 'lab', zone: 'tenants', tag: '110' })
  await world.root.data('POST', '/cluster/sdn/vnets', { vnet: 'tn33', zone: 'tenants', tag: '120' })
  await world.root.data('PUT', '/cluster/sdn')
  world.advance(10_000)
  await world.settle()
  expect(world.leases()).toEqual([
    '100 free Ready InForce',
    '110 fixed Pending VnetTaken',
    '111 named Pending VnetTaken',
  ])
  await world.root.data('DELETE', '/cluster/sdn/vnets/lab')
  await world.root.data('PUT', '/cluster/sdn')
  world.advance(10_000)
  await world.settle()
  expect(world.leases()[1]).toBe('110 fixed Ready InForce')
  for (const name of ['fixed', 'named', 'free']) {
    await world.kube.delete({ ...LEASE, name: world.leaseOf(name) }, {})
    world.remove('Tenant', name)
  }
  await world.settle()
  expect((await world.vnets()).map(({ vnet, state }) => [vnet, state])).toEqual([['tn33', undefined]])
})

test('changes that somebody else has not applied are not applied along, and named', async () => {
  const world = await givenNetworks()
  await world.root.data('POST', '/cluster/sdn/vnets', { vnet: 'lab', zone: 'tenants', tag: '150' })
  world.tenant('acme')
  expect(await world.settle()).toEqual({ end: 'backoff', reason: 'ForeignPendingChanges' })
  expect(world.leases()).toEqual(['100 acme Pending ForeignPendingChanges'])
  expect(world.message('proxmox-100')).toContain('vnet lab (new)')
  expect(world.applies()).toBe(0)
  expect((await world.vnets()).map(({ vnet }) => vnet)).toEqual(['lab'])
  await world.root.data('PUT', '/cluster/sdn')
  world.advance(10_000)
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready InForce'])
})

test('lost leases are made again from what carries our mark; one of a tenant that is gone waits for a person', async () => {
  const world = await givenNetworks()
  world.tenant('acme')
  world.tenant('globex', { vlan: 150 })
  await world.settle()
  const mark = markText({ installation: INSTALLATION, tenant: { name: 'past', uid: 'uid-of-past' }, vlan: 170 })
  await world.root.data('POST', '/pools', { poolid: 'tenants/past', comment: mark })
  for (const { metadata } of world.list('NetworkLease')) world.remove('NetworkLease', metadata.name)
  world.remove('Tenant', 'globex')
  world.tenant('fresh', { createdAt: '2026-11-01' })
  world.advance(10_000)
  await world.settle()
  expect(world.leases()).toEqual([
    '100 acme Ready InForce',
    '101 fresh Ready InForce',
    '150 globex Pending Orphaned',
    '170 past Pending Orphaned',
  ])
  for (const name of ['globex', 'past']) await world.kube.delete({ ...LEASE, name: world.leaseOf(name) }, {})
  await world.settle()
  expect(world.leases().slice(2)).toEqual(['150 globex Quarantined Quarantined', '170 past Releasing StillUsed'])
  expect(world.message('proxmox-170')).toContain('pool tenants/past')
})

test('a network goes when neither machine nor guest needs it, and its tag comes free when no guest speaks on it', async () => {
  const world = await givenNetworks({ quarantineSeconds: 0 })
  world.tenant('acme')
  await world.settle()
  const net0 = 'virtio=02:00:00:00:00:01,bridge=tn2s'
  await world.root.data('POST', '/pools', { poolid: 'tenants/stray' })
  const stray = { vmid: '10001', name: 'stray', memory: '32', pool: 'tenants/stray' }
  await world.root.task('POST', '/nodes/pve1/qemu', { ...stray, net0 })
  const labels = { [names.TENANT_UID_LABEL]: 'uid-of-acme' }
  world.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tenant-acme', labels } })
  const machine = { apiVersion: names.API_VERSION, kind: 'TenantMachine' }
  world.put({ ...machine, metadata: { name: 'web', namespace: 'tenant-acme' } })
  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  world.remove('Tenant', 'acme')
  await world.settle()
  expect(world.message('proxmox-100')).toBe('It was asked to go, and waits for TenantMachine web.')
  world.remove('TenantMachine', 'web')
  await world.settle()
  expect(world.message('proxmox-100')).toBe('The tag is still in use: guest 10001.')
  expect((await world.vnets()).map(({ vnet }) => vnet)).toEqual(['tn2s'])

  await world.root.data('PUT', '/nodes/pve1/qemu/10001/config', {
    net0: 'virtio=02:00:00:00:00:01,bridge=vmbr0,tag=100',
  })
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Releasing StillUsed'])
  await world.root.data('PUT', '/nodes/pve1/qemu/10001/config', { net0: 'virtio=02:00:00:00:00:01,bridge=vmbr0' })
  await world.settle()
  await world.settle()
  expect(world.leases()).toEqual([])
  expect(await world.vnets()).toEqual([])
})

test('a tenant that is made anew gets a tag of its own, whatever it adopts; its former network goes by a person, and under no guest', async () => {
  const world = await givenNetworks()
  world.tenant('acme')
  await world.settle()
  await world.root.data('POST', '/pools', { poolid: 'tenants/acme' })
  const guest = { vmid: '10001', memory: '32', pool: 'tenants/acme', net0: 'virtio=02:00:00:00:00:01,bridge=tn2s' }
  await world.root.task('POST', '/nodes/pve1/qemu', guest)
  world.remove('Tenant', 'acme')
  world.tenant('acme', { uid: 'uid-anew', annotations: { [names.ADOPT_ANNOTATION]: 'uid-of-acme' } })
  const labels = { [names.TENANT_UID_LABEL]: 'uid-anew' }
  world.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tenant-acme', labels } })
  const machine = { apiVersion: names.API_VERSION, kind: 'TenantMachine', status: { cluster: 'proxmox', vmid: 10_001 } }
  world.put({ ...machine, metadata: { name: 'web', namespace: 'tenant-acme' } })
  world.advance(10_000)
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready Orphaned', '101 acme Ready InForce'])
  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  await world.settle()
  expect(world.message('proxmox-100')).toBe('The tag is still in use: guest 10001.')
  await world.root.data('PUT', '/nodes/pve1/qemu/10001/config', { net0: 'virtio=02:00:00:00:00:01,bridge=tn2t' })
  await world.settle()
  expect(world.leases()[0]).toBe('100 acme Quarantined Quarantined')
})

test('with a node away a network is there on the others, which is said; when it is back it gets it, and until then nothing is given up', async () => {
  const world = await givenNetworks({}, { nodes: 3 })
  world.server.nodeDown('pve3')
  world.tenant('acme')
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready InForce'])
  expect(world.message('proxmox-100')).toContain('those that are away: pve3')
  world.server.nodeUp('pve3')
  world.advance(120_000)
  await world.settle()
  expect(world.message('proxmox-100')).toBe('VLAN 100 is there as vnet tn2s on every node.')
  expect(world.applies()).toBe(2)

  world.server.nodeDown('pve3')
  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  world.remove('Tenant', 'acme')
  world.advance(10_000)
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Releasing NodesOffline'])
  world.server.nodeUp('pve3')
  world.advance(120_000)
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Quarantined Quarantined'])
})

test('a cluster that cannot be looked at changes nothing but the reason, and all goes on when it is back', async () => {
  const world = await givenNetworks()
  world.tenant('acme')
  await world.settle()
  world.server.inject({ call: 'GET /cluster/resources', kind: 'unreachable' })
  world.tenant('globex')
  world.advance(10_000)
  expect((await world.pass()).end).toBe('backoff')
  expect(world.leases()).toEqual(['100 acme Ready Unreachable'])
  expect(world.get('NetworkLease', 'proxmox-100')?.status).toMatchObject({ vnet: 'tn2s', subnet: '10.64.100.0/24' })
  world.server.clearFaults()
  world.advance(10_000)
  // A pass does not wait for the first look after an outage.
  const settled = async () => {
    await world.settle()
    return world.leases()
  }
  await expect.poll(settled, { timeout: 20_000 }).toEqual(['100 acme Ready InForce', '101 globex Ready InForce'])
})

test('a watch that is behind costs no second lease, and a tenant that it has not seen go gets none', async () => {
  const world = await givenNetworks()
  world.tenant('acme')
  world.lag(true)
  await world.pass()
  world.advance(1000)
  await world.pass()
  expect(world.writes.filter(write => write.startsWith('create'))).toEqual(['create NetworkLease proxmox-100'])
  world.tenant('globex')
  world.lag(false)
  world.lag(true)
  world.remove('Tenant', 'globex')
  await world.pass()
  world.lag(false)
  expect(world.writes.filter(write => write.startsWith('create'))).toEqual(['create NetworkLease proxmox-100'])
})

test('of a tenant that goes while its lease is being made no network is left, though no watch has told of it', async () => {
  const world = await givenNetworks()
  world.tenant('acme')
  world.lag(true)
  const { create } = world.kube
  const late: typeof world.kube = {
    ...world.kube,
    create: async (object, options) => {
      const made = await create(object, options)
      world.remove('Tenant', 'acme')
      return made
    },
  }
  await reconcileNetworks({ ...world.ports, kube: late }, 'proxmox')
  expect([world.leases(), await world.vnets()]).toEqual([['100 acme none none'], []])
  world.lag(false)
  await world.settle()
  expect([world.leases(), await world.vnets()]).toEqual([['100 acme Quarantined Quarantined'], []])
})

test('on a bridge without SDN a lease is Ready at once, and nothing is asked of the SDN', async () => {
  const network = { type: 'bridge', zone: undefined, bridge: 'vmbr0' }
  const world = await givenNetworks(network)
  world.tenant('acme')
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready InForce'])
  const lease = world.get('NetworkLease', 'proxmox-100')
  expect(lease).toMatchObject({ status: { bridge: 'vmbr0' } })
  expect(lease?.status).not.toHaveProperty('vnet')
  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  world.remove('Tenant', 'acme')
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Quarantined Quarantined'])
  expect(world.applies()).toBe(0)
})

test('a cluster that is being deleted stays until its last lease is gone; one that was given up goes without a look', async () => {
  const world = await givenNetworks()
  world.tenant('acme')
  await world.settle()
  await world.kube.delete({ apiVersion: names.API_VERSION, kind: 'ProxmoxCluster', name: 'proxmox' }, {})
  world.tenant('late')
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready InForce'])
  const lease = world.get('NetworkLease', 'proxmox-100')
  const abandoned = { at: '2026-11-21T12:00:00Z', pool: 'tenants/acme', machines: [] }
  if (lease !== undefined) world.put({ ...lease, status: { ...(lease.status as object), abandoned } })
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Abandoned Abandoned'])
  world.remove('Tenant', 'acme')
  world.server.inject({ kind: 'unreachable' })
  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  world.advance(10_000)
  await world.pass()
  await world.pass()
  expect([world.leases(), world.get('ProxmoxCluster', 'proxmox')]).toEqual([[], undefined])
})

test('a lease that is deleted before its tenant goes only when it is seen that nothing of the tenant is left', async () => {
  const world = await givenNetworks()
  world.tenant('acme')
  await world.settle()
  const comment = markText({ installation: INSTALLATION, tenant: { name: 'acme', uid: 'uid-of-acme' } })
  await world.root.data('POST', '/access/users', { userid: 'ada.acme@pve', comment, groups: 'tenants' })
  const acl = { path: '/pool/tenants', roles: 'TenantryMachines', users: 'operator@pve' }
  await world.root.data('PUT', '/access/acl', { ...acl, delete: '1' })
  world.remove('Tenant', 'acme')
  world.advance(10_000)
  await world.settle()
  expect(world.message('proxmox-100')).toMatch(
    /Left in Proxmox VE: user ada\.acme@pve\. Not all of what is left can be seen: .*does not see pool tenants/,
  )
  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  await world.root.data('DELETE', '/access/users/ada.acme@pve')
  await world.settle()
  expect([world.leases(), (await world.vnets()).length]).toEqual([['100 acme Releasing StillUsed'], 1])
  expect(world.message('proxmox-100')).toContain('does not see pool tenants')
  await world.root.data('PUT', '/access/acl', acl)
  await world.settle()
  expect([world.leases(), await world.vnets()]).toEqual([['100 acme Quarantined Quarantined'], []])
})

test('an answer that is lost at any change is made good by looking, and nothing is done twice', async () => {
  const world = await givenNetworks()
  const vnet = '/cluster/sdn/vnets/{vnet}'
  for (const call of ['POST /cluster/sdn/vnets', `POST ${vnet}/subnets`, 'PUT /cluster/sdn']) {
    world.server.inject({ call, kind: 'drop-after', times: 1 })
  }
  world.tenant('acme')
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready InForce'])
  expect(await world.vnets()).toHaveLength(1)
  expect(await world.root.data('GET', '/cluster/sdn/vnets/tn2s/subnets')).toHaveLength(1)
  for (const call of [`DELETE ${vnet}/subnets/{subnet}`, `DELETE ${vnet}`, 'PUT /cluster/sdn']) {
    world.server.inject({ call, kind: 'drop-after', times: 1 })
  }
  await world.kube.delete({ ...LEASE, name: 'proxmox-100' }, {})
  world.remove('Tenant', 'acme')
  await world.settle()
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Quarantined Quarantined'])
  expect(await world.vnets()).toEqual([])
})
