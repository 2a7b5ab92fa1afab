/** The mark is asked for at the moment of acting, whatever a pass has seen before. */
import { expect, test } from 'vitest'
import { operatorClient, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import type { GuestRef, MachineStep } from '../plan/machine-step.ts'
import { markText } from '../plan/proxmox-mark.ts'
import { observeGuest } from './guest.ts'
import { applyMachineStep } from './machine-apply.ts'
import { observeTask } from './task.ts'

const VMID = 10_000
const mark = { installation: 'here', tenant: { name: 'acme', uid: 'uid-acme' }, machine: { name: 'web', vmid: VMID } }
const ref: GuestRef = { cluster: 'pve', vmid: VMID, type: 'qemu', node: 'pve1', mark }

async function givenGuest(description: string) {
  const prepared = await preparedProxmox()
  const { root, server } = prepared
  await root.data('POST', '/pools', { poolid: 'tenants/acme' })
  const guest = { vmid: `${VMID}`, memory: '32', pool: 'tenants/acme', description }
  await root.task('POST', '/nodes/pve1/qemu', guest)
  const proxmox = operatorClient(prepared)
  const apply = (step: MachineStep) => applyMachineStep({ proxmox, readSecret: async () => '' }, step)
  return { root, server, proxmox, apply }
}

const ACTIONS: readonly MachineStep[] = [
  { do: 'proxmox.startGuest', ...ref },
  { do: 'proxmox.stopGuest', ...ref, timeoutSeconds: 1 },
  { do: 'proxmox.destroyGuest', ...ref },
]

test.each([
  ['without a mark', 'mine'],
  ['of another tenant', markText({ ...mark, tenant: { name: 'acme', uid: 'another' } })],
  ['that is a copy under another id', markText({ ...mark, machine: { name: 'web', vmid: VMID + 1 } })],
])('a guest %s is neither started nor stopped nor destroyed', async (_, description) => {
  const { server, apply } = await givenGuest(description)
  for (const step of ACTIONS) {
    await expect(apply(step)).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('left alone'),
    })
  }
  expect(server.state.guests[VMID]).toBeDefined()
  expect(server.state.tasks.filter(({ type }) => /start|shutdown|destroy/.test(type))).toEqual([])
})

test('a guest goes with its own disks, and not with those that have its number and are none of its', async () => {
  const { server, proxmox, root, apply } = await givenGuest(markText(mark))
  await root.task('POST', `/nodes/pve1/qemu/${VMID}/config`, { scsi0: 'local:1' })
  // Of a guest of another cluster that has the same storage, or kept from one that had the id before.
  const theirs = { content: 'images', format: 'raw', size: 1, ctime: 1, vmid: VMID, node: 'pve1' }
  server.state.volumes.push({ volid: `local:${VMID}/vm-${VMID}-disk-7.raw`, ...theirs })
  const volumes = () => server.state.volumes.filter(({ vmid }) => vmid === VMID).map(({ volid }) => volid)
  expect(volumes()).toHaveLength(2)
  const task = await apply({ do: 'proxmox.destroyGuest', ...ref })
  while ((await observeTask(proxmox, task ?? '')).state === 'running') await server.clock.sleep(1000)
  expect(server.state.guests[VMID]).toBe(undefined)
  expect(volumes()).toEqual([`local:${VMID}/vm-${VMID}-disk-7.raw`])
})

test('settings and marks are refused once somebody has changed the configuration that was seen', async () => {
  const { root, proxmox, apply } = await givenGuest(markText(mark))
  const finding = await observeGuest(proxmox, ref)
  const digest = finding.found === 'guest' ? finding.guest.digest : ''
  await root.data('PUT', `/nodes/pve1/qemu/${VMID}/config`, { description: 'mine now' })
  const changes: readonly MachineStep[] = [
    { do: 'proxmox.configureGuest', ...ref, set: { cores: 2 }, remove: [], digest },
    { do: 'proxmox.markGuest', ...ref, digest },
  ]
  for (const step of changes) await expect(apply(step)).rejects.toMatchObject({ kind: 'stale' })
  expect((await root.data('GET', `/nodes/pve1/qemu/${VMID}/config`)).description).toBe('mine now')
})

test('an id that nobody has is proven free, and one that the token may not look at is told from it', async () => {
  const { root, proxmox } = await givenGuest(markText(mark))
  await root.task('POST', '/nodes/pve1/qemu', { vmid: '10001', memory: '32' })
  const look = (vmid: number) => observeGuest(proxmox, { vmid, type: 'qemu', node: 'pve1' }).then(({ found }) => found)
  expect(await Promise.all([VMID, 10_001, 10_002].map(look))).toEqual(['guest', 'hidden', 'absent'])
})
