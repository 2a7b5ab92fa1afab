/** A tenant's whole life by the client, with the rights that docs/proxmox-permissions.md grants and no others. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { clientOf } from '../../dev/proxmox/make/client.ts'
import { operatorClient, preparedProxmox, TEMPLATE } from '../../test/make/prepared-proxmox.ts'
import type { Proxmox } from './client.ts'
import { access, pool } from './routes/access.ts'
import { cluster } from './routes/cluster.ts'
import { lxc } from './routes/lxc.ts'
import { qemu } from './routes/qemu.ts'
import { sdn } from './routes/sdn.ts'
import { observeGuestTasks, observeTask, type TaskState } from './task.ts'

async function ended(proxmox: Proxmox, upid: string): Promise<TaskState> {
  for (;;) {
    const state = await observeTask(proxmox, upid)
    if (state.state !== 'running') return state
    await sleep(10)
  }
}

const DONE = { state: 'done', warnings: 0 }
const POOL = 'tenants/acme'
const machine = { node: 'pve1', vmid: 10_000 }

test('a tenant comes, gets users, a network and a machine, and goes without leaving anything', async () => {
  const prepared = await preparedProxmox()
  const proxmox = operatorClient(prepared)
  const done = async (upid: string | undefined) =>
    expect(upid === undefined ? DONE : await ended(proxmox, upid)).toEqual(DONE)

  await proxmox.call(pool.create, { poolid: POOL, comment: 'mark' })
  expect(await proxmox.call(pool.get, { poolid: POOL })).toEqual({ poolid: POOL, comment: 'mark', members: [] })
  const user = { userid: 'ann.acme@pve', groups: ['tenants'], comment: 'mark', password: 'ann-secret-1' }
  await proxmox.call(access.createUser, user)
  await proxmox.call(access.putAcl, { path: `/pool/${POOL}`, roles: ['TenantUser'], users: [user.userid] })

  await proxmox.call(sdn.createVnet, { vnet: 'tn2s', zone: 'tenants', tag: 100, alias: 'tenantry acme' })
  const subnet = { vnet: 'tn2s', type: 'subnet', subnet: '10.64.100.0/24', gateway: '10.64.100.1' } as const
  await proxmox.call(sdn.createSubnet, subnet)
  await done(await proxmox.call(sdn.apply, {}))
  expect(await proxmox.call(sdn.listNodeVnets, { node: 'pve1', zone: 'tenants' })).toMatchObject([
    { vnet: 'tn2s', status: 'available' },
  ])

  const clone = { node: 'pve1', vmid: TEMPLATE, newid: machine.vmid, pool: POOL, name: 'web', description: 'mark' }
  await done(await proxmox.call(qemu.clone, clone))
  const { digest } = await proxmox.call(qemu.getConfig, machine)
  const change = {
    cores: 2,
    memory: 64,
    tags: ['tenantry'],
    net0: 'virtio,bridge=tn2s',
    ipconfig0: 'ip=10.64.100.10/24',
  }
  await proxmox.call(qemu.putConfig, { ...machine, ...change, ...(digest && { digest }) })
  await expect(proxmox.call(qemu.putConfig, { ...machine, cores: 3, ...(digest && { digest }) })).rejects.toMatchObject(
    {
      kind: 'stale',
    },
  )
  expect(await proxmox.call(qemu.getConfig, machine)).toMatchObject({
    cores: '2',
    tags: 'tenantry',
    description: 'mark',
  })
  await done(await proxmox.call(qemu.start, machine))
  expect((await proxmox.call(qemu.getStatus, machine)).status).toBe('running')
  await expect(proxmox.call(qemu.destroy, machine)).rejects.toMatchObject({ kind: 'conflict' })
  await done(await proxmox.call(qemu.shutdown, { ...machine, timeout: 5, forceStop: true }))
  await expect(proxmox.call(pool.remove, { poolid: POOL })).rejects.toMatchObject({ kind: 'conflict' })

  await done(await proxmox.call(qemu.destroy, { ...machine, purge: true, 'destroy-unreferenced-disks': true }))
  // With its pool it has lost the right to look; that nobody has the id is the proof.
  await expect(proxmox.call(qemu.getConfig, machine)).rejects.toMatchObject({ kind: 'forbidden' })
  expect(await proxmox.call(cluster.getNextId, { vmid: machine.vmid })).toBe(machine.vmid)
  const disks = { vmid: `${machine.vmid}` }
  expect(await prepared.root.data('GET', '/nodes/pve1/storage/local/content', disks)).toEqual([])
  await proxmox.call(access.putAcl, {
    path: `/pool/${POOL}`,
    roles: ['TenantUser'],
    users: [user.userid],
    delete: true,
  })
  await proxmox.call(access.deleteUser, { userid: user.userid })
  await proxmox.call(sdn.deleteSubnet, { vnet: 'tn2s', subnet: 'tenants-10.64.100.0-24' })
  await proxmox.call(sdn.deleteVnet, { vnet: 'tn2s' })
  await done(await proxmox.call(sdn.apply, {}))
  await proxmox.call(pool.remove, { poolid: POOL })
  expect(await proxmox.call(pool.list, {})).toEqual([{ poolid: 'tenants' }])
  expect(await proxmox.call(sdn.listVnets, { pending: true })).toEqual([])
  expect(await proxmox.call(access.listUsers, {})).toEqual([])
  for (const path of ['/access/users', '/access/acl']) {
    expect(JSON.stringify(await prepared.root.data('GET', path))).not.toMatch(/acme/)
  }
})

test('a container is made from a template volume, changed, grown and destroyed', async () => {
  const prepared = await preparedProxmox()
  const proxmox = operatorClient(prepared)
  const done = async (upid: string | undefined) =>
    expect(upid === undefined ? DONE : await ended(proxmox, upid)).toEqual(DONE)
  await proxmox.call(pool.create, { poolid: POOL })
  const [template] = await prepared.root.data('GET', '/nodes/pve1/storage/local/content', { content: 'vztmpl' })
  const made = {
    hostname: 'cache',
    memory: 64,
    rootfs: 'local:1',
    description: 'mark',
    pool: POOL,
    unprivileged: true,
  } as const
  await done(await proxmox.call(lxc.create, { ...machine, ...made, ostemplate: template?.volid ?? '' }))
  const { digest } = await proxmox.call(lxc.getConfig, machine)
  await proxmox.call(lxc.putConfig, { ...machine, cores: 2, tags: ['tenantry'], ...(digest && { digest }) })
  expect(await proxmox.call(lxc.getConfig, machine)).toMatchObject({ cores: '2', hostname: 'cache', unprivileged: '1' })
  await done(await proxmox.call(lxc.resize, { ...machine, disk: 'rootfs', size: '2G' }))
  await done(await proxmox.call(lxc.start, machine))
  expect((await proxmox.call(lxc.getStatus, machine)).status).toBe('running')
  await expect(proxmox.call(lxc.start, machine)).rejects.toMatchObject({ kind: 'conflict' })
  await done(await proxmox.call(lxc.shutdown, { ...machine, timeout: 5, forceStop: true }))
  await done(await proxmox.call(lxc.destroy, { ...machine, purge: true }))
  expect(await proxmox.call(cluster.getNextId, { vmid: machine.vmid })).toBe(machine.vmid)
  expect((await proxmox.call(pool.get, { poolid: POOL })).members).toEqual([])
})

test('with those rights, what is not of tenants is out of reach', async () => {
  const prepared = await preparedProxmox()
  const { root } = prepared
  await root.task('POST', '/nodes/pve1/qemu', { vmid: '100', name: 'somebody', memory: '32' })
  await root.data('POST', '/pools', { poolid: 'internal' })
  const proxmox = operatorClient(prepared)
  const foreign = { node: 'pve1', vmid: 100 }
  const refused = [
    proxmox.call(qemu.destroy, foreign),
    proxmox.call(qemu.shutdown, foreign),
    proxmox.call(qemu.getConfig, foreign),
    proxmox.call(qemu.putConfig, { ...foreign, cores: 2 }),
    proxmox.call(pool.create, { poolid: 'internal/acme' }),
    proxmox.call(pool.remove, { poolid: 'internal' }),
    proxmox.call(access.createUser, { userid: 'eve@pve', groups: ['admins'] }),
    proxmox.call(access.putAcl, { path: '/', roles: ['TenantUser'], users: ['operator@pve'] }),
    proxmox.call(access.putAcl, { path: '/pool/tenants', roles: ['Administrator'], users: ['operator@pve'] }),
    proxmox.call(qemu.destroy, { node: 'pve1', vmid: TEMPLATE }),
  ]
  const kinds = await Promise.all(
    refused.map(call =>
      call.then(
        () => 'done',
        ({ kind }) => kind as string,
      ),
    ),
  )
  expect(kinds).toEqual(refused.map(() => 'forbidden'))
  const { id, secret } = prepared.token
  const anybody = clientOf(prepared.server, { Authorization: `PVEAPIToken=${id}=${secret}` })
  const evil = await anybody.call('POST', '/access/users/root@pam/token/evil', { privsep: '0' })
  expect(evil.status).toBe(403)
})

test('a clone whose answer is lost is found again by looking, and was made once', async () => {
  const prepared = await preparedProxmox()
  const proxmox = operatorClient(prepared)
  await proxmox.call(pool.create, { poolid: POOL })
  prepared.server.inject({ call: 'POST /nodes/{node}/qemu/{vmid}/clone', kind: 'drop-after', times: 1 })
  const clone = { node: 'pve1', vmid: TEMPLATE, newid: machine.vmid, pool: POOL, description: 'mark' }
  await expect(proxmox.call(qemu.clone, clone)).rejects.toMatchObject({ kind: 'unanswered' })
  await expect
    .poll(async () => (await observeGuestTasks(proxmox, { node: 'pve1', vmid: TEMPLATE })).map(({ state }) => state), {
      timeout: 20_000,
    })
    .toContainEqual(DONE)
  const clones = (await observeGuestTasks(proxmox, { node: 'pve1', vmid: TEMPLATE })).filter(
    ({ type }) => type === 'qmclone',
  )
  expect(clones).toHaveLength(1)
  expect(await proxmox.call(qemu.getConfig, machine)).toMatchObject({ description: 'mark' })
  await expect(proxmox.call(cluster.getNextId, { vmid: machine.vmid })).rejects.toMatchObject({ kind: 'exists' })
})
