import { expect, test } from 'vitest'
import { makePlanObject, makeTenantObject, type PassOptions, runPass, SPENT } from '../../test/make/pass.ts'
import {
  MARK,
  makeClusterObject,
  makeLease,
  makeLook,
  makeMachine,
  makeNamespaceObject,
  makeProxmox,
  POOL,
  reported,
} from '../../test/make/slice.ts'
import { convergedWorld, emptyWorld, makeDesired, makeSpec, TENANT } from '../../test/make/tenant.ts'
import { makeCache } from '../../test/make/tenant-cache.ts'
import { KubeError } from '../kube/errors.ts'
import { desiredMachines } from '../plan/machine-objects.ts'
import { markText } from '../plan/proxmox-mark.ts'
import { ProxmoxError } from '../proxmox/errors.ts'
import { createRewriteBudget, REWRITES } from './rewrite-budget.ts'

const spec = makeSpec({ proxmox: makeProxmox({ users: [{ name: 'ada' }] }), machines: [makeMachine('web')] })
const converged = convergedWorld(makeDesired({ spec }))
const machines = desiredMachines(TENANT, spec).map(machine => reported(machine, 'True', 'Running'))
const pools = [{ pool: POOL, comment: markText(MARK) }]
const users = [{ user: 'ada.acme@pve', comment: markText(MARK) }]
const grants = [{ path: `/pool/${POOL}`, user: 'ada.acme@pve', role: 'TenantUser', propagate: true }]
const inPlace = makeLook({ pools, users, grants })
const unreachable = { found: 'unknown', problem: { reason: 'Unreachable', message: 'Nobody answers.' } } as const
const refused = new ProxmoxError({ kind: 'forbidden', what: 'POST /pools', why: 'no', status: 403 })
const denied = new KubeError({ status: 403, reason: 'Forbidden', message: 'Cannot apply TenantMachine web: no' })

type Objects = Parameters<typeof makeCache>[0]

function having(objects: Objects = {}, tenant: Parameters<typeof makeTenantObject>[0] = {}): PassOptions {
  const cache = makeCache({
    tenants: [makeTenantObject({ spec, ...tenant })],
    plans: [makePlanObject()],
    proxmoxClusters: [makeClusterObject()],
    networkLeases: [makeLease()],
    namespaces: [makeNamespaceObject()],
    machines,
    ...objects,
  })
  return { cache, observed: converged, proxmox: inPlace, secrets: ['proxmox-ada'] }
}

test('a tenant with a part of Proxmox VE is Ready when that is, and nothing is done to it', async () => {
  const { outcome, steps, conditions, status } = await runPass(having())
  expect({ outcome, steps }).toEqual({ outcome: { end: 'done' }, steps: [] })
  expect(conditions).toMatchObject({
    Ready: 'True Converged',
    NetworkReady: 'True NetworkReady',
    ProxmoxReady: 'True ProxmoxReady',
    MachinesReady: 'True MachinesReady',
  })
  expect(status).toMatchObject({ pool: POOL, network: { vlan: 110 }, machines: { summary: '1/1' } })
})

test('a tenant without one has none of these conditions, and nobody looks at a cluster for it', async () => {
  const look = (at: string) => {
    if (at === 'proxmox') throw new Error('looked at')
  }
  const { status, conditions } = await runPass({ observed: convergedWorld(makeDesired()), look })
  expect(conditions.Ready).toBe('True Converged')
  expect(
    Object.keys({ ...conditions, ...status }).filter(key => /Machines|Proxmox|Network|pool|machines/.test(key)),
  ).toEqual([])
})

test('both halves are worked on in one pass', async () => {
  const options = { ...having({ machines: [] }), observed: emptyWorld(), proxmox: makeLook() }
  const { steps, outcome } = await runPass(options)
  expect(outcome).toEqual({ end: 'again' })
  expect(steps).toEqual(expect.arrayContaining(['helm.upgrade', 'kube.apply', 'proxmox.createPool']))
})

test('a cluster that cannot be looked at holds up nothing of the other half, and is told beside it', async () => {
  const { steps, conditions, outcome } = await runPass({ ...having(), proxmox: unreachable, observed: emptyWorld() })
  expect([steps.includes('helm.upgrade'), outcome]).toEqual([true, { end: 'again' }])
  expect(conditions).toMatchObject({ ProxmoxReady: 'Unknown Unreachable', NetworkReady: 'True NetworkReady' })
  const settled = await runPass({ ...having(), proxmox: unreachable })
  expect([settled.outcome, settled.conditions.Ready]).toEqual([{ end: 'wait' }, 'False Unreachable'])
})

test('a release that fails holds up nothing in Proxmox VE, and the other way round', async () => {
  const failing = (verb: string, error: Error) => (step: { readonly do: string }) => {
    if (step.do === verb) throw error
    return { waitingFor: [] }
  }
  const options = { ...having(), observed: emptyWorld(), proxmox: makeLook() }
  const release = await runPass({ ...options, apply: failing('helm.upgrade', denied) })
  expect(release.steps).toContain('proxmox.createPool')
  expect(release.conditions).toMatchObject({ ReleaseReady: 'False Forbidden', ProxmoxReady: 'False PoolPending' })
  const pool = await runPass({ ...options, apply: failing('proxmox.createPool', refused) })
  expect(pool.steps).toContain('helm.upgrade')
  expect(pool.conditions).toMatchObject({ ReleaseReady: 'False Installing', ProxmoxReady: 'False MissingRights' })
})

test('machines that cannot be written hold up neither the pool nor its users', async () => {
  const apply = (step: { readonly do: string }) => {
    if (step.do === 'kube.apply') throw denied
    return { waitingFor: [] }
  }
  const { steps, conditions, outcome } = await runPass({
    ...having({ machines: [] }),
    proxmox: makeLook({ pools }),
    apply,
  })
  expect([steps, outcome]).toEqual([['kube.apply', 'proxmox.createUser'], { end: 'backoff', reason: 'Forbidden' }])
  expect(conditions.MachinesReady).toBe('False Forbidden')
})

test('while another object blocks the environment, the slice goes on and tells', async () => {
  const blocked = { ...having({ plans: [] }), proxmox: makeLook() }
  const { steps, conditions, outcome } = await runPass(blocked)
  expect({ steps, outcome }).toEqual({ steps: ['proxmox.createPool'], outcome: { end: 'again' } })
  expect(conditions).toMatchObject({ Ready: 'False PlanNotFound', ProxmoxReady: 'False PoolPending' })
  expect((await runPass(having({ plans: [] }))).outcome).toEqual({ end: 'backoff', reason: 'PlanNotFound' })
})

test('where the environment cannot be looked at, the slice is told all the same', async () => {
  const look = (at: string) => {
    if (at === 'kube') throw denied
  }
  const { conditions } = await runPass({ ...having(), look })
  expect(conditions).toMatchObject({ Ready: 'Unknown Forbidden', ProxmoxReady: 'True ProxmoxReady' })
})

test('nothing is made for a tenant that has not got the finalizer yet', async () => {
  const options = { ...having({}, { metadata: { finalizers: [] } }), proxmox: makeLook(), retained: [] }
  expect((await runPass(options)).steps).toEqual(['kube.setFinalizer'])
})

test('nothing is put into a namespace that is somebody else’s, or going', async () => {
  const theirs = makeNamespaceObject({ labels: { 'tenantry.dev/tenant': 'acme', 'tenantry.dev/tenant-uid': 'former' } })
  const going = makeNamespaceObject({ deletionTimestamp: '2026-01-01T00:00:00Z' })
  for (const namespaces of [[theirs], [going], []]) {
    expect((await runPass(having({ namespaces, machines: [] }))).steps).toEqual([])
  }
})

test('a machine of the list that somebody edits each time it was put back is left alone for a while, and told', async () => {
  const [web] = machines
  if (web === undefined) throw new Error('there is no machine')
  const edited = { ...web, spec: { ...(web.spec as object), cores: 4 } }
  const putBack = await runPass(having({ machines: [edited] }))
  expect([putBack.steps, putBack.outcome.end]).toEqual([['kube.apply'], 'again'])
  const left = await runPass({ ...having({ machines: [edited] }), rewrites: SPENT })
  expect([left.steps, left.outcome]).toEqual([[], { end: 'backoff', reason: 'Fought' }])
  expect(left.conditions).toMatchObject({ MachinesReady: 'False Fought', Ready: 'False Fought' })
  // Who edits the tenant has it done at once.
  const spec = makeSpec({ proxmox: makeProxmox(), machines: [makeMachine('web', { cores: 2 })] })
  const changed = await runPass({ ...having({ machines: [edited] }, { spec }), rewrites: SPENT })
  expect(changed.steps).toContain('kube.apply')
})

test('only what was edited, and was put back, counts as a fight', async () => {
  const [web] = machines
  if (web === undefined) throw new Error('there is no machine')
  const edited = { ...web, spec: { ...(web.spec as object), cores: 4 } }
  const budget = createRewriteBudget()
  const rewrites = { allows: (key: string) => budget.allows(key, 0), spend: (key: string) => budget.spend(key, 0) }
  const given = { ...having({ machines: [edited] }), rewrites }
  const pass = async (options: Partial<PassOptions> = {}) => {
    const { steps, conditions } = await runPass({ ...given, ...options })
    return [steps, conditions.MachinesReady]
  }
  const refuse = () => {
    throw denied
  }
  for (let times = 0; times <= REWRITES; times += 1) {
    // The watch is behind the operator's own write.
    expect(await pass({ live: machines })).toEqual([[], 'True MachinesReady'])
    expect(await pass({ apply: refuse })).toEqual([['kube.apply'], 'False Forbidden'])
  }
  for (let times = 0; times < REWRITES; times += 1) expect((await pass())[0]).toEqual(['kube.apply'])
  expect(await pass()).toEqual([[], 'False Fought'])
})

test('a machine that seems to be edited, and cannot be looked at, is left as it is, and that is told', async () => {
  const [web] = machines
  if (web === undefined) throw new Error('there is no machine')
  const edited = { ...web, spec: { ...(web.spec as object), cores: 4 } }
  const look = (at: string) => {
    if (at === 'machines') throw denied
  }
  const { steps, conditions } = await runPass({ ...having({ machines: [edited] }), look })
  expect([steps, conditions.MachinesReady]).toEqual([[], 'False Forbidden'])
})
