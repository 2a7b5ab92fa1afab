import { expect, test } from 'vitest'
import { operatorClient, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import type { GuestView } from '../plan/proxmox-view.ts'
import { observeGuestCards } from './networks.ts'

const VMID = 10_000
const nodes = ['pve1', 'pve2', 'pve3'].map(name => ({ name, online: name !== 'pve3' }))

test('a guest that has moved, or whose node is away, may have any card; one that is gone has none', async () => {
  const prepared = await preparedProxmox({ nodes: 3 })
  await prepared.root.data('POST', '/pools', { poolid: 'tenants/acme' })
  const net0 = 'virtio=02:00:00:00:00:01,bridge=vmbr0,tag=110'
  await prepared.root.task('POST', '/nodes/pve2/qemu', { vmid: `${VMID}`, memory: '32', pool: 'tenants/acme', net0 })
  const routes: string[] = []
  const proxmox = operatorClient(prepared, { onRequest: ({ route }) => void routes.push(route) })
  const guestOn = (node: string, vmid = VMID): GuestView => ({ vmid, type: 'qemu', node, template: false, tags: [] })
  const look = (guest: GuestView) => observeGuestCards(proxmox, { nodes }, [guest])
  expect([await look(guestOn('pve2')), await look(guestOn('pve1')), await look(guestOn('pve1', 10_001))]).toEqual([
    { guests: [{ vmid: VMID, cards: [{ bridge: 'vmbr0', tag: 110 }] }], unread: [] },
    { guests: [], unread: [VMID] },
    { guests: [{ vmid: 10_001, cards: [] }], unread: [] },
  ])
  routes.length = 0
  expect([await look(guestOn('pve3')), routes]).toEqual([{ guests: [], unread: [VMID] }, []])
})

test('of many guests a few at a time are looked at, so that others get an answer meanwhile', async () => {
  let now = 0
  let most = 0
  const call = async () => {
    now += 1
    most = Math.max(most, now)
    await new Promise(resolve => setImmediate(resolve))
    now -= 1
    return { net0: 'virtio=02:00:00:00:00:01,bridge=vmbr0' } as never
  }
  const guests = Array.from({ length: 100 }, (_, index): GuestView => {
    return { vmid: VMID + index, type: 'qemu', node: 'pve1', template: false, tags: [] }
  })
  const found = await observeGuestCards({ call, close: async () => {} }, { nodes }, guests)
  expect(found.guests.map(({ vmid }) => vmid)).toEqual(guests.map(({ vmid }) => vmid))
  expect(most).toBe(3)
})
