/** A node that is said to be online and does not answer: looks through it wait half a minute each, and others wait along. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, isReady, machineWorld, reasonOf } from '../../test/make/machine-world.ts'
import type { Proxmox } from '../proxmox/client.ts'
import { ProxmoxError } from '../proxmox/errors.ts'
import { qemu } from '../proxmox/routes/qemu.ts'
import { createSilentNodes, NODE_REST_MS } from './silent-nodes.ts'

test('a node that does not answer is asked once in half a minute, however many machines are on it; others are asked', async () => {
  let nowMs = 0
  let silent = 'pve1'
  const asked: string[] = []
  const call = async (_: unknown, { node, vmid }: { node: string; vmid: number }) => {
    asked.push(`${node} ${vmid}`)
    if (node !== silent) return {}
    throw new ProxmoxError({ kind: 'nodeUnreachable', what: `GET guest ${vmid}`, why: 'No route to host', status: 595 })
  }
  const proxmox = createSilentNodes({ nowMs: () => nowMs }).sparing('pve', { call, close: async () => {} } as Proxmox)
  const look = (vmid: number, node = 'pve1') =>
    proxmox.call(qemu.getConfig, { node, vmid }).then(
      () => 'seen',
      (error: Error) => error.message,
    )
  const told = 'Cannot ask node pve1: No route to host'
  expect([await look(100), await look(101), await look(102, 'pve2')]).toEqual([told, told, 'seen'])
  expect(asked).toEqual(['pve1 100', 'pve2 102'])
  nowMs += NODE_REST_MS
  silent = ''
  expect(await Promise.all([look(101), look(100)])).toEqual(['seen', told])
  expect(await look(100)).toBe('seen')
})

test('machines on such a node say so, and that they are seen again', async () => {
  const world = await machineWorld()
  const { server } = world.proxmox
  const machines = ['a', 'b']
  for (const name of machines) world.make(name, { template: { vmid: DISK_TEMPLATE }, memory: '64Mi' })
  for (const name of machines) await world.untilReady(name)
  world.restart()
  server.inject({ call: /\/nodes\/pve1\//, kind: 'unreachable' })
  for (const name of machines) await world.until(name, status => reasonOf(status) === 'False NodeOffline')
  server.clearFaults()
  for (const name of machines) await world.until(name, isReady)
})
