/** Machines of a tenant on a simulated Proxmox VE, from their making to their end. */
import { expect, test } from 'vitest'
import {
  ACME,
  DISK_TEMPLATE,
  isReady,
  type MachineWorld,
  machineWorld,
  POOL,
  reasonOf,
} from '../../test/make/machine-world.ts'
import { MANIFEST_SPEC } from '../../test/make/proxmox-cluster.ts'
import { chooseVmid } from '../plan/machine-vmid.ts'
import { markText } from '../plan/proxmox-mark.ts'

const VOLUME = 'local:vztmpl/mini_1.0_amd64.tar.gz'
/** Every request that changes something. */
const CALLS = [
  'POST /nodes/{node}/qemu/{vmid}/clone',
  'PUT /nodes/{node}/qemu/{vmid}/config',
  'POST /nodes/{node}/qemu/{vmid}/status/start',
  'POST /nodes/{node}/qemu/{vmid}/status/shutdown',
  'DELETE /nodes/{node}/qemu/{vmid}',
]

/** But for the templates. */
function guestsOf({ proxmox }: MachineWorld): number[] {
  const templates = [9000, DISK_TEMPLATE]
  return Object.values(proxmox.server.state.guests)
    .map(({ vmid }) => vmid)
    .filter(vmid => !templates.includes(vmid))
}

const WEB = { template: { vmid: DISK_TEMPLATE }, cores: 2, memory: '64Mi' }

test('a virtual machine is cloned, set up and started, and goes without leaving anything', async () => {
  const world = await machineWorld()
  const { root } = world.proxmox
  world.make('web', WEB)
  const status = await world.untilReady('web')
  const { vmid = 0, macAddress } = status
  expect(status).toMatchObject({
    cluster: 'pve',
    type: 'qemu',
    node: 'pve1',
    storage: 'local',
    template: DISK_TEMPLATE,
    made: true,
    address: '10.64.110.10',
    powerState: 'Running',
  })
  expect(status.task).toBe(undefined)
  const mark = { installation: 'here', tenant: ACME, machine: { name: 'web', vmid } }
  expect(await world.config(vmid)).toMatchObject({
    name: 'acme-web',
    cores: 2,
    memory: '64',
    net0: `virtio=${macAddress},bridge=vmbr0,tag=110`,
    ipconfig0: 'ip=10.64.110.10/24,gw=10.64.110.1',
    tags: 'acme;tenantry',
    onboot: 1,
    description: markText(mark),
  })
  expect((await root.data('GET', '/pools', { poolid: POOL }))[0].members).toMatchObject([{ vmid }])
  expect(world.proxmox.server.state.guests[vmid]?.running).toBeDefined()

  world.remove('web')
  await world.untilGone('web')
  expect(world.proxmox.server.state.guests[vmid]).toBe(undefined)
  expect(JSON.stringify(world.proxmox.server.state.volumes)).not.toContain(`vm-${vmid}`)
})

test('a container is made from a template volume, with the keys of its Secret, and goes', async () => {
  const world = await machineWorld()
  const { server } = world.proxmox
  const cloudInit = { sshKeysSecretRef: { name: 'keys', key: 'authorized_keys' }, nameservers: ['9.9.9.9'] }
  const disks = [{ name: 'rootfs', size: '2Gi' }]
  world.make('cache', { container: { template: VOLUME }, cores: 1, memory: '128Mi', cloudInit, disks })
  expect(reasonOf(await world.until('cache', status => reasonOf(status) === 'False SecretMissing'))).toBeDefined()
  expect(guestsOf(world)).toEqual([])
  world.secrets.set('keys', { authorized_keys: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsecretkey ann\n' })
  const { vmid = 0, macAddress } = await world.untilReady('cache')
  expect(await world.config(vmid)).toMatchObject({
    hostname: 'acme-cache',
    memory: 128,
    unprivileged: 1,
    nameserver: '9.9.9.9',
    net0: `name=eth0,bridge=vmbr0,gw=10.64.110.1,hwaddr=${macAddress},ip=10.64.110.10/24,tag=110,type=veth`,
    tags: 'acme;tenantry',
    onboot: 1,
  })
  expect(server.state.guests[vmid]?.config.rootfs).toContain('size=2G')
  world.edit('cache', { disks: [{ name: 'rootfs', size: '3Gi' }], powerState: 'Stopped', cores: 2 })
  const stopped = await world.until('cache', status => isReady(status) && status?.powerState === 'Stopped')
  expect(stopped.vmid).toBe(vmid)
  expect(server.state.guests[vmid]?.config).toMatchObject({ cores: '2', rootfs: expect.stringContaining('size=3G') })
  world.remove('cache')
  await world.untilGone('cache')
  expect(guestsOf(world)).toEqual([])
})

test('a disk grows, the machine stops, and what is changed while it runs waits for its next start', async () => {
  const world = await machineWorld()
  const { server } = world.proxmox
  world.make('web', WEB)
  const { vmid = 0 } = await world.untilReady('web')
  world.edit('web', { cores: 4, disks: [{ name: 'scsi0', size: '3Gi' }] })
  const pending = await world.until('web', status => isReady(status) && status?.pendingReboot !== undefined)
  expect(pending.pendingReboot).toEqual(['cores'])
  expect(reasonOf(pending, 'PendingReboot')).toBe('True SettingsPending')
  expect(server.state.guests[vmid]?.config.scsi0).toContain('size=3G')
  world.edit('web', { powerState: 'Stopped' })
  const stopped = await world.until('web', status => isReady(status) && status?.powerState === 'Stopped')
  expect(reasonOf(stopped, 'PendingReboot')).toBe('False NothingPending')
  expect((await world.config(vmid)).cores).toBe(4)
  expect(world.events.filter(({ type }) => type === 'Warning')).toEqual([])
})

test('what somebody changes by hand is put back, and what nobody owns is kept', async () => {
  const world = await machineWorld()
  const { root, server } = world.proxmox
  world.make('web', WEB)
  const { vmid = 0, macAddress } = await world.untilReady('web')
  const net0 = `e1000=${macAddress},bridge=vmbr0,firewall=1`
  await root.data('PUT', `/nodes/pve1/qemu/${vmid}/config`, { cores: '1', net0, tags: 'mine', agent: '1' })
  await root.task('POST', `/nodes/pve1/qemu/${vmid}/status/stop`)
  // Until the list of the cluster tells of it, nobody looks.
  await world.until('web', () => server.state.guests[vmid]?.running !== undefined)
  await world.untilReady('web')
  expect(await world.config(vmid)).toMatchObject({
    cores: 2,
    net0: `virtio=${macAddress},bridge=vmbr0,firewall=1,tag=110`,
    tags: 'acme;mine;tenantry',
    agent: '1',
  })
})

test('a machine that is as it should be costs nothing but the look that all share', async () => {
  const world = await machineWorld()
  world.make('web', WEB)
  await world.untilReady('web')
  // Until the list of the cluster has heard of it, and it was looked at closely once more.
  for (let minutes = 0; minutes < 20; minutes += 1) {
    await world.proxmox.server.clock.sleep(60_000)
    world.requests.length = 0
    await world.pass()
    if (!world.requests.some(({ route }) => route.includes('/{vmid}'))) break
  }
  expect(world.requests.map(({ route }) => route)).toEqual([
    'GET /cluster/resources',
    'GET /pools',
    'GET /access/users',
    'GET /access/acl',
    'GET /cluster/sdn/vnets',
  ])
})

test('a guest of somebody else under the id that was meant survives, and the machine gets another id', async () => {
  const world = await machineWorld()
  const { root, server } = world.proxmox
  const meant = chooseVmid({ tenantUid: ACME.uid, name: 'web' }, MANIFEST_SPEC.vmidRange, new Set()) ?? 0
  // Nobody but root sees it.
  await root.task('POST', '/nodes/pve1/qemu', { vmid: `${meant}`, name: 'foreign', memory: '32' })
  world.make('web', WEB)
  const { vmid } = await world.untilReady('web')
  expect(vmid).not.toBe(meant)
  world.remove('web')
  await world.untilGone('web')
  expect(guestsOf(world)).toEqual([meant])
  expect(server.state.guests[meant]?.config.name).toBe('foreign')
})

test('one that does not carry the mark any more is left alone, whatever is asked for', async () => {
  const world = await machineWorld()
  const { root, server } = world.proxmox
  world.make('web', WEB)
  const { vmid = 0 } = await world.untilReady('web')
  const description = String((await world.config(vmid)).description)
  await root.data('PUT', `/nodes/pve1/qemu/${vmid}/config`, { description: description.replace('web', 'other') })
  world.edit('web', { cores: 4 })
  await world.until('web', status => reasonOf(status) === 'False NotOurs')
  expect(world.events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'NotOurs' }))
  world.remove('web')
  await world.until('web', status => reasonOf(status, 'Deleting') === 'True NotOurs')
  expect(server.state.guests[vmid]).toBeDefined()
  expect((await world.config(vmid)).cores).toBe(2)
  await root.data('PUT', `/nodes/pve1/qemu/${vmid}/config`, { description })
  await world.untilGone('web')
  expect(guestsOf(world)).toEqual([])
})

test('a protected machine is not destroyed until its protection is taken away', async () => {
  const world = await machineWorld()
  world.make('web', { ...WEB, protection: true })
  const { vmid = 0 } = await world.untilReady('web')
  expect((await world.config(vmid)).protection).toBe(1)
  world.remove('web')
  await world.until('web', status => reasonOf(status, 'Deleting') === 'True Protected')
  expect(world.proxmox.server.state.guests[vmid]?.running).toBeDefined()
  world.edit('web', { protection: false })
  await world.untilGone('web')
  expect(guestsOf(world)).toEqual([])
})

test('a namespace that is deleted by hand leaves the guest, and the machine that is made anew takes it up again', async () => {
  const world = await machineWorld()
  const { cache } = world
  world.make('web', WEB)
  const { vmid = 0, macAddress } = await world.untilReady('web')
  const [namespace] = cache.namespaces.list()
  if (namespace === undefined) throw new Error('there is no namespace')
  const { metadata } = namespace
  cache.namespaces.put({ ...namespace, metadata: { ...metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } })
  world.remove('web')
  await world.untilGone('web')
  expect(world.events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'GuestLeft' }))
  expect(guestsOf(world)).toEqual([vmid])
  cache.namespaces.put(namespace)
  // While its node does not tell of its guests, such as one that hangs, the list has no names. It tells once more of its start.
  const { clock, state } = world.proxmox.server
  while (state.broadcast[vmid]?.status !== 'running') await clock.sleep(1000)
  delete state.broadcast[vmid]
  world.make('web', WEB)
  expect(await world.untilReady('web')).toMatchObject({ vmid, macAddress, address: '10.64.110.10' })
  expect(guestsOf(world)).toEqual([vmid])
})

test('the kind TenantMachine that is being removed takes no guest with it', async () => {
  const world = await machineWorld()
  world.make('web', WEB)
  const { vmid = 0 } = await world.untilReady('web')
  world.removeKind()
  await world.untilGone('web')
  expect(world.events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'GuestLeft' }))
  expect([guestsOf(world), world.proxmox.server.state.guests[vmid]?.running]).toEqual([[vmid], expect.anything()])
})

test('a machine that is made anew waits for the guest that it may have on a node that is away', async () => {
  const world = await machineWorld({ nodes: 3 })
  const { root, server } = world.proxmox
  world.make('web', { ...WEB, template: { name: 'debian-12' }, powerState: 'Stopped' })
  const { vmid = 0 } = await world.untilReady('web')
  await root.task('POST', `/nodes/pve1/qemu/${vmid}/migrate`, { target: 'pve2' })
  const [machine] = world.cache.machines.list()
  if (machine !== undefined) world.cache.machines.remove(machine)
  server.nodeDown('pve2')
  await server.clock.sleep(20_000)
  world.make('web', { ...WEB, template: { name: 'debian-12' }, powerState: 'Stopped' })
  world.requests.length = 0
  await world.until('web', status => reasonOf(status) === 'False NodeOffline')
  expect(world.requests.filter(({ route }) => route.includes('/{vmid}'))).toEqual([])
  server.nodeUp('pve2')
  expect(await world.untilReady('web')).toMatchObject({ vmid, node: 'pve2' })
  expect(guestsOf(world)).toEqual([vmid])
})

test('a guest of a former tenant of the name is taken over only when somebody says so', async () => {
  const world = await machineWorld()
  const { root, server } = world.proxmox
  const { cache } = world
  const former = {
    installation: 'here',
    tenant: { name: 'acme', uid: 'uid-former' },
    machine: { name: 'web', vmid: 10_500 },
  }
  await root.task('POST', '/nodes/pve1/qemu', {
    vmid: '10500',
    name: 'acme-web',
    memory: '64',
    scsi0: 'local:1',
    pool: POOL,
    description: markText(former),
  })
  // Until the list of the cluster has its name.
  await server.clock.sleep(20_000)
  world.make('web', WEB)
  await world.until('web', status => reasonOf(status) === 'False OwnedByFormerSelf')
  const [tenant] = cache.tenants.list()
  if (tenant === undefined) throw new Error('there is no tenant')
  const annotations = { 'tenantry.dev/adopt': 'uid-former' }
  cache.tenants.put({ ...tenant, metadata: { ...tenant.metadata, annotations } })
  expect((await world.untilReady('web')).vmid).toBe(10_500)
  expect((await world.config(10_500)).description).toBe(markText({ ...former, tenant: ACME }))
})

test.each(['drop-before', 'drop-after'] as const)(
  'answers are lost (%s): nothing is made twice, nothing stays',
  async kind => {
    const world = await machineWorld()
    const { server } = world.proxmox
    for (const call of CALLS) server.inject({ call, kind, times: 1 })
    world.make('web', WEB)
    const { vmid } = await world.untilReady('web')
    expect(guestsOf(world)).toEqual([vmid])
    world.remove('web')
    await world.untilGone('web')
    expect(guestsOf(world)).toEqual([])
  },
)

test('a clone that fails in its task is told in the words of Proxmox VE, and tried again', async () => {
  const world = await machineWorld()
  world.proxmox.server.inject({ task: 'qmclone', kind: 'task-failure', times: 1 })
  world.make('web', WEB)
  await world.until('web', status => reasonOf(status) === 'False NotMade')
  await world.untilReady('web')
  expect(guestsOf(world)).toHaveLength(1)
})

test('a locked guest is waited for, and the command to unlock it is told', async () => {
  const world = await machineWorld()
  const { server } = world.proxmox
  world.make('web', WEB)
  const { vmid = 0 } = await world.untilReady('web')
  server.lock(vmid, 'backup')
  world.edit('web', { cores: 3 })
  const locked = await world.until('web', status => reasonOf(status) === 'False Locked')
  const ready = locked.conditions?.find(({ type }) => type === 'Ready')
  expect(ready?.message).toBe(
    `It is locked (backup). No task is at work on it: if nobody is, unlock it on its node with "qm unlock ${vmid}".`,
  )
  server.lock(vmid, undefined)
  await world.untilReady('web')
})

test('one that somebody destroys is made again, and an event says that its disks are new', async () => {
  const world = await machineWorld()
  const { root } = world.proxmox
  world.make('web', WEB)
  const { vmid } = await world.untilReady('web')
  await root.task('POST', `/nodes/pve1/qemu/${vmid}/status/stop`)
  await root.task('DELETE', `/nodes/pve1/qemu/${vmid}`)
  await world.until('web', status => status?.made !== true)
  expect(world.events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'GuestLost' }))
  await world.untilReady('web')
  expect(guestsOf(world)).toHaveLength(1)
})

test('on Proxmox VE 8, whose refusals have no message, all of it is the same', async () => {
  const world = await machineWorld({ options: { apiVersion: 8 } })
  world.make('web', WEB)
  await world.untilReady('web')
  world.remove('web')
  await world.untilGone('web')
  expect(guestsOf(world)).toEqual([])
})

test('machines that wait for a Secret or a right hold up those of nobody else, and are made when it is there', async () => {
  const world = await machineWorld()
  const { root } = world.proxmox
  const cloudInit = { sshKeysSecretRef: { name: 'keys', key: 'authorized_keys' } }
  for (const name of ['a', 'b']) world.make(name, { ...WEB, cloudInit })
  for (const name of ['a', 'b']) await world.until(name, status => reasonOf(status) === 'False SecretMissing')
  expect(world.status('a')?.vmid).toBe(undefined)
  const templates = { path: `/vms/${DISK_TEMPLATE}`, roles: 'TenantryTemplates', users: 'operator@pve' }
  await root.data('PUT', '/access/acl', { ...templates, roles: 'PVEAuditor' })
  await root.data('PUT', '/access/acl', { ...templates, delete: '1' })
  world.secrets.set('keys', { authorized_keys: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsecretkey ann' })
  for (const name of ['a', 'b']) await world.until(name, status => reasonOf(status) === 'False MissingRights')
  world.make('web', { ...WEB, template: { name: 'debian-12' } })
  await world.untilReady('web')
  await root.data('PUT', '/access/acl', templates)
  for (const name of ['a', 'b']) await world.untilReady(name)
  expect(guestsOf(world)).toHaveLength(3)
})

test('machines that come at the same time get ids and addresses of their own', async () => {
  const world = await machineWorld()
  for (const name of ['a', 'b', 'c']) world.make(name, WEB)
  for (const name of ['a', 'b', 'c']) await world.untilReady(name)
  const found = ['a', 'b', 'c'].map(world.status)
  expect(new Set(found.map(status => status?.vmid)).size).toBe(3)
  expect(found.map(status => status?.address).sort()).toEqual(['10.64.110.10', '10.64.110.11', '10.64.110.12'])
})

test('a machine whose node goes away is told so, and one that an administrator moved is followed', async () => {
  const world = await machineWorld({ nodes: 3 })
  const { root, server } = world.proxmox
  world.make('web', { ...WEB, template: { name: 'debian-12' }, powerState: 'Stopped' })
  const { vmid = 0 } = await world.untilReady('web')
  await root.task('POST', `/nodes/pve1/qemu/${vmid}/migrate`, { target: 'pve2' })
  await world.until('web', status => status?.node === 'pve2' && isReady(status))
  server.nodeDown('pve2')
  await world.until('web', status => reasonOf(status) === 'False NodeOffline')
  expect(world.status('web')?.powerState).toBe('Unknown')
  // Proxmox VE itself waits 30 seconds for such a node, and machines of other tenants would wait along.
  const asked = () => world.requests.filter(({ route }) => route.includes('/{vmid}')).map(({ route }) => route)
  world.requests.length = 0
  await world.pass()
  world.remove('web')
  await world.until('web', status => reasonOf(status, 'Deleting') === 'True NodeOffline')
  expect(asked()).toEqual([])
  server.nodeUp('pve2')
  await world.untilGone('web')
  expect(guestsOf(world)).toEqual([])
})

test('one that is moved before anybody has seen it is found where it is: it is not made twice, and not forgotten', async () => {
  const world = await machineWorld({ nodes: 3 })
  const { root, server } = world.proxmox
  world.make('web', { ...WEB, template: { name: 'debian-12' }, powerState: 'Stopped' })
  const { vmid = 0, task = '' } = await world.until('web', status => status?.task !== undefined)
  const isCloned = () => server.state.tasks.some(({ upid, endtime }) => upid === task && endtime !== undefined)
  while (!isCloned()) await server.clock.sleep(1000)
  await root.task('POST', `/nodes/pve1/qemu/${vmid}/migrate`, { target: 'pve2' })
  expect(await world.untilReady('web')).toMatchObject({ vmid, node: 'pve2' })
  expect(guestsOf(world)).toEqual([vmid])
})

test('a status that another version wrote costs neither a second guest nor one that is left behind', async () => {
  const world = await machineWorld()
  const put = (change: object) => {
    const [found] = world.cache.machines.list()
    if (found !== undefined) world.cache.machines.put({ ...found, status: { ...(found.status as object), ...change } })
  }
  world.make('web', WEB)
  const { vmid = 0 } = await world.untilReady('web')
  put({ powerState: 'Paused' })
  world.edit('web', { cores: 1 })
  expect(await world.untilReady('web')).toMatchObject({ vmid, powerState: 'Running' })
  expect(guestsOf(world)).toEqual([vmid])
  put({ vmid: `${vmid}` })
  await world.until('web', status => reasonOf(status) === 'False InvalidSpec')
  world.remove('web')
  await world.until('web', status => reasonOf(status, 'Deleting') === 'True InvalidSpec')
  expect(guestsOf(world)).toEqual([vmid])
  put({ vmid, powerState: 'Paused' })
  await world.untilGone('web')
  expect(guestsOf(world)).toEqual([])
})

const CACHE = { container: { template: VOLUME }, memory: '64Mi', disks: [{ name: 'rootfs', size: '1Gi' }] }

test('killed before and after each write, and started again: nothing doubles, nothing stays', {
  timeout: 300_000,
}, async () => {
  const world = await machineWorld()
  const names = ['web', 'cache']
  const settle = async () => {
    for (const name of names) await world.untilReady(name)
  }
  const vanish = async () => {
    for (const name of names) await world.untilGone(name)
  }
  const begin = (write: number, moment: 'before' | 'after') => {
    world.dieAt(write, moment)
    world.make('web', WEB)
    world.make('cache', CACHE)
    return settle()
  }
  const end = (write: number, moment: 'before' | 'after') => {
    world.dieAt(write, moment)
    for (const name of names) world.remove(name)
    return vanish()
  }
  await begin(0, 'before')
  const making = world.writes.length
  await end(0, 'before')
  const removing = world.writes.length
  const wrong: string[] = []
  let points = 0
  for (let write = 1; write <= Math.max(making, removing); write += 1) {
    for (const moment of ['before', 'after'] as const) {
      await begin(write, moment)
      points += world.isDead() ? 1 : 0
      const place = `${moment} ${world.writes.at(-1)}`
      world.restart()
      await settle()
      if (guestsOf(world).length !== 2) wrong.push(`${place}: ${guestsOf(world)} are there`)
      await end(write, moment)
      points += world.isDead() ? 1 : 0
      world.restart()
      await vanish()
      if (guestsOf(world).length > 0) wrong.push(`${place}: ${guestsOf(world)} stay`)
    }
  }
  console.log(`killed at ${points} points`)
  expect(wrong).toEqual([])
  expect(points).toBeGreaterThanOrEqual(2 * (making + removing) - 4)
  // A lock of ten seconds runs out in an instant of this clock where the machine is busy: that may be told, and nothing else.
  const told = world.events.flatMap(({ type, reason }) => (type === 'Warning' ? [reason] : []))
  expect(told.filter(reason => reason !== 'TaskFailed')).toEqual([])
})
