/** The pool that a guest is in says who may use it. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, machineWorld, POOL, reasonOf } from '../../test/make/machine-world.ts'

test('a guest that somebody moves into the pool of another tenant is told, and left as it is until it is back', async () => {
  const world = await machineWorld()
  const { root } = world.proxmox
  world.make('web', { template: { vmid: DISK_TEMPLATE }, memory: '64Mi' })
  const { vmid = 0 } = await world.untilReady('web')
  const move = (poolid: string) => root.data('PUT', '/pools', { poolid, vms: `${vmid}`, 'allow-move': '1' })
  await root.data('POST', '/pools', { poolid: 'tenants/other' })
  await move('tenants/other')
  world.events.length = 0
  const misplaced = await world.until('web', status => reasonOf(status) === 'False WrongPool')
  const { message } = misplaced.conditions?.find(({ type }) => type === 'Ready') ?? {}
  expect(message).toBe(
    `Guest ${vmid} is in pool tenants/other, and not in ${POOL}: who may use that pool may use it. It is left as it is until it is moved back: pvesh set /pools --poolid ${POOL} --vms ${vmid} --allow-move 1`,
  )
  expect(world.events).toMatchObject([{ type: 'Warning', reason: 'WrongPool' }])
  world.edit('web', { cores: 2 })
  await world.until('web', status => status?.observedGeneration === 2)
  expect((await world.config(vmid)).cores).not.toBe(2)
  await move(POOL)
  await world.untilReady('web')
  expect((await world.config(vmid)).cores).toBe(2)
})
