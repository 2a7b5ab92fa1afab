import fc from 'fast-check'
import { expect, test } from 'vitest'
import { proxmoxSpec } from '../../test/make/proxmox-cluster.ts'
import {
  emptyView,
  INSTALLATION,
  MARK,
  makeLease,
  makeLook,
  makeMachine,
  makeProxmox,
  POOL,
  reported,
  type SliceWorld,
  sliceAfter,
} from '../../test/make/slice.ts'
import { TENANT } from '../../test/make/tenant.ts'
import { parseNetworkLease } from '../crds/parse.ts'
import { desiredMachines } from './machine-objects.ts'
import { markText } from './proxmox-mark.ts'
import type { ProxmoxView } from './proxmox-view.ts'
import { type DesiredSlice, desiredSlice, planSlice, type SliceObservation } from './slice.ts'
import type { Stage, Step } from './step.ts'

const parsed = parseNetworkLease(makeLease())
if (!parsed.ok) throw new Error(parsed.message)
const lease = parsed.value
const ADA = 'ada.acme@pve'
const BOB = 'bob.acme@pve'
const WEB = makeMachine('web')
const MACHINES = desiredMachines(TENANT, { machines: [WEB] })
const PATH = `/pool/${POOL}`
const MINE = markText(MARK)
const FORMER = markText({ ...MARK, tenant: { ...TENANT, uid: 'former' } })
const OTHERS = markText({ ...MARK, tenant: { name: 'globex', uid: 'globex' } })
const ADAS_GRANT = { path: PATH, user: ADA, role: 'TenantUser', propagate: true }

function wish(given: Parameters<typeof makeProxmox>[0] = {}, annotations = {}): DesiredSlice {
  const spec = { proxmox: makeProxmox({ users: [{ name: 'ada' }], ...given }), machines: [WEB] }
  return desiredSlice(TENANT, spec, annotations) as DesiredSlice
}

function found(view: Partial<ProxmoxView> = {}, given: Partial<SliceObservation> = {}): SliceObservation {
  return {
    installation: INSTALLATION,
    cluster: proxmoxSpec(),
    look: makeLook(view),
    leases: [lease],
    hasNamespace: true,
    machines: MACHINES,
    secrets: new Set(['proxmox-ada']),
    ...given,
  }
}

function texts(stages: readonly Stage[]): string[] {
  return stages.flatMap(({ name, steps }) => steps.map(step => `${name} ${textOf(step)}`))
}

function textOf(step: Step): string {
  if (step.do === 'kube.apply') return `apply ${step.object.metadata.name}`
  if (step.do === 'kube.delete') return `delete ${step.ref.name} ${step.uid}`
  if (step.do === 'kube.createSecret') return `secret ${step.secret.object.metadata.name}`
  const { do: verb, ...rest } = step as Step & { pool?: string; user?: string; role?: string }
  return [verb.replace('proxmox.', ''), rest.pool, rest.user, rest.role].filter(Boolean).join(' ')
}

const proxmoxTexts = (desired: DesiredSlice, observed: SliceObservation) => texts(planSlice(desired, observed).proxmox)

test('nothing is made in Proxmox VE without a lease, nor while the cluster cannot be looked at or lacks something', () => {
  const problem = { reason: 'Unreachable', message: 'no' }
  expect([
    proxmoxTexts(wish(), found({}, { leases: [] })),
    proxmoxTexts(wish(), found({}, { look: { found: 'unknown', problem } })),
    proxmoxTexts(wish(), found({}, { look: makeLook({}, { lacking: problem }) })),
  ]).toEqual([[], [], []])
})

test('a lease in quarantine, or of another tenant, is none', () => {
  const going = { ...lease, status: { observedGeneration: 1, releasedAt: '2026-01-01T00:00:00Z' } }
  const another = { ...lease, spec: { ...lease.spec, tenant: { name: 'acme', uid: 'former' } } }
  expect(proxmoxTexts(wish(), found({}, { leases: [going, another] }))).toEqual([])
})

test('first the pool, then users with their Secrets, then rights, each when the one before was seen', () => {
  const pools = [{ pool: POOL, comment: MINE }]
  expect([
    proxmoxTexts(wish(), found()),
    proxmoxTexts(wish(), found({ pools }, { secrets: new Set() })),
    proxmoxTexts(wish(), found({ pools })),
    proxmoxTexts(wish(), found({ pools, users: [{ user: ADA, comment: MINE }] })),
    proxmoxTexts(wish(), found({ pools, users: [{ user: ADA, comment: MINE }], grants: [ADAS_GRANT] })),
  ]).toEqual([
    [`Pool createPool ${POOL}`],
    ['Users secret proxmox-ada', `Users createUser ${ADA}`],
    [`Users createUser ${ADA}`],
    [`Users grant ${ADA} TenantUser`],
    [],
  ])
})

test('users are not made while nobody can say whether there are Secrets for them', () => {
  const { secrets: _, ...blind } = found({ pools: [{ pool: POOL, comment: MINE }] })
  expect(proxmoxTexts(wish(), blind)).toEqual([])
})

test('users and rights that nobody asks for any more are taken away, also while the cluster lacks something', () => {
  const view = {
    pools: [{ pool: POOL, comment: MINE }],
    users: [ADA, BOB].map(user => ({ user, comment: MINE })),
    grants: [ADAS_GRANT, { ...ADAS_GRANT, role: 'PVEAdmin' }, { ...ADAS_GRANT, user: BOB }],
  }
  const expected = [`Users deleteUser ${BOB}`, `Users revoke ${ADA} PVEAdmin`]
  const look = makeLook(view, { lacking: { reason: 'ClusterNotReady', message: 'no' } })
  expect([proxmoxTexts(wish(), found(view)), proxmoxTexts(wish(), found({}, { look }))]).toEqual([expected, expected])
})

test('no user is made and no right given while the cluster lacks something', () => {
  const pools = [{ pool: POOL, comment: MINE }]
  const lacking = { lacking: { reason: 'ClusterNotReady', message: 'no' } }
  const users = [{ user: ADA, comment: MINE }]
  expect([
    proxmoxTexts(wish(), found({}, { look: makeLook({ pools }, lacking) })),
    proxmoxTexts(wish(), found({}, { look: makeLook({ pools, users }, lacking), secrets: new Set() })),
  ]).toEqual([[], []])
})

test('a role that the administrator does not offer is not given, and is taken away where it was', () => {
  const view = {
    pools: [{ pool: POOL, comment: MINE }],
    users: [{ user: ADA, comment: MINE }],
    grants: [{ ...ADAS_GRANT, role: 'Administrator' }],
  }
  const desired = wish({ users: [{ name: 'ada', role: 'Administrator' }] })
  expect([proxmoxTexts(desired, found(view)), proxmoxTexts(desired, found({ pools: view.pools }))]).toEqual([
    [`Users revoke ${ADA} Administrator`],
    [],
  ])
})

test('a user whose password is lost is made anew: the old one goes first, so that Secret and user never differ', () => {
  const world = { pools: [{ pool: POOL, comment: MINE }], users: [{ user: ADA, comment: MINE }], grants: [ADAS_GRANT] }
  expect([
    proxmoxTexts(wish(), found(world, { secrets: new Set() })),
    proxmoxTexts(wish(), found({ pools: world.pools }, { secrets: new Set() })),
  ]).toEqual([[`Users deleteUser ${ADA}`], ['Users secret proxmox-ada', `Users createUser ${ADA}`]])
})

test('what a former self made is adopted only by the word of somebody who names it', () => {
  const view = { pools: [{ pool: POOL, comment: FORMER }] }
  const inside = { pools: [{ pool: POOL, comment: MINE }], users: [{ user: ADA, comment: FORMER }] }
  const adopting = wish({}, { 'tenantry.dev/adopt': 'former' })
  expect([
    proxmoxTexts(wish(), found(view)),
    proxmoxTexts(wish({}, { 'tenantry.dev/adopt': 'another' }), found(view)),
    proxmoxTexts(adopting, found(view)),
    proxmoxTexts(wish(), found(inside)),
    proxmoxTexts(adopting, found(inside)),
  ]).toEqual([[], [], [`Pool markPool ${POOL}`], [], [`Users deleteUser ${ADA}`]])
})

test('what a person wrote beside the mark of a pool stays, and another tag is written into it', () => {
  const noted = { pools: [{ pool: POOL, comment: `${MINE} our best customer` }], users: [], grants: [] }
  const other = { pools: [{ pool: POOL, comment: markText({ ...MARK, vlan: 111 }) }] }
  expect([proxmoxTexts(wish({ users: [] }), found(noted)), proxmoxTexts(wish(), found(other))]).toEqual([
    [],
    [`Pool markPool ${POOL}`],
  ])
})

test('each machine of the list is an object; one taken from the list is deleted, and what people made stays', () => {
  const [web] = MACHINES
  const [old] = desiredMachines(TENANT, { machines: [makeMachine('old')] })
  if (web === undefined || old === undefined) throw new Error('two machines')
  const theirs = { ...web, metadata: { name: 'theirs', namespace: 'tenant-acme', uid: 'theirs' } }
  const kube = (machines: SliceObservation['machines'], given: Partial<SliceObservation> = {}) =>
    texts(planSlice(wish(), found({}, { machines, ...given })).kube)
  const going = { ...web, metadata: { ...web.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  expect([
    kube([]),
    kube([], { hasNamespace: false }),
    kube([web, theirs, reported(old, 'True', 'Running')]),
    kube([{ ...web, spec: { ...(web.spec as object), cores: 2 } }]),
    kube([{ ...web, spec: { ...(web.spec as object), startOrder: 2 } }]),
    kube([{ ...web, metadata: { ...web.metadata, labels: {} } }]),
    kube([going]),
  ]).toEqual([['Machines apply web'], [], ['Machines delete old uid-of-old'], ['Machines apply web'], [], [], []])
})

const worlds: fc.Arbitrary<SliceWorld> = fc
  .record({
    pool: fc.constantFrom(undefined, MINE, FORMER, OTHERS, 'by hand'),
    users: fc.array(
      fc.record({ user: fc.constantFrom(ADA, BOB, 'eve@pve'), comment: fc.constantFrom(MINE, FORMER, OTHERS, '') }),
    ),
    grants: fc.subarray([
      ADAS_GRANT,
      { ...ADAS_GRANT, role: 'PVEAdmin' },
      { ...ADAS_GRANT, user: 'eve@pve' },
      { ...ADAS_GRANT, user: BOB, path: '/pool/tenants/globex' },
    ]),
    secrets: fc.subarray(['proxmox-ada']),
  })
  .map(({ pool, users, grants, secrets }) => ({
    view: emptyView({
      pools: pool === undefined ? [] : [{ pool: POOL, comment: pool }],
      users: users.filter((one, index) => users.findIndex(({ user }) => user === one.user) === index),
      grants,
    }),
    secrets: new Set(secrets),
  }))

function stepsIn({ view, secrets }: SliceWorld, annotations: Record<string, string>): Step[] {
  const { proxmox } = planSlice(wish({}, annotations), found(view, { secrets }))
  return proxmox.flatMap(({ steps }) => steps)
}

const annotated = fc.constantFrom<Record<string, string>>({}, { 'tenantry.dev/adopt': 'former' })

test('passes come to an end, wherever they began', () => {
  fc.assert(
    fc.property(worlds, annotated, (world, annotations) => {
      let now = world
      for (let pass = 0; pass < 6; pass += 1) now = sliceAfter(now, stepsIn(now, annotations))
      expect(stepsIn(now, annotations)).toEqual([])
    }),
  )
})

test('nothing that carries another mark, or none, is ever changed, and no right of its users', () => {
  fc.assert(
    fc.property(worlds, annotated, (world, annotations) => {
      const isOurs = ({ comment }: { comment?: string }) =>
        comment === MINE || (comment === FORMER && 'tenantry.dev/adopt' in annotations)
      const theirs = ({ view }: SliceWorld) => {
        const users = world.view.users.filter(user => !isOurs(user)).map(({ user }) => user)
        return {
          pools: view.pools.filter(pool => !isOurs(pool)),
          users: view.users.filter(({ user }) => users.includes(user)),
          grants: view.grants.filter(({ user }) => users.includes(user)),
        }
      }
      let now = world
      for (let pass = 0; pass < 6; pass += 1) now = sliceAfter(now, stepsIn(now, annotations))
      expect(theirs(now)).toEqual(theirs(world))
    }),
  )
})
