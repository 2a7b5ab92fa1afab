import { afterEach, expect, test } from 'vitest'
import { scaledClock } from './clock.ts'
import { clientOf, loggedIn } from './make/client.ts'
import { type Proxmox, type ProxmoxOptions, startProxmox } from './simulator.ts'

const running: Proxmox[] = []
const start = async (options: ProxmoxOptions = {}) => {
  const proxmox = await startProxmox({ clock: scaledClock(50), ...options })
  running.push(proxmox)
  return proxmox
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(proxmox => proxmox.stop()))
})

test('a token made by root logs in, and may do what its ACL says and no more', async () => {
  const proxmox = await start()
  const root = await loggedIn(proxmox)
  await root.data('POST', '/access/users', { userid: 'ops@pve' })
  const { value } = await root.data('POST', '/access/users/ops@pve/token/ci', { privsep: '0' })
  await root.data('POST', '/pools', { poolid: 'tenants' })
  await root.data('PUT', '/access/acl', { path: '/pool/tenants', roles: 'PVEPoolAdmin', users: 'ops@pve' })

  const token = clientOf(proxmox, { Authorization: `PVEAPIToken=ops@pve!ci=${value}` })
  expect(await token.data('POST', '/pools', { poolid: 'tenants/acme' })).toBeNull()
  expect(await token.call('POST', '/pools', { poolid: 'evil' })).toEqual({
    status: 403,
    reason: 'Permission check failed (/pool/evil, Pool.Allocate)',
    body: { data: null, message: 'Permission check failed (/pool/evil, Pool.Allocate)\n' },
  })
})

test('a bad token is a 401 without a body', async () => {
  const proxmox = await start()
  const nobody = clientOf(proxmox, { Authorization: 'PVEAPIToken=ops@pve!ci=no' })
  expect(await nobody.call('GET', '/version')).toEqual({
    status: 401,
    reason: 'Authentication failed!',
    body: undefined,
  })
})

test('version 8 leaves the message out of the body', async () => {
  const proxmox = await start({ options: { apiVersion: 8 } })
  const root = await loggedIn(proxmox)
  const { reason, body } = await root.call('DELETE', '/pools', { poolid: 'none' })
  expect({ reason, body }).toEqual({
    reason: `delete pool failed: pool 'none' does not exist`,
    body: { data: null },
  })
})

test('the same seed gives the same secrets', async () => {
  const secret = async (seed: number) => {
    const root = await loggedIn(await start({ seed }))
    return (await root.data('POST', '/access/users/root@pam/token/one')).value
  }
  const [first, second, other] = [await secret(7), await secret(7), await secret(8)]
  expect(first).toBe(second)
  expect(first).not.toBe(other)
})

test('without a majority of the nodes nothing is written, and a dead node does not answer', async () => {
  const proxmox = await start({ nodes: 2 })
  const root = await loggedIn(proxmox)
  proxmox.nodeDown('pve2')
  expect(await root.call('POST', '/pools', { poolid: 'acme' })).toMatchObject({
    status: 500,
    reason: `create pool failed: cfs-lock 'file-user_cfg' error: no quorum!`,
  })
  expect(await root.call('GET', '/nodes/pve2/tasks')).toEqual({
    status: 595,
    reason: 'No route to host',
    body: undefined,
  })
  proxmox.nodeUp('pve2')
  expect(await root.data('POST', '/pools', { poolid: 'acme' })).toBeNull()
})

test('a connection that drops after the effect has had it', async () => {
  const proxmox = await start()
  const root = await loggedIn(proxmox)
  proxmox.inject({ kind: 'drop-after', call: 'POST /pools', times: 1 })
  await expect(root.call('POST', '/pools', { poolid: 'acme' })).rejects.toThrow('socket hang up')
  expect(await root.call('POST', '/pools', { poolid: 'acme' })).toMatchObject({
    reason: `create pool failed: pool 'acme' already exists`,
  })
})

test('a fault hits the call or task of its number, and it is known which came to pass', async () => {
  const proxmox = await start()
  const root = await loggedIn(proxmox)
  const second = { kind: 'error', message: 'no', call: 'GET /pools', after: 1, times: 1 } as const
  const task = { kind: 'task-failure', message: 'no', task: 'qmcreate', after: 1, times: 1 } as const
  proxmox.inject(second, task, { kind: 'unreachable', call: 'GET /pools', after: 3 })
  expect(await root.data('GET', '/pools')).toEqual([])
  expect(proxmox.metFaults()).toEqual([])
  expect(await root.call('GET', '/pools')).toMatchObject({ status: 500, reason: 'no' })
  expect(await root.data('GET', '/pools')).toEqual([])
  await root.task('POST', '/nodes/pve1/qemu', { vmid: '100', memory: '32' })
  expect(await root.task('POST', '/nodes/pve1/qemu', { vmid: '101', memory: '32' })).toBe('no')
  expect(proxmox.metFaults()).toEqual([second, task])
  proxmox.clearFaults()
  expect(proxmox.metFaults()).toEqual([])
})

test('a dump goes back in, and a reset goes back to the start', async () => {
  const proxmox = await start()
  const root = await loggedIn(proxmox)
  await root.data('POST', '/pools', { poolid: 'acme' })
  const dump = proxmox.dump()
  proxmox.reset()
  expect(await root.data('GET', '/pools')).toEqual([])
  proxmox.reset(dump)
  expect(await root.data('GET', '/pools')).toEqual([{ poolid: 'acme' }])
})
