/** The documented rights of machines are minimal: without each of them, in turn, making one comes to a halt. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, type MachineWorld, machineWorld, reasonOf } from '../../test/make/machine-world.ts'
import { proxmoxObservation, proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import { requirementsOf } from '../plan/proxmox-privileges.ts'

const WEB = { template: { vmid: DISK_TEMPLATE }, memory: '64Mi', cores: 2, disks: [{ name: 'scsi0', size: '2Gi' }] }
const ROLES = ['TenantryMachines', 'TenantryTemplates', 'TenantryStorage', 'TenantryBridge']
/** What making a pool takes, or giving its users a role. */
const OTHERS = ['Pool.Allocate', 'VM.Console']

async function privilegesOf({ proxmox: { root } }: MachineWorld, role: string): Promise<string[]> {
  const roles: { roleid: string; privs: string }[] = await root.data('GET', '/access/roles')
  const { privs = '' } = roles.find(({ roleid }) => roleid === role) ?? {}
  return privs.split(',').sort()
}

function forget({ cache }: MachineWorld, name: string): void {
  const found = cache.machines.list().find(({ metadata }) => metadata.name === name)
  if (found !== undefined) cache.machines.remove(found)
}

/** What keeps the machine; undefined where nothing does. */
async function whatHolds(world: MachineWorld, name: string): Promise<string | undefined> {
  const halts = /^False (MissingRights|NotOurs|WaitingForPool|TemplateMissing|StorageMissing)$/
  const isOver = (reason = '') => halts.test(reason) || reason === 'True Converged'
  world.restart()
  world.make(name, WEB)
  const reason = reasonOf(await world.until(name, status => isOver(reasonOf(status))))
  return reason === 'True Converged' ? undefined : reason
}

test('the documented roles have what is asked for, and nothing else', async () => {
  const world = await machineWorld()
  for (const { role, privileges } of requirementsOf(proxmoxSpec(), proxmoxObservation())) {
    expect([role, await privilegesOf(world, role)]).toEqual([role, privileges])
  }
})

test('without any right of a machine there is none', { timeout: 120_000 }, async () => {
  const world = await machineWorld()
  const { root } = world.proxmox
  const needless: string[] = []
  let tried = 0
  for (const role of ROLES) {
    const all = await privilegesOf(world, role)
    const change = (privs: readonly string[]) => root.data('PUT', `/access/roles/${role}`, { privs: privs.join(',') })
    for (const privilege of all.filter(one => !OTHERS.includes(one))) {
      await change(all.filter(one => one !== privilege))
      tried += 1
      const name = `m${tried}`
      if ((await whatHolds(world, name)) === undefined) needless.push(`${privilege} of ${role}`)
      forget(world, name)
      await change(all)
    }
  }
  expect(needless).toEqual([])
  expect(tried).toBeGreaterThan(10)
})

test('a machine that was made, and cannot be looked at, is not made again', async () => {
  const world = await machineWorld()
  const { root, server } = world.proxmox
  const all = await privilegesOf(world, 'TenantryMachines')
  const change = (privs: readonly string[]) =>
    root.data('PUT', '/access/roles/TenantryMachines', { privs: privs.join(',') })
  await change(all.filter(one => one !== 'VM.Audit'))
  world.make('web', WEB)
  const { vmid, conditions } = await world.until('web', status => reasonOf(status) === 'False NotOurs')
  expect(conditions?.find(({ type }) => type === 'Ready')?.message).toContain('VM.Audit')
  for (let pass = 0; pass < 5; pass += 1) await world.pass()
  expect(Object.keys(server.state.guests)).toHaveLength(3)
  await change(all)
  expect((await world.untilReady('web')).vmid).toBe(vmid)
})
