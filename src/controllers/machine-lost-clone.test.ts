/** A clone whose task nobody knows the id of, of a template that the list does not have just then. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, isReady, type MachineWorld, machineWorld, reasonOf } from '../../test/make/machine-world.ts'

const CLONE = 'POST /nodes/{node}/qemu/{vmid}/clone'

/** The template is on pve1, and the machine is to be on pve2. */
async function whileCloning(): Promise<MachineWorld> {
  const world = await machineWorld({ nodes: 3, options: { taskMs: 40_000 } })
  const { root, server } = world.proxmox
  const { local } = server.state.storages
  if (local !== undefined) local.shared = true
  server.inject({ call: CLONE, kind: 'drop-after', times: 1 })
  world.make('web', { template: { vmid: DISK_TEMPLATE }, node: 'pve2', memory: '64Mi', powerState: 'Stopped' })
  await world.until('web', () => world.requests.some(({ route }) => route === CLONE))
  const acl = { path: `/vms/${DISK_TEMPLATE}`, roles: 'TenantryTemplates', users: 'operator@pve', delete: '1' }
  await root.data('PUT', '/access/acl', acl)
  return world
}

function guestsOf({ proxmox }: MachineWorld): number[] {
  return Object.values(proxmox.server.state.guests).flatMap(({ vmid }) => (vmid < 10_000 ? [] : [vmid]))
}

test('it is waited for, and becomes the machine', async () => {
  const world = await whileCloning()
  const told = new Set<string | undefined>()
  const { vmid } = await world.until('web', status => {
    told.add(reasonOf(status))
    return isReady(status)
  })
  expect(guestsOf(world)).toEqual([vmid])
  expect([...told]).not.toContain('False TemplateMissing')
})

test('a machine that is deleted meanwhile leaves nothing', async () => {
  const world = await whileCloning()
  const { clock, state } = world.proxmox.server
  world.remove('web')
  await world.untilGone('web')
  while (state.tasks.some(({ endtime }) => endtime === undefined)) await clock.sleep(1000)
  expect(guestsOf(world)).toEqual([])
})
