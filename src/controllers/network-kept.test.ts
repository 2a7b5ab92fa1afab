/** Networks that were in force, and what happens to them afterwards on a simulated Proxmox VE. */
import { expect, test } from 'vitest'
import { givenNetworks } from '../../test/make/networks.ts'

const MINUTES = 60_000

/** As many as were tried, whether they were refused or not. */
const APPLY = 'PUT /cluster/sdn'

test('an apply that was refused told the nodes nothing, and is tried again at once', async () => {
  const world = await givenNetworks({}, { nodes: 3 })
  world.server.inject({ task: 'srvreload', kind: 'task-failure', message: 'ifreload failed' })
  world.tenant('acme')
  await world.settle()
  expect([world.leases(), world.applies()]).toEqual([['100 acme Pending NodesBehind'], 2])
  world.advance(11 * MINUTES)
  world.server.inject({ call: APPLY, kind: 'error', message: 'cannot now', times: 1 })
  await world.pass()
  expect(world.message('proxmox-100')).toContain('cannot now')
  const before = world.applies()
  await world.settle()
  expect([world.leases(), world.applies()]).toEqual([['100 acme Pending NodesBehind'], before + 1])
})

test('a node that does not take its networks over is named and has them applied again every ten minutes, or when a node comes back', async () => {
  const world = await givenNetworks({}, { nodes: 3 })
  world.server.inject({ task: 'srvreload', kind: 'task-failure', message: 'ifreload failed' })
  world.tenant('acme')
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Pending NodesBehind'])
  expect(world.message('proxmox-100')).toMatch(/^Vnet tn2s is not there yet on pve1 .*pve2 .*pve3/)
  const few = world.applies()
  expect(few).toBe(2)
  for (let minute = 0; minute < 9; minute += 1) {
    world.advance(MINUTES)
    expect(await world.pass()).toEqual({ end: 'backoff', reason: 'NetworksUnsettled' })
  }
  expect(world.applies()).toBe(few)
  world.advance(2 * MINUTES)
  await world.settle()
  expect(world.applies()).toBe(few + 1)

  // Another tenant does not wait for that.
  world.tenant('globex')
  await world.settle()
  expect(world.leases()[1]).toBe('101 globex Pending NodesBehind')
  const before = world.applies()
  world.server.nodeDown('pve3')
  world.advance(10_000)
  await world.settle()
  world.server.clearFaults()
  world.server.nodeUp('pve3')
  world.advance(10_000)
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready InForce', '101 globex Ready InForce'])
  expect(world.applies()).toBe(before + 2)
})

const SUBNET = '/cluster/sdn/vnets/tn2s/subnets/tenants-10.64.100.0-24'
const gateways = async (world: Awaited<ReturnType<typeof givenNetworks>>) => {
  const found: { subnet: string; gateway?: string }[] = await world.root.data(
    'GET',
    '/cluster/sdn/vnets/tn2s/subnets',
    { running: '1' },
  )
  return found.map(({ subnet, gateway }) => `${subnet} by ${gateway}`)
}

test.each<[string, 'DELETE' | 'PUT', Record<string, string>]>([
  ['was deleted', 'DELETE', {}],
  ['got another gateway', 'PUT', { gateway: '10.64.100.9' }],
  ['lost its gateway', 'PUT', { delete: 'gateway' }],
])('a subnet that %s by hand is put back, and nothing else is', async (_, method, params) => {
  const world = await givenNetworks()
  world.tenant('acme')
  await world.settle()
  await world.root.data(method, SUBNET, params)
  await world.root.data('PUT', '/cluster/sdn')
  world.advance(2 * MINUTES)
  await world.settle()
  expect(await gateways(world)).toEqual(['tenants-10.64.100.0-24 by 10.64.100.1'])
  expect([world.leases(), world.applies()]).toEqual([['100 acme Ready InForce'], 2])
})

/** The network of acme, and beside it somebody else's. */
async function givenLab() {
  const world = await givenNetworks()
  world.tenant('acme')
  await world.settle()
  await world.root.data('POST', '/cluster/sdn/vnets', { vnet: 'lab', zone: 'tenants', tag: '150' })
  await world.root.data('PUT', '/cluster/sdn')
  return world
}

async function lookedAtWithSubnetPending(world: Awaited<ReturnType<typeof givenNetworks>>): Promise<void> {
  const lab = { type: 'subnet', subnet: '10.9.0.0/24' }
  await world.root.data('POST', '/cluster/sdn/vnets/lab/subnets', lab)
  world.advance(2 * MINUTES)
  await world.settle()
}

test('what is put back waits, like every change, for those of somebody else', async () => {
  const world = await givenLab()
  await world.root.data('DELETE', SUBNET)
  await world.root.data('PUT', '/cluster/sdn')
  await lookedAtWithSubnetPending(world)
  expect(world.leases()).toEqual(['100 acme Ready ForeignPendingChanges'])
  expect(world.message('proxmox-100')).toContain('subnet tenants-10.9.0.0-24 (new)')
  expect(await gateways(world)).toEqual([])
})

test('an edit that somebody has begun in a subnet of ours is not applied together with what others have pending', async () => {
  const world = await givenLab()
  await world.root.data('PUT', SUBNET, { snat: '1' })
  await lookedAtWithSubnetPending(world)
  expect([world.leases(), world.applies()]).toEqual([['100 acme Ready ForeignPendingChanges'], 1])
  expect(world.message('proxmox-100')).toContain('subnet tenants-10.9.0.0-24 (new)')
})

test('nor is what others have pending applied for a node that is behind with a network that nobody has any more', async () => {
  const world = await givenNetworks({}, { nodes: 3 })
  await world.root.data('POST', '/cluster/sdn/vnets', { vnet: 'lab', zone: 'tenants', tag: '150' })
  await world.root.data('PUT', '/cluster/sdn')
  world.advance(MINUTES)
  world.tenant('acme')
  world.server.inject({ task: 'srvreload', kind: 'task-failure', message: 'ifreload failed' })
  await world.settle()
  world.remove('Tenant', 'acme')
  await world.settle()
  const before = world.applies()
  const lab = { type: 'subnet', subnet: '10.9.0.0/24' }
  await world.root.data('POST', '/cluster/sdn/vnets/lab/subnets', lab)
  world.advance(11 * MINUTES)
  await world.settle()
  expect([world.leases(), world.applies() - before]).toEqual([['100 acme Pending Orphaned'], 0])
})

test('subnets are looked at in turn, so that a look costs the same for many networks as for few', async () => {
  const world = await givenNetworks()
  for (let index = 0; index < 30; index += 1) world.tenant(`t${index}`)
  await world.settle()
  const looked = new Set<string>()
  for (let pass = 0; pass < 4; pass += 1) {
    world.advance(2 * MINUTES)
    world.requests.length = 0
    expect(await world.pass()).toEqual({ end: 'done' })
    const subnets = world.requests.filter(route => route.endsWith('/subnets'))
    expect(subnets.length).toBe(8)
    looked.add(`${world.requests.length}`)
  }
  expect(looked.size).toBe(1)

  const late = '/cluster/sdn/vnets/tn3l/subnets/tenants-10.64.129.0-24'
  await world.root.data('PUT', late, { gateway: '10.64.129.9' })
  await world.root.data('PUT', '/cluster/sdn')
  const before = world.applies()
  for (let pass = 0; pass < 4; pass += 1) {
    world.advance(2 * MINUTES)
    await world.pass()
  }
  await world.settle()
  expect([await world.root.data('GET', late), world.applies()]).toEqual([
    expect.objectContaining({ gateway: '10.64.129.1' }),
    before + 1,
  ])
})
