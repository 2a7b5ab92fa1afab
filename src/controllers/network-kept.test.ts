/** Networks that were in force, and what happens to them afterwards on a simulated Proxmox VE. */
import { expect, test } from 'vitest'
import { givenNetworks } from '../../test/make/networks.ts'

const MINUTES = 60_000

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
    expect(await world.settle()).toEqual({ end: 'backoff', reason: 'NetworksUnsettled' })
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
