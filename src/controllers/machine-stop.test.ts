/** A guest is shut down once, whatever becomes of whoever asked for it. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, machineWorld } from '../../test/make/machine-world.ts'

test('a shutdown whose task nobody wrote down is waited for, though an earlier task is still in the status', async () => {
  const world = await machineWorld()
  const { state } = world.proxmox.server
  world.make('web', { template: { vmid: DISK_TEMPLATE }, memory: '64Mi' })
  const { vmid = 0 } = await world.until('web', status => status?.task?.includes(':qmstart:') === true)
  while (state.guests[vmid]?.running === undefined) await world.proxmox.server.clock.sleep(1000)
  world.remove('web')
  world.dieAt(1, 'after')
  await world.untilGone('web')
  expect(world.writes).toEqual(['POST /nodes/{node}/qemu/{vmid}/status/shutdown'])
  world.restart()
  await world.untilGone('web')
  expect(state.tasks.filter(({ type }) => type === 'qmshutdown')).toHaveLength(1)
})
