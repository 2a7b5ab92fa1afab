import { expect, test } from 'vitest'
import { proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import { chooseTags } from './network-allocation.ts'
import { courseOf, type Holder, unlessBlind } from './network-course.ts'
import { markText } from './proxmox-mark.ts'
import { foreignPending, isGone, isInForce, type NetworkInputs, networkState, planEdits } from './proxmox-network.ts'
import type { VnetView } from './proxmox-view.ts'

const installation = 'c0ffee'
const tenant = { name: 'acme', uid: 'u1' }
const lease = { spec: { cluster: 'proxmox', tag: 100, tenant } }
const mark = { installation, tenant, vlan: 100 }
const own: VnetView = { vnet: 'tn2s', zone: 'tenants', tag: 100, alias: markText(mark) }
const id = 'tenants-10.64.100.0-24'
const gateway = '10.64.100.1'
const on = { cluster: 'proxmox', vnet: 'tn2s', mark }
const serve = { course: 'serve', make: true } as const
const release = { course: 'release' } as const

interface Given {
  readonly vnets?: readonly VnetView[]
  readonly subnets?: NetworkInputs['found']['subnets']
  readonly status?: string
  readonly zone?: string
}

function inputsOf({ vnets = [], subnets = {}, status = 'available', zone = 'available' }: Given): NetworkInputs {
  const onNode = Object.fromEntries(vnets.flatMap(({ vnet, state }) => (state === 'new' ? [] : [[vnet, { status }]])))
  const view = { nodes: [], guests: [], storages: [], pools: [], users: [], grants: [], vnets }
  const found = { applying: false, nodes: [{ node: 'pve1', zone, vnets: onNode }], away: [], subnets, pending: [] }
  return { cluster: 'proxmox', installation, spec: proxmoxSpec(), view, found }
}

const editsOf = (given: Given, course: typeof serve | typeof release) => {
  const inputs = inputsOf(given)
  return planEdits(inputs, lease, course, networkState(inputs, lease)).map(step => step.do)
}

test('a lease without a vnet gets one with tag, mark and subnet; where a part is there, the rest', () => {
  const inputs = inputsOf({})
  expect(planEdits(inputs, lease, serve, networkState(inputs, lease))).toEqual([
    { do: 'sdn.createVnet', zone: 'tenants', tag: 100, ...on },
    { do: 'sdn.createSubnet', id, cidr: '10.64.100.0/24', gateway: '10.64.100.1', ...on },
  ])
  const pending = { ...own, state: 'new' } as const
  expect(editsOf({ vnets: [pending], subnets: { tn2s: [] } }, serve)).toEqual(['sdn.createSubnet'])
  expect(editsOf({ vnets: [pending], subnets: { tn2s: [{ id, gateway, state: 'new' }] } }, serve)).toEqual([])
  expect(editsOf({ vnets: [{ ...own, state: 'deleted' }] }, serve)).toEqual(['sdn.createVnet', 'sdn.createSubnet'])
})

test('a subnet that somebody edited is put back, one that was not looked at is believed', () => {
  const edits = (subnets: Given['subnets']) => editsOf({ vnets: [own], ...(subnets && { subnets }) }, serve)
  expect(edits(undefined)).toEqual([])
  expect(edits({ tn2s: [{ id, gateway }] })).toEqual([])
  expect(edits({ tn2s: [{ id, gateway: '10.64.100.9' }] })).toEqual(['sdn.updateSubnet'])
  expect(edits({ tn2s: [{ id }] })).toEqual(['sdn.updateSubnet'])
  expect(edits({ tn2s: [] })).toEqual(['sdn.createSubnet'])
  expect(edits({ tn2s: [{ id, gateway, state: 'deleted' }] })).toEqual(['sdn.createSubnet'])
})

test('what is to go goes from the bottom up, and nothing is asked twice', () => {
  expect(editsOf({ vnets: [own], subnets: { tn2s: [{ id, gateway }] } }, release)).toEqual([
    'sdn.deleteSubnet',
    'sdn.deleteVnet',
  ])
  expect(editsOf({ vnets: [own], subnets: { tn2s: [{ id, gateway, state: 'deleted' }] } }, release)).toEqual([
    'sdn.deleteVnet',
  ])
  expect(editsOf({ vnets: [{ ...own, state: 'deleted' }] }, release)).toEqual([])
})

test.each<[string, VnetView]>([
  ['of the name, without a mark', { vnet: 'tn2s', zone: 'tenants', tag: 120 }],
  ['of the name, in another zone', { vnet: 'tn2s', zone: 'lab', tag: 100 }],
  ['with the tag', { vnet: 'lab', zone: 'tenants', tag: 100 }],
  ['of another operator', { ...own, alias: markText({ ...mark, installation: 'other' }) }],
  ['of a former tenant of the name', { ...own, alias: markText({ ...mark, tenant: { name: 'acme', uid: 'u0' } }) }],
])('a vnet %s is in the way, and is neither changed nor deleted', (_, vnet) => {
  expect(networkState(inputsOf({ vnets: [vnet] }), lease).taken).toContain(vnet.vnet)
  expect([editsOf({ vnets: [vnet] }, serve), editsOf({ vnets: [vnet] }, release)]).toEqual([[], []])
})

test('it is in force when nothing waits and each node says so, and gone when no node has it', () => {
  const state = (given: Given) => networkState(inputsOf(given), lease)
  expect(isInForce(state({ vnets: [own], subnets: { tn2s: [{ id, gateway }] } }))).toBe(true)
  expect(isInForce(state({ vnets: [own], subnets: { tn2s: [] } }))).toBe(false)
  expect(isInForce(state({ vnets: [{ ...own, state: 'new' }] }))).toBe(false)
  expect(state({ vnets: [own], status: 'pending' }).behind).toEqual(['pve1 (pending)'])
  expect(state({ vnets: [own], status: 'error' }).broken).toEqual(['pve1 (error)'])
  expect(isGone(state({}))).toBe(true)
  expect(isGone(state({ zone: 'pending' }))).toBe(false)
  expect(isGone(state({ vnets: [{ ...own, state: 'deleted' }] }))).toBe(false)
})

test('changes of somebody else are told from our own', () => {
  const lab: VnetView = { vnet: 'lab', zone: 'tenants', tag: 150, state: 'new' }
  const old: VnetView = { vnet: 'old', zone: 'tenants', tag: 151 }
  const subnets = { old: [{ id: 'tenants-10.1.0.0-24', state: 'deleted' }], tn2s: [{ id, gateway, state: 'new' }] }
  const inputs = inputsOf({ vnets: [{ ...own, state: 'new' }, lab, old], subnets })
  const pending = [{ name: 'zone dmz', state: 'changed' }]
  const expected = ['subnet tenants-10.1.0.0-24 (deleted)', 'vnet lab (new)', 'zone dmz (changed)']
  expect(foreignPending({ ...inputs, found: { ...inputs.found, pending } })).toEqual(expected)
  expect(foreignPending(inputsOf({ vnets: [{ ...own, state: 'new' }] }))).toEqual([])
})

test('the oldest tenant chooses first, and by its name among those of one age', () => {
  const range = { first: 100, last: 101 }
  const wish = (name: string, createdAt: string) => ({
    cluster: 'proxmox',
    range,
    tenant: { name, uid: name },
    createdAt,
  })
  const wishes = [
    wish('c', '2026-11-21T12:00:01Z'),
    wish('b', '2026-11-21T12:00:00Z'),
    wish('a', '2026-11-21T12:00:00Z'),
  ]
  expect(chooseTags(wishes, [], []).map(({ name, lease }) => [name, lease.tenant.name])).toEqual([
    ['proxmox-100', 'a'],
    ['proxmox-101', 'b'],
  ])
})

test('a network goes when it was asked to and nobody needs it, and never from a living tenant', () => {
  const nobody: Holder = { tenant: 'gone', pools: [], users: [], machines: [] }
  const course = (more: Partial<Holder>, deleted = true, status: Record<string, unknown> = {}) => {
    const metadata = { name: 'proxmox-100', ...(deleted ? { deletionTimestamp: '2026-11-21T12:00:00Z' } : {}) }
    return courseOf({ metadata, status: { observedGeneration: 1, ...status } }, { ...nobody, ...more }).course
  }
  expect(course({})).toBe('release')
  expect(course({ tenant: 'deleting' })).toBe('release')
  expect(course({ tenant: 'alive' })).toBe('serve')
  expect(course({ machines: ['web'] })).toBe('hold')
  expect(course({ pools: ['tenants/acme'] })).toBe('hold')
  expect(course({ users: ['ada.acme@pve'] })).toBe('hold')
  expect(course({}, true, { releasedAt: '2026-11-21T12:00:00Z' })).toBe('quarantine')
  expect(course({}, false)).toBe('orphaned')
  expect(course({ tenant: 'deleting' }, false)).toBe('serve')
  expect(course({}, false, { abandoned: { at: '2026-11-21T12:00:00Z', pool: 'p', machines: [] } })).toBe('abandoned')
})

test('what a token may not see is not proven to be gone: its network stays, and the lease with it', () => {
  const blind = { reason: 'MissingRights', message: 'The token lacks Pool.Audit on /pool/tenants.' }
  const unseen = 'The token lacks Pool.Audit on /pool/tenants'
  expect([
    unlessBlind({ course: 'release' }, undefined),
    unlessBlind({ course: 'release' }, blind),
    unlessBlind({ course: 'orphaned', left: ['user ada.acme@pve'] }, blind),
    unlessBlind({ course: 'serve', make: true }, blind),
  ]).toEqual([
    { course: 'release' },
    { course: 'hold', by: `what nobody sees: ${unseen}` },
    { course: 'orphaned', left: ['user ada.acme@pve'], unseen },
    { course: 'serve', make: true },
  ])
})
