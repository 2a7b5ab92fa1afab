import { expect, test } from 'vitest'
import { acceptText, type ClusterClaim, carriesMarks, holderOf, identityOf } from './proxmox-identity.ts'
import { markText } from './proxmox-mark.ts'

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

const known = {
  name: 'prod',
  nodes: [node, { name: 'pve2', fingerprint: 'AA:02' }],
  tenants: new Set(['uid-of-acme']),
}

test('a cluster is the one that was known as long as one node has kept its name and certificate', () => {
  const other = { name: 'pve9', fingerprint: 'AA:09' }
  expect(identityOf(known, [{ name: 'pve2', fingerprint: 'aa:02' }, other])).toBe('same')
  expect(identityOf({ ...known, nodes: [] }, [other])).toBe('same')
  expect(identityOf(known, [{ name: 'pve9', fingerprint: 'AA:01' }])).toBe('other')
  expect(identityOf(known, [{ name: 'pve1', fingerprint: 'BB:01' }])).toBe('renewed')
  expect(identityOf(known, [{ name: 'pve1' }])).toBe('renewed')
})

test('another cluster is meant only where somebody has named the certificate of one of its nodes', () => {
  const now = [{ name: 'dr1', fingerprint: 'DD:01' }]
  expect(identityOf({ ...known, accepted: 'dd:01' }, now)).toBe('same')
  expect([
    identityOf({ ...known, accepted: 'true' }, now),
    identityOf({ ...known, accepted: '' }, [{ name: 'dr1' }]),
  ]).toEqual(['other', 'other'])
  expect(acceptText(known, now)).toContain(
    'kubectl annotate proxmoxcluster prod tenantry.dev/accept-cluster=DD:01 --overwrite',
  )
  expect(acceptText(known, [{ name: 'dr1' }])).toBeUndefined()
})

test('what a tenant has there tells renewed certificates from another server of the same name', () => {
  const mark = (uid: string) => markText({ installation: 'here', tenant: { name: 'acme', uid } })
  expect(carriesMarks(known, [undefined, 'by hand', mark('uid-of-acme')])).toBe(true)
  expect(carriesMarks(known, [undefined, 'by hand', mark('uid-of-globex')])).toBe(false)
})

test('a tenant whose uid is not known is told by nothing, and least of all by what has no mark', () => {
  const unsure = { ...known, tenants: new Set(['']) }
  expect(carriesMarks(unsure, [undefined, '', 'by hand'])).toBe(false)
})
