import { expect, test } from 'vitest'
import { type ClusterClaim, holderOf } from './proxmox-identity.ts'

const claim = (name: string, day: number, given: Partial<ClusterClaim> = {}): ClusterClaim => ({
  name,
  createdAt: `2026-11-0${day}T00:00:00Z`,
  endpoints: [`https://${name}.example.com:8006`],
  nodes: [],
  ...given,
})
const node = { name: 'pve1', fingerprint: 'AA:01' }

test('the oldest object holds a cluster that several have an endpoint of', () => {
  const endpoints = ['https://pve1.example.com:8006']
  const own = claim('own', 2, { endpoints })
  expect(holderOf(own, [own, claim('younger', 3, { endpoints }), claim('other', 1)])).toBeUndefined()
  expect(holderOf(own, [own, claim('first', 1, { endpoints: ['https://PVE1.example.com:8006'] })])).toBe('first')
})

test('a cluster is known by a node of the same name and certificate, under whatever address', () => {
  const own = claim('own', 2, { nodes: [node] })
  expect(holderOf(own, [claim('same', 1, { nodes: [{ name: 'pve1', fingerprint: 'aa:01' }] })])).toBe('same')
  expect(holderOf(own, [claim('wildcard', 1, { nodes: [{ name: 'pve7', fingerprint: 'AA:01' }] })])).toBeUndefined()
  expect(holderOf(own, [claim('unknown', 1, { nodes: [{ name: 'pve1' }] })])).toBeUndefined()
})

test('of equally old ones the first by name holds it', () => {
  const nodes = [node]
  const [a, b] = [claim('a', 1, { nodes }), claim('b', 1, { nodes })]
  expect([holderOf(a, [a, b]), holderOf(b, [a, b])]).toEqual([undefined, 'a'])
})
