/** Nothing is taken for absent by what a node says that may be cut off from the others. */
import { expect, test } from 'vitest'
import { administer, operatorClient, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import { ProxmoxError } from './errors.ts'
import { observeGuest } from './guest.ts'

const GUEST = { vmid: 10_000, type: 'qemu', node: 'pve1' } as const
const MAY_ASK = 'pveum acl modify / --roles TenantryNodes --users operator@pve --propagate 0'

interface Cluster {
  nodes: number
  mayAsk?: true
  noQuorum?: true
}

test.each<[string, Cluster, string[], string]>([
  ['all nodes are there', { nodes: 1 }, [], 'absent'],
  ['one of three nodes is away', { nodes: 3 }, ['pve3'], 'absent'],
  ['one of two nodes is away', { nodes: 2 }, ['pve2'], 'noQuorum'],
  ['two of three nodes are away', { nodes: 3 }, ['pve2', 'pve3'], 'noQuorum'],
  ['one of three is away, and the token may ask', { nodes: 3, mayAsk: true }, ['pve3'], 'absent'],
  ['the cluster says that it has no quorum', { nodes: 3, mayAsk: true, noQuorum: true }, [], 'noQuorum'],
])('an id that nobody has, where %s', async (_, { nodes, mayAsk, noQuorum }, away, expected) => {
  const prepared = await preparedProxmox({ nodes })
  const { server, root } = prepared
  if (mayAsk) await administer(root, MAY_ASK)
  for (const node of away) server.nodeDown(node)
  if (noQuorum) server.quorum(false)
  const told = await observeGuest(operatorClient(prepared), GUEST).then(
    ({ found }) => found,
    error => (error instanceof ProxmoxError ? error.kind : error),
  )
  expect(told).toBe(expected)
})
