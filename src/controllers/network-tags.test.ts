/** Tags that people have put on guests by hand, on a simulated Proxmox VE: nobody else gets them. */
import { expect, test } from 'vitest'
import { givenNetworks } from '../../test/make/networks.ts'

const BRIDGE = { type: 'bridge', zone: undefined, bridge: 'vmbr0', quarantineSeconds: 0 }
const cardWith = (tag: number) => `virtio=02:00:00:00:00:01,bridge=vmbr0,tag=${tag}`

async function givenStray(network: Record<string, unknown>, tag: number) {
  const world = await givenNetworks(network)
  await world.root.data('POST', '/pools', { poolid: 'tenants/stray' })
  const stray = { vmid: '10001', name: 'stray', memory: '32', pool: 'tenants/stray' }
  await world.root.task('POST', '/nodes/pve1/qemu', { ...stray, net0: cardWith(tag) })
  return world
}

test.each([['a bridge', BRIDGE] as const, ['a zone', {}] as const])(
  'on %s a tag that a guest in sight uses is given to nobody, by choice or by wish, until no guest uses it',
  async (_, network) => {
    const world = await givenStray(network, 100)
    world.tenant('acme', { createdAt: '2026-11-20' })
    world.tenant('fixed', { vlan: 100, createdAt: '2026-11-21' })
    await world.settle()
    expect(world.leases()).toEqual(['101 acme Ready InForce'])
    expect(world.lines.join('')).toContain('VLAN 100 is used by guest 10001')

    await world.root.data('PUT', '/nodes/pve1/qemu/10001/config', { net0: cardWith(150) })
    world.advance(10_000)
    await world.settle()
    expect(world.leases()).toEqual(['100 fixed Ready InForce', '101 acme Ready InForce'])
    // Nobody waits any more, so that no guest is looked at.
    world.requests.length = 0
    await world.settle()
    expect(world.requests.filter(route => route.includes('/config'))).toEqual([])
  },
)

test('of the tags that guests use, those are told that somebody would have got, and no others', async () => {
  const world = await givenStray({}, 100)
  const other = { vmid: '10002', name: 'other', memory: '32', pool: 'tenants/stray' }
  await world.root.task('POST', '/nodes/pve1/qemu', { ...other, net0: cardWith(170) })
  world.tenant('acme')
  await world.settle()
  expect(world.leases()).toEqual(['101 acme Ready InForce'])
  const told = world.lines.filter(line => line.includes('is used by'))
  expect([told.length, told.join('').includes('VLAN 100 is used by guest 10001')]).toEqual([1, true])
})

test('a guest that cannot be looked at keeps nobody from a tag, for it may use any', async () => {
  const world = await givenNetworks(BRIDGE, { nodes: 3 })
  await world.root.data('POST', '/pools', { poolid: 'tenants/stray' })
  const stray = { vmid: '10001', name: 'stray', memory: '32', pool: 'tenants/stray' }
  await world.root.task('POST', '/nodes/pve3/qemu', { ...stray, net0: cardWith(100) })
  world.server.nodeDown('pve3')
  world.tenant('acme')
  await world.settle()
  expect(world.leases()).toEqual(['100 acme Ready InForce'])
})
