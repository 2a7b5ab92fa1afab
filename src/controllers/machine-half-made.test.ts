/** A node goes off while it makes a guest: what is there of it has neither mark nor pool, and nobody takes it back. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, isReady, type MachineWorld, machineWorld, reasonOf } from '../../test/make/machine-world.ts'
import { SLOW_RESYNC_MS } from './guest-looks.ts'

/** Its clone is under way when the node goes off, and comes back later. */
async function interruptedClone(): Promise<{ readonly world: MachineWorld; readonly lost: number }> {
  const world = await machineWorld({ nodes: 3, options: { taskMs: 20_000 } })
  const { server } = world.proxmox
  world.make('web', { template: { vmid: DISK_TEMPLATE }, memory: '64Mi', powerState: 'Stopped' })
  const { vmid: lost = 0 } = await world.until('web', status => status?.task !== undefined)
  while (server.state.guests[lost] === undefined) await server.clock.sleep(1000)
  server.nodeDown('pve1')
  await world.until('web', status => reasonOf(status) === 'False NodeOffline')
  server.nodeUp('pve1')
  return { world, lost }
}

test('a clone that its node could not end is told, with the command to look, until somebody has cleared it away', async () => {
  const { world, lost } = await interruptedClone()
  const { root, server } = world.proxmox
  const { vmid, halfMade } = await world.untilReady('web')
  expect(vmid).not.toBe(lost)
  expect(halfMade).toEqual([{ vmid: lost, node: 'pve1' }])
  const told = world.events.filter(({ reason }) => reason === 'HalfMade')
  expect(told).toMatchObject([{ type: 'Warning', message: expect.stringContaining(`"qm config ${lost}"`) }])
  server.lock(lost, undefined)
  await root.task('DELETE', `/nodes/pve1/qemu/${lost}`)
  await server.clock.sleep(SLOW_RESYNC_MS)
  await world.until('web', status => isReady(status) && status?.halfMade === undefined)
})

test('a machine that goes meanwhile says what it leaves behind', async () => {
  const { world, lost } = await interruptedClone()
  world.remove('web')
  await world.untilGone('web')
  expect(world.events.filter(({ reason }) => reason === 'HalfMade')).toHaveLength(1)
  expect(world.proxmox.server.state.guests[lost]?.config).toEqual({ lock: 'clone' })
})
