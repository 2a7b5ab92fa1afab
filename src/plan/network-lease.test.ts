import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkLeaseName, vnetName } from './names.ts'
import { chooseTag, leasesToRebuild, type NetworkLease, quarantineOf, type TagWish } from './network-lease.ts'

const range = { first: 100, last: 104 }
const tenantOf = (name: string) => ({ name, uid: `uid-${name}` })
const wishOf = (name: string, more: Partial<TagWish> = {}): TagWish => ({
  cluster: 'proxmox',
  range,
  tenant: tenantOf(name),
  ...more,
})
const held = (tag: number, name: string): NetworkLease => ({ cluster: 'proxmox', tag, tenant: tenantOf(name) })
const released = (tag: number, name: string): NetworkLease => ({
  ...held(tag, name),
  releasedAt: '2026-11-21T12:00:00Z',
})

test('the lowest tag is chosen that nobody holds, that is in no quarantine, and that is seen nowhere', () => {
  const leases = [held(100, 'a'), released(101, 'b'), { ...held(103, 'x'), cluster: 'other' }]
  expect(chooseTag(wishOf('new'), leases, [102])).toEqual({
    choice: 'lease',
    lease: { cluster: 'proxmox', tag: 103, tenant: tenantOf('new') },
    name: 'proxmox-103',
  })
})

test('a tenant keeps the tag that it has, and does not get back one that it released', () => {
  expect(chooseTag(wishOf('a'), [held(103, 'a')], [103])).toEqual({ choice: 'held', lease: held(103, 'a') })
  expect(chooseTag(wishOf('a'), [released(100, 'a')], [])).toMatchObject({ choice: 'lease', lease: { tag: 101 } })
})

test('a range without a free tag is named, with what will come free', () => {
  const leases = [100, 101, 102, 103].map(tag => held(tag, `t${tag}`))
  expect(chooseTag(wishOf('new'), leases, [104])).toEqual({
    choice: 'none',
    reason: 'VlansExhausted',
    message: 'No VLAN IDs available in range 100–104 of cluster proxmox.',
  })
  expect(chooseTag(wishOf('new'), [...leases, released(104, 'gone')], [])).toMatchObject({
    message:
      'No VLAN IDs available in range 100–104 of cluster proxmox. 1 of them is in quarantine and will come free.',
  })
})

test.each<[string, number, readonly NetworkLease[], readonly number[], object]>([
  ['free', 104, [], [], { choice: 'lease', name: 'proxmox-104' }],
  ['outside', 99, [], [], { reason: 'VlanOutOfRange', message: 'VLAN 99 is not in range 100–104 of cluster proxmox.' }],
  ['held', 100, [held(100, 'a')], [], { message: 'VLAN 100 of cluster proxmox belongs to tenant "a".' }],
  ['in quarantine', 100, [released(100, 'a')], [], { message: expect.stringContaining('is in quarantine') }],
  ['seen', 100, [], [100], { message: 'VLAN 100 of cluster proxmox is in use there by somebody else.' }],
])('a fixed tag that is %s is chosen or refused, never replaced', (_, fixed, leases, seen, expected) => {
  expect(chooseTag(wishOf('new', { fixed }), leases, seen)).toMatchObject(expected)
})

test('a released tag comes free when its time is over and it is seen nowhere any more', () => {
  const at = (now: string, seen: readonly number[] = []) =>
    quarantineOf(released(100, 'a'), { seen, now, quarantineMs: 60_000 })
  expect(at('2026-11-21T12:00:30Z')).toEqual({ state: 'waiting', leftMs: 30_000 })
  expect(at('2026-11-21T12:01:00Z')).toEqual({ state: 'over' })
  expect(at('2026-11-21T12:01:00Z', [100])).toEqual({ state: 'inUse' })
  expect(quarantineOf(held(100, 'a'), { seen: [], now: '2026-11-21T12:00:00Z', quarantineMs: 1 })).toEqual({
    state: 'held',
  })
})

test('lost leases are made anew from the networks of tenants, but not where two claim one tag', () => {
  const found = [
    { tag: 103, tenant: tenantOf('c') },
    { tag: 101, tenant: tenantOf('b') },
    { tag: 101, tenant: tenantOf('b') },
    { tag: 102, tenant: tenantOf('x') },
    { tag: 102, tenant: tenantOf('y') },
    { tag: 100, tenant: tenantOf('a') },
  ]
  expect(leasesToRebuild('proxmox', [held(100, 'a')], found)).toEqual([
    { lease: held(101, 'b'), name: 'proxmox-101' },
    { lease: held(103, 'c'), name: 'proxmox-103' },
  ])
})

/** What an API server does: the first of two objects of one name is there, the second is refused. */
function createAll(wishes: readonly TagWish[], seen: readonly number[], order: readonly number[]) {
  const stored = new Map<string, NetworkLease>()
  let waiting = wishes.map((wish, index) => ({ wish, snapshot: [] as NetworkLease[], index }))
  while (waiting.length > 0) {
    const snapshot = [...stored.values()]
    const tried = waiting.map(({ wish, index }) => ({ wish, index, choice: chooseTag(wish, snapshot, seen) }))
    tried.sort((a, b) => (order[a.index] ?? 0) - (order[b.index] ?? 0))
    waiting = tried.flatMap(({ wish, index, choice }) => {
      if (choice.choice !== 'lease') return []
      if (!stored.has(choice.name)) {
        stored.set(choice.name, choice.lease)
        return []
      }
      return [{ wish, snapshot, index }]
    })
  }
  return [...stored.values()]
}

test('however many choose at once, from the same view, no tag is given twice, none that is seen, and none is left over', () => {
  const count = fc.integer({ min: 1, max: 12 })
  const seenTags = fc.array(fc.integer({ min: 95, max: 110 }), { maxLength: 6 })
  fc.assert(
    fc.property(count, seenTags, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (tenants, seen, order) => {
      const wide = { first: 100, last: 107 }
      const wishes = Array.from({ length: tenants }, (_, index) => wishOf(`t${index}`, { range: wide }))
      const leases = createAll(wishes, seen, order)
      const tags = leases.map(({ tag }) => tag)
      expect(new Set(tags).size).toBe(tags.length)
      expect(tags.filter(tag => seen.includes(tag) || tag < wide.first || tag > wide.last)).toEqual([])
      const free = 8 - new Set(seen.filter(tag => tag >= wide.first && tag <= wide.last)).size
      expect(tags).toHaveLength(Math.min(tenants, free))
      expect(new Set(leases.map(({ tenant }) => tenant.uid)).size).toBe(leases.length)
    }),
  )
})

test('no two pairs of cluster and tag have one name, and every name is one of an object', () => {
  const cluster = fc.stringMatching(/^[a-z]([-a-z0-9]{0,250}[a-z0-9])?$/)
  const pair = fc.tuple(cluster, fc.integer({ min: 1, max: 65_535 }))
  fc.assert(
    fc.property(pair, pair, ([a, tagA], [b, tagB]) => {
      const [first, second] = [networkLeaseName(a, tagA), networkLeaseName(b, tagB)]
      expect(first).toMatch(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/)
      if (a !== b && tagA === tagB) expect(first).not.toBe(second)
    }),
  )
  expect(networkLeaseName('a'.repeat(250), 100)).not.toBe(networkLeaseName(`${'a'.repeat(249)}b`, 100))
})

test('a vnet is named by its tag, in eight characters at most', () => {
  expect([vnetName('tn', 100), vnetName('tnet', 65_535)]).toEqual(['tn2s', 'tnet1ekf'])
})
