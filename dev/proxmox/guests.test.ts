import { afterEach, expect, test } from 'vitest'
import { scaledClock } from './clock.ts'
import { type Client, clientOf, loggedIn } from './make/client.ts'
import { type Proxmox, type ProxmoxOptions, startProxmox } from './simulator.ts'

const running: Proxmox[] = []
const start = async (options: ProxmoxOptions = {}) => {
  const proxmox = await startProxmox({ clock: scaledClock(50), ...options })
  running.push(proxmox)
  return { proxmox, root: await loggedIn(proxmox) }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(proxmox => proxmox.stop()))
})

const qemu = '/nodes/pve1/qemu'
const createMachine = (root: Client, more: Record<string, string> = {}) =>
  root.task('POST', qemu, { vmid: '100', memory: '32', cores: '1', ...more })

test('of two machines with one id, one is made', async () => {
  const { root } = await start()
  const answers = await Promise.all([1, 2].map(() => root.call('POST', qemu, { vmid: '100', memory: '32' })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 500])
  expect(answers.find(({ status }) => status === 500)?.reason).toMatch(/^unable to create VM 100/)
})

test('a change of a running machine waits for its stop, unless it does no harm', async () => {
  const { root } = await start()
  await createMachine(root)
  await root.task('POST', `${qemu}/100/status/start`)
  await root.data('PUT', `${qemu}/100/config`, { cores: '2', tags: 'acme' })
  const pending: { key: string }[] = await root.data('GET', `${qemu}/100/pending`)
  expect(pending.filter(({ key }) => ['cores', 'tags'].includes(key)).map(row => JSON.stringify(sorted(row)))).toEqual(
    expect.arrayContaining(['{"key":"cores","pending":2,"value":1}', '{"key":"tags","value":"acme"}']),
  )
  await root.task('POST', `${qemu}/100/status/stop`)
  expect(await root.data('GET', `${qemu}/100/config`, { current: '1' })).toMatchObject({ cores: 2 })
})

const sorted = (row: object) => Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))

test('the list of the cluster is behind the machine', async () => {
  const { root } = await start({ options: { pvestatdMs: 60_000 } })
  await createMachine(root, { name: 'first' })
  await root.data('PUT', `${qemu}/100/config`, { memory: '64' })
  const [row] = await root.data('GET', '/cluster/resources', { type: 'vm' })
  expect(row).not.toMatchObject({ maxmem: 64 * 2 ** 20 })
  await expect
    .poll(() => root.data('GET', '/cluster/resources', { type: 'vm' }), { timeout: 20_000 })
    .toMatchObject([{ maxmem: 64 * 2 ** 20 }])
})

test('an edit with the digest of an older configuration is refused', async () => {
  const { root } = await start()
  await createMachine(root)
  const { digest } = await root.data('GET', `${qemu}/100/config`)
  await root.data('PUT', `${qemu}/100/config`, { description: 'one', digest })
  expect(await root.call('PUT', `${qemu}/100/config`, { description: 'two', digest })).toMatchObject({ status: 500 })
})

test('a task fails or hangs on request, and a hanging one can be stopped', async () => {
  const { root, proxmox } = await start({
    faults: [
      { kind: 'task-failure', task: 'qmcreate', message: 'out of space', times: 1 },
      { kind: 'task-hang', task: 'qmcreate', after: 1, times: 1 },
    ],
  })
  expect(await createMachine(root)).toBe('out of space')
  const upid: string = await root.data('POST', qemu, { vmid: '101', memory: '32' })
  const path = `/nodes/pve1/tasks/${encodeURIComponent(upid)}`
  await proxmox.clock.sleep(10_000)
  expect(await root.data('GET', `${path}/status`)).toMatchObject({ status: 'running' })
  await root.data('DELETE', path)
  await expect
    .poll(() => root.data('GET', `${path}/status`))
    .toMatchObject({ status: 'stopped', exitstatus: 'received interrupt' })
})

test('an id that a failed task was to fill is free again', async () => {
  const { root, proxmox } = await start()
  const container = { ostemplate: 'local:vztmpl/mini_1.0_amd64.tar.gz', rootfs: 'local:1' }
  expect(await root.task('POST', '/nodes/pve1/lxc', { vmid: '200', ...container })).toBe('OK')
  for (const task of ['vzcreate', 'vzclone', 'qmcreate']) {
    proxmox.inject({ kind: 'task-failure', task, message: 'no' })
  }
  expect(await root.task('POST', '/nodes/pve1/lxc', { vmid: '201', ...container })).toBe('no')
  expect(await root.task('POST', '/nodes/pve1/lxc/200/clone', { newid: '202' })).toBe('no')
  expect(await createMachine(root, { vmid: '203' })).toBe('no')
  expect(Object.keys(proxmox.state.guests)).toEqual(['200'])
})

test('what a node was making when it went off stays half made, and its task ends without anybody writing how', async () => {
  const { root, proxmox } = await start({ nodes: 3, options: { taskMs: 5000 } })
  const template = { vmid: '100', memory: '32', scsi0: 'local:1' }
  await root.task('POST', qemu, template)
  await root.task('POST', `${qemu}/100/template`)
  const upid: string = await root.data('POST', `${qemu}/100/clone`, { newid: '101', full: '1' })
  while (proxmox.state.guests[101] === undefined) await proxmox.clock.sleep(500)
  proxmox.nodeDown('pve1')
  await proxmox.clock.sleep(10_000)
  proxmox.nodeUp('pve1')
  expect(await root.data('GET', `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`)).toMatchObject({
    status: 'stopped',
    exitstatus: 'unexpected status',
  })
  expect(await root.data('GET', `${qemu}/101/config`)).toMatchObject({ lock: 'clone' })
})

test('a guest with a lock, or a cluster without quorum, refuses changes', async () => {
  const { root, proxmox } = await start()
  await createMachine(root)
  proxmox.lock(100, 'backup')
  expect(await root.call('PUT', `${qemu}/100/config`, { cores: '2' })).toMatchObject({
    reason: 'VM is locked (backup)',
  })
  proxmox.lock(100, undefined)
  proxmox.quorum(false)
  expect(await root.call('PUT', `${qemu}/100/config`, { cores: '2' })).toMatchObject({ status: 500 })
  proxmox.quorum(true)
  expect(await root.data('PUT', `${qemu}/100/config`, { cores: '2' })).toBeNull()
})

test('an apply of the network succeeds though a node is off, which is behind until it applies, too', async () => {
  const { root, proxmox } = await start({ nodes: 3 })
  await root.data('POST', '/cluster/sdn/zones', { zone: 'acme', type: 'simple' })
  proxmox.nodeDown('pve3')
  expect(await root.task('PUT', '/cluster/sdn')).toBe('OK')
  expect(await root.data('GET', '/nodes/pve1/sdn/zones')).toEqual([{ zone: 'acme', status: 'available' }])
  proxmox.nodeUp('pve3')
  expect(await root.data('GET', '/nodes/pve3/sdn/zones')).toEqual([{ zone: 'acme', status: 'pending' }])
  expect(await root.task('PUT', '/cluster/sdn')).toBe('OK')
  expect(await root.data('GET', '/nodes/pve3/sdn/zones')).toEqual([{ zone: 'acme', status: 'available' }])
})

test('a bad parameter is named before anything happens, with what is wrong about it', async () => {
  const { root } = await start()
  const { status, body } = await root.call('POST', qemu, { vmid: '99', cores: 'two', net0: 'virtio', colour: 'red' })
  expect(status).toBe(400)
  expect(body.errors).toEqual({
    vmid: 'invalid format - value does not look like a valid VM ID\n',
    cores: `type check ('integer') failed - got 'two'`,
    colour: 'property is not defined in schema and the schema does not allow additional properties',
  })
})

test('a user may not set the password of another, and hears which right is missing', async () => {
  const { root, proxmox } = await start()
  await root.data('POST', '/access/users', { userid: 'bob@pve', password: 'bob-secret-1' })
  const { data } = (
    await clientOf(proxmox).call('POST', '/access/ticket', { username: 'bob@pve', password: 'bob-secret-1' })
  ).body
  const bob = clientOf(proxmox, {
    Cookie: `PVEAuthCookie=${data.ticket}`,
    CSRFPreventionToken: data.CSRFPreventionToken,
  })
  const change = { userid: 'root@pam', password: 'bob-secret-2', 'confirmation-password': 'bob-secret-1' }
  expect(await bob.call('PUT', '/access/password', change)).toMatchObject({
    status: 403,
    reason: 'Permission check failed (/access/realm/pam, Realm.AllocateUser)',
  })
})
