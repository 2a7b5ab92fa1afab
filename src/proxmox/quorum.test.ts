/** Nothing is taken for absent by what a node says that may be cut off from the others. */
import { expect, test } from 'vitest'
import { administer, operatorClient, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import { ProxmoxError } from './errors.ts'
import { observeGuest } from './guest.ts'

const GUEST = { vmid: 10_000, type: 'qemu', node: 'pve1' } as const
const MAY_ASK = 'pveum acl modify / --roles TenantryNodes --users operator@pve --propagate 0'

test('an id that nobody has is free only where most nodes are there, or Proxmox VE says that it has quorum', async () => {
  const prepared = await preparedProxmox({ nodes: 3 })
  const { server, root } = prepared
  const proxmox = operatorClient(prepared)
  const look = () =>
    observeGuest(proxmox, GUEST).then(
      ({ found }) => found,
      error => (error instanceof ProxmoxError ? error.kind : error),
    )
  expect(await look()).toBe('absent')
  server.nodeDown('pve3')
  expect(await look()).toBe('absent')
  server.nodeDown('pve2')
  expect(await look()).toBe('noQuorum')
  server.nodeUp('pve2')
  await administer(root, MAY_ASK)
  expect(await look()).toBe('absent')
  server.quorum(false)
  expect(await look()).toBe('noQuorum')
})
