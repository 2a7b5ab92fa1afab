/** The one setting of a virtual machine that a token with the documented rights may not change. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, isReady, machineWorld, reasonOf } from '../../test/make/machine-world.ts'
import { SLOW_RESYNC_MS } from './guest-looks.ts'

const WEB = { template: { vmid: DISK_TEMPLATE }, memory: '64Mi', startOrder: 3 }
const CACHE = {
  container: { template: 'local:vztmpl/mini_1.0_amd64.tar.gz' },
  memory: '64Mi',
  disks: [{ name: 'rootfs', size: '1Gi' }],
  startOrder: 3,
}

test('a start order that the token may not set keeps a machine from nothing, is told once, and set as soon as it may', async () => {
  const world = await machineWorld()
  const { root, server } = world.proxmox
  world.make('web', WEB)
  const { vmid, powerState } = await world.until('web', status => reasonOf(status) === 'True StartOrderForbidden')
  expect(powerState).toBe('Running')
  expect((await world.config(vmid)).startup).toBe(undefined)

  world.requests.length = 0
  const beginMs = server.clock.now()
  for (let passes = 0; passes < 9; passes += 1) {
    await server.clock.sleep(10_000)
    expect(await world.pass()).toEqual({ end: 'done' })
  }
  expect(reasonOf(world.status('web'))).toBe('True StartOrderForbidden')
  const due = Math.ceil((server.clock.now() - beginMs) / SLOW_RESYNC_MS)
  // Once more when the list of the cluster has heard of it.
  expect(world.requests.filter(({ route }) => route.startsWith('PUT ')).length).toBeLessThanOrEqual(due + 2)
  expect(world.events.filter(({ type }) => type === 'Warning').map(({ reason }) => reason)).toEqual([
    'StartOrderForbidden',
  ])

  await root.data('POST', '/access/roles', { roleid: 'StartOrders', privs: 'Sys.Modify' })
  await root.data('PUT', '/access/acl', { path: '/', roles: 'StartOrders', users: 'operator@pve', propagate: '0' })
  await server.clock.sleep(SLOW_RESYNC_MS)
  await world.until('web', isReady)
  expect((await world.config(vmid)).startup).toBe('order=3')
})

test('a container gets its start order with the documented rights', async () => {
  const world = await machineWorld()
  world.make('cache', CACHE)
  const { vmid } = await world.untilReady('cache')
  expect((await world.config(vmid)).startup).toBe('order=3')
  world.edit('cache', { startOrder: 4 })
  await world.untilReady('cache')
  expect((await world.config(vmid)).startup).toBe('order=4')
})
