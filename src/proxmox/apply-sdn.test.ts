import { expect, test } from 'vitest'
import { answeringProxmox, givenProxmox } from '../../test/make/answering-proxmox.ts'
import { operatorClient, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import { type Mark, markText } from '../plan/proxmox-mark.ts'
import { applySdnStep } from './apply-sdn.ts'

const installation = 'c0ffee'
const mark: Mark = { installation, tenant: { name: 'acme', uid: 'u1' }, vlan: 100 }
const on = { cluster: 'proxmox', vnet: 'tn2s', mark }
const id = 'tenants-10.64.100.0-24'
const create = { do: 'sdn.createVnet', zone: 'tenants', tag: 100, ...on } as const
const createSubnet = { do: 'sdn.createSubnet', id, cidr: '10.64.100.0/24', gateway: '10.64.100.1', ...on } as const
const removal = [{ do: 'sdn.deleteSubnet', id, ...on } as const, { do: 'sdn.deleteVnet', ...on } as const]
const apply = { do: 'sdn.apply', cluster: 'proxmox', installation } as const

test('every step can be repeated, and what was made is gone again in the end', async () => {
  const prepared = await preparedProxmox()
  const proxmox = operatorClient(prepared)
  const vnets = () => prepared.root.data('GET', '/cluster/sdn/vnets')
  for (const step of [create, create, createSubnet, createSubnet]) expect(await applySdnStep(proxmox, step)).toEqual([])
  expect(await vnets()).toMatchObject([{ vnet: 'tn2s', tag: 100, alias: markText(mark) }])
  expect(await prepared.root.data('GET', '/cluster/sdn/vnets/tn2s/subnets')).toMatchObject([{ subnet: id }])
  for (const step of [...removal, ...removal]) expect(await applySdnStep(proxmox, step)).toEqual([])
  expect(await vnets()).toEqual([])
})

test("a vnet whose mark is somebody else's by now is neither changed nor deleted", async () => {
  const prepared = await preparedProxmox()
  const proxmox = operatorClient(prepared)
  await prepared.root.data('POST', '/cluster/sdn/vnets', { vnet: 'tn2s', zone: 'tenants', tag: '100', alias: 'mine' })
  await applySdnStep(proxmox, create)
  for (const step of [createSubnet, ...removal]) {
    await expect(applySdnStep(proxmox, step)).rejects.toMatchObject({ kind: 'conflict' })
  }
  expect(await prepared.root.data('GET', '/cluster/sdn/vnets')).toMatchObject([{ vnet: 'tn2s', alias: 'mine' }])
})

test('a second apply is not sent while one is under way, nor any along with changes of somebody else', async () => {
  const prepared = await preparedProxmox()
  const { root, server } = prepared
  const proxmox = operatorClient(prepared)
  const applies = async () =>
    ((await root.data('GET', '/nodes/pve1/tasks', { source: 'all' })) as { type: string; user: string }[]).filter(
      ({ type, user }) => type === 'reloadnetworkall' && user.startsWith('operator'),
    ).length
  await applySdnStep(proxmox, create)
  server.inject({ task: 'reloadnetworkall', kind: 'task-hang' })
  await applySdnStep(proxmox, apply)
  expect(await applySdnStep(proxmox, apply)).toEqual(['every node to take over the networks'])
  expect(await applies()).toBe(1)

  const other = await preparedProxmox()
  const client = operatorClient(other)
  await applySdnStep(client, create)
  await other.root.data('POST', '/cluster/sdn/vnets', { vnet: 'lab', zone: 'tenants', tag: '150' })
  await expect(applySdnStep(client, apply)).rejects.toMatchObject({ why: expect.stringContaining('vnet lab') })
  expect(await other.root.data('GET', '/cluster/sdn/vnets', { running: '1' })).toEqual([])
})

const OTHERS: Readonly<Record<string, unknown>> = {
  'GET /cluster/sdn/controllers': [{ controller: 'evpn1', type: 'evpn', state: 'changed', pending: { asn: 65000 } }],
  'GET /cluster/sdn/fabrics/all': {
    fabrics: [{ state: 'new', pending: { id: 'fab1', protocol: 'ospf' } }, { id: 'fab2' }],
    nodes: [{ fabric_id: 'fab2', node_id: 'pve1', state: 'deleted', pending: {} }],
  },
}

test.each([
  ['GET /cluster/sdn/controllers', 'controller evpn1'],
  ['GET /cluster/sdn/fabrics/all', 'fabric fab1, node pve1 of fabric fab2'],
])('what waits under %s would be applied along, so that nothing is applied', async (pending, named) => {
  const server = await answeringProxmox(({ call }) => {
    if (call === pending) return { data: OTHERS[call] }
    return call in OTHERS ? { status: 501, reason: `Method '${call}' not implemented` } : { data: [] }
  })
  const refused = { kind: 'conflict', why: `changes of somebody else wait to be applied too (${named})` }
  await expect(applySdnStep(givenProxmox([server]), apply)).rejects.toMatchObject(refused)
  expect(server.asked.filter(({ call }) => call.startsWith('PUT'))).toEqual([])
})
