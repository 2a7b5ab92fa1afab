/** Machines whose status was lost, as in a cluster that was restored without: their guests are there all the same. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, type MachineWorld, machineWorld, reasonOf } from '../../test/make/machine-world.ts'

const WEB = { template: { vmid: DISK_TEMPLATE }, memory: '64Mi' }

async function withoutStatus(): Promise<{ readonly world: MachineWorld; readonly vmid: number }> {
  const world = await machineWorld()
  world.make('web', WEB)
  const { vmid = 0 } = await world.untilReady('web')
  // Until the list of the cluster has its name and its pool.
  await world.proxmox.server.clock.sleep(20_000)
  const [machine] = world.cache.machines.list()
  if (machine === undefined) throw new Error('there is no machine')
  const { status: _, ...rest } = machine
  world.cache.machines.put(rest)
  world.restart()
  return { world, vmid }
}

test('a machine whose status was lost takes its guest along when it is deleted', async () => {
  const { world, vmid } = await withoutStatus()
  world.remove('web')
  await world.untilGone('web')
  expect(world.proxmox.server.state.guests[vmid]).toBe(undefined)
})

test('it waits for a cluster that does not answer, or a token that does not see its pools; whoever gives up lets it go', async () => {
  const { world, vmid } = await withoutStatus()
  const { server } = world.proxmox
  server.inject({ kind: 'error', message: 'no', call: 'GET /cluster/resources' })
  world.remove('web')
  await world.until('web', status => reasonOf(status, 'Deleting')?.startsWith('True Un') === true)
  server.clearFaults()
  const [cluster] = world.cache.proxmoxClusters.list()
  const [tenant] = world.cache.tenants.list()
  if (cluster === undefined || tenant === undefined) throw new Error('something is missing')
  const missingRights = [{ path: '/pool/tenants', privileges: ['Pool.Audit'], command: '' }]
  world.cache.proxmoxClusters.put({ ...cluster, status: { ...(cluster.status as object), missingRights } })
  await world.until('web', status => reasonOf(status, 'Deleting') === 'True MissingRights')
  const { metadata } = tenant
  const annotations = { 'tenantry.dev/abandon-proxmox': metadata.uid ?? '' }
  const deletionTimestamp = '2026-01-02T00:00:00Z'
  world.cache.tenants.put({ ...tenant, metadata: { ...metadata, annotations, deletionTimestamp } })
  const [lease] = world.cache.networkLeases.list()
  const abandoned = { at: deletionTimestamp, pool: 'tenants/acme', machines: [] }
  if (lease !== undefined)
    world.cache.networkLeases.put({ ...lease, status: { ...(lease.status as object), abandoned } })
  await world.untilGone('web')
  expect(world.proxmox.server.state.guests[vmid]).toBeDefined()
})
