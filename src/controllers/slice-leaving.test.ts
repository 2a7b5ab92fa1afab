/** The deletion of a tenant's slice in a simulated Proxmox VE, with the operator's own rights and no more. */
import { expect, test } from 'vitest'
import { makePlanObject, makeTenantObject, NOW, type PassOptions } from '../../test/make/pass.ts'
import { type PreparedProxmox, preparedProxmox } from '../../test/make/prepared-proxmox.ts'
import { makeClusterObject, makeLease, makeNamespaceObject, makeProxmox, POOL } from '../../test/make/slice.ts'
import { type SliceLife, sliceLife } from '../../test/make/slice-life.ts'
import { convergedWorld, makeDesired, makeSpec, standingWorld, TENANT } from '../../test/make/tenant.ts'
import { makeCache, type TestCache } from '../../test/make/tenant-cache.ts'
import type { KubeObject } from '../plan/object.ts'
import type { Step } from '../plan/step.ts'

const spec = makeSpec({ proxmox: makeProxmox({ users: [{ name: 'ada' }] }) })
const desired = makeDesired({ spec })
const objects = { plans: [makePlanObject()], proxmoxClusters: [makeClusterObject()], networkLeases: [makeLease()] }

async function provisioned(prepared: PreparedProxmox): Promise<SliceLife> {
  const life = sliceLife(prepared)
  const cache = makeCache({ ...objects, tenants: [makeTenantObject({ spec })], namespaces: [makeNamespaceObject()] })
  const { conditions } = await life.settle({ cache, observed: convergedWorld(desired) })
  expect(conditions.ProxmoxReady).toBe('True ProxmoxReady')
  return life
}

/** A tenant whose spec says nothing any more, and whose namespace and release have gone. */
function leaving(
  annotations: Record<string, string> = {},
): PassOptions & { readonly cache: TestCache; readonly steps: Step[] } {
  const metadata = { deletionTimestamp: NOW, annotations }
  const cache = makeCache({ ...objects, tenants: [makeTenantObject({ spec: { plan: 7 }, metadata })] })
  const steps: Step[] = []
  return {
    cache,
    steps,
    leaving: {
      ...standingWorld(desired),
      namespace: { found: 'absent' },
      release: {},
      volumes: [],
      secrets: [],
      objects: new Map(),
    },
    apply: step => {
      steps.push(step)
      // As the passes over the networks of the cluster do.
      if (step.do === 'kube.delete' && step.ref.kind === 'NetworkLease') {
        cache.networkLeases.put(makeLease({ metadata: { deletionTimestamp: NOW }, status: { releasedAt: NOW } }))
      }
      if (step.do === 'kube.abandonLease') {
        cache.networkLeases.put(makeLease({ status: { phase: 'Abandoned', abandoned: step.abandoned } }))
      }
      return { waitingFor: [] }
    },
  }
}

async function namesIn({ root }: PreparedProxmox): Promise<{ users: string[]; pools: string[]; grants: string[] }> {
  const users: { userid: string }[] = await root.data('GET', '/access/users')
  const pools: { poolid: string }[] = await root.data('GET', '/pools')
  const acl: { path: string; ugid: string }[] = await root.data('GET', '/access/acl')
  return {
    users: users.map(({ userid }) => userid).filter(user => user.includes('.')),
    pools: pools.map(({ poolid }) => poolid).filter(pool => pool.startsWith('tenants/')),
    grants: acl.filter(({ path }) => path.startsWith('/pool/tenants/')).map(({ ugid, path }) => `${ugid} ${path}`),
  }
}

test('a deletion takes users, rights, pool and lease, in this order, and nothing of anybody else', async () => {
  const prepared = await preparedProxmox()
  const { root } = prepared
  const life = await provisioned(prepared)
  await root.data('POST', '/pools', { poolid: 'tenants/globex', comment: 'by hand' })
  await root.data('POST', '/access/users', { userid: 'bob.acme@pve', groups: 'tenants' })
  await root.data('PUT', '/access/acl', { path: '/pool/tenants/globex', users: 'bob.acme@pve', roles: 'TenantUser' })
  const options = leaving()
  const { outcome, events } = await life.settle(options)
  expect([outcome, events.map(({ reason }) => reason)]).toEqual([{ end: 'done' }, ['TornDown']])
  expect(options.steps.map(step => step.do)).toEqual(['kube.delete', 'kube.setFinalizer'])
  expect(await namesIn(prepared)).toEqual({
    users: ['bob.acme@pve'],
    pools: ['tenants/globex'],
    grants: ['bob.acme@pve /pool/tenants/globex'],
  })
})

test('a token that has lost its rights sees nothing any more, which is no proof that nothing is left', async () => {
  const prepared = await preparedProxmox()
  const life = await provisioned(prepared)
  const acl = { path: '/pool/tenants', roles: 'TenantryMachines', users: 'operator@pve' }
  await prepared.root.data('PUT', '/access/acl', { ...acl, delete: '1' })
  const options = leaving()
  const { outcome, conditions } = await life.settle(options)
  expect([outcome, conditions.Deleting, options.steps]).toEqual([
    { end: 'backoff', reason: 'MissingRights' },
    'True MissingRights',
    [],
  ])
  await prepared.root.data('PUT', '/access/acl', acl)
  expect((await life.settle(options)).outcome).toEqual({ end: 'done' })
  expect(await namesIn(prepared)).toEqual({ users: [], pools: [], grants: [] })
})

test('a pool that has something in it stays, and it is told what', async () => {
  const prepared = await preparedProxmox()
  const life = await provisioned(prepared)
  await prepared.root.task('POST', '/nodes/pve1/qemu', { vmid: '100', pool: POOL })
  const { outcome, conditions, status } = await life.settle(leaving())
  expect([outcome, conditions.Deleting]).toEqual([{ end: 'backoff', reason: 'Refused' }, 'True Refused'])
  expect(status?.conditions?.find(({ type }) => type === 'Deleting')?.message).toMatch(
    /^Pool: .*pool 'tenants\/acme' is not empty \(contains VM 100\).*abandon-proxmox=/,
  )
  expect((await namesIn(prepared)).pools).toEqual([POOL])
})

test('a cluster that does not answer keeps the tenant, until somebody gives up, which leaves a record', async () => {
  const prepared = await preparedProxmox()
  const life = await provisioned(prepared)
  await prepared.server.stop()
  const kept = leaving()
  const waiting = await life.settle(kept)
  expect([waiting.outcome, waiting.conditions.Deleting, kept.steps]).toEqual([
    { end: 'backoff', reason: 'Unreachable' },
    'True Unreachable',
    [],
  ])
  const wrong = leaving({ 'tenantry.dev/abandon-proxmox': 'true' })
  expect([(await life.settle(wrong)).outcome.end, wrong.steps]).toEqual(['backoff', []])

  const given = leaving({ 'tenantry.dev/abandon-proxmox': TENANT.uid })
  const first = await life.pass(given)
  expect(first.events).toEqual([
    {
      type: 'Warning',
      reason: 'ProxmoxAbandoned',
      message: `Pool ${POOL} was left in Proxmox VE. NetworkLease proxmox-110 remembers it: delete that when all of it is cleared away.`,
    },
  ])
  const { outcome } = await life.settle(given)
  expect([outcome, given.steps]).toEqual([
    { end: 'done' },
    [
      {
        do: 'kube.abandonLease',
        lease: 'proxmox-110',
        uid: 'uid-of-proxmox-110',
        abandoned: { at: NOW, pool: POOL, machines: [], users: [] },
      },
      { do: 'kube.setFinalizer', tenant: TENANT, present: false },
    ],
  ])
})

test('what was seen to be gone is not looked for again: a cluster that is away by then keeps nobody', async () => {
  const prepared = await preparedProxmox()
  const life = await provisioned(prepared)
  const options = leaving()
  const status = { observedGeneration: 1, pool: POOL, network: { cluster: 'proxmox', vlan: 110 } }
  const tenant = () => options.cache.tenants.list()[0] as KubeObject
  options.cache.tenants.put({ ...tenant(), status })
  for (let left = 12; left > 0 && options.steps.length === 0; left -= 1) {
    const found = await life.pass(options)
    options.cache.tenants.put({ ...tenant(), status: { ...found.status } })
  }
  expect(options.steps.map(step => step.do)).toEqual(['kube.delete'])
  // Its quarantine is over before anybody looks at the tenant again.
  options.cache.networkLeases.remove(makeLease())
  await prepared.server.stop()
  expect((await life.pass(options)).outcome).toEqual({ end: 'done' })
})

test('a lease that has come free before the watch told of it is not waited for', async () => {
  const life = sliceLife(await preparedProxmox())
  const options = leaving()
  options.cache.networkLeases.put(makeLease({ metadata: { deletionTimestamp: NOW }, status: { releasedAt: NOW } }))
  const status = { network: { cluster: 'proxmox', vlan: 110 } }
  options.cache.tenants.put({ ...(options.cache.tenants.list()[0] as KubeObject), status })
  const found = await life.pass({ ...options, stored: [] })
  expect(found.outcome).toEqual({ end: 'wait' })
  expect(found.status?.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
    'Looking again for what is left in Proxmox VE.',
  )
})

test('a lease that the watch has not told of keeps the tenant: whoever finds it later finds no tenant to it', async () => {
  const life = sliceLife(await preparedProxmox())
  const unseen = leaving()
  const cache = makeCache({ ...objects, networkLeases: [], tenants: [...unseen.cache.tenants.list()] })
  const stored = [makeLease()]
  const kept = await life.pass({ ...unseen, cache, stored })
  expect([kept.outcome, unseen.steps]).toEqual([{ end: 'wait' }, []])
  expect(kept.status?.conditions?.find(({ type }) => type === 'Deleting')?.message).toBe(
    'Waiting until its leases are gone: proxmox-110.',
  )
  expect((await life.pass({ ...unseen, cache, stored: [] })).outcome).toEqual({ end: 'done' })
})
