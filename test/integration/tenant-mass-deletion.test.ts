/** Many tenants deleted at once stay until somebody confirms it, whatever becomes of the operator. In order: each test goes on from the one before. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Operator } from '../../src/controllers/operator.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import { conditionsOf, eventually, type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'

const LEAVING = ['l1', 'l2', 'l3', 'l4', 'l5', 'l6']
const STAYING = ['s1', 's2']
const VANISHING = ['v1', 'v2', 'v3', 'v4', 'v5']
const KINDS = [
  ...['namespaces', 'secrets', 'services', 'deployments', 'serviceaccounts', 'resourcequotas', 'limitranges'],
  ...['rolebindings', 'networkpolicies', 'ingresses', 'clusters.postgresql.cnpg.io', 'tenantreleases.tenantry.dev'],
]

let environment: OperatorEnvironment
let operator: Operator
let before: Record<string, string[]>
beforeAll(async () => {
  environment = await startEnvironment('mass-deletion')
  await environment.apply(planManifest('small'))
  operator = await environment.startOperator()
  await environment.apply(...[...LEAVING, ...STAYING].map(name => tenantManifest(name)))
  await eventually(said, found => found.every(conditions => conditions.ReleaseReady === 'True Deployed'), 180_000)
  before = await belongings()
})
afterAll(() => environment?.stop())

test('six of eight, deleted at once, are halted, and nothing of theirs goes', async () => {
  await environment.kubectl(['delete', 'tenants.tenantry.dev', ...LEAVING, '--wait=false'])
  await untilHalted(LEAVING)
  expect(await belongings()).toEqual(before)
  expect(Object.keys(before)).toHaveLength(8)
  const [first] = await tenants()
  expect(JSON.stringify(first?.status)).toContain('6 of 8 tenants were deleted within 600 seconds')
})

test('the metric counts them, and an event warns of each', async () => {
  const metrics = await (await fetch(`http://127.0.0.1:${operator.metricsPort}/metrics`)).text()
  expect(metrics).toContain('\ntenantry_deletions_halted 6\n')
  const warned = await eventually(haltEvents, found => found.length === LEAVING.length)
  expect(warned).toEqual(LEAVING.map(name => `Warning ${name}`))
})

test('another operator halts them too, and lets one go that somebody confirms', async () => {
  await operator.stop()
  operator = await environment.startOperator()
  await confirm('l1')
  await untilGone(['l1'])
  expect(await belongings()).toEqual(without(['l1']))
})

test('the last four are not let go because they have become few, nor by a restart', async () => {
  await confirm('l2')
  await untilGone(['l2'])
  await operator.stop()
  operator = await environment.startOperator()
  await environment.apply(tenantManifest('l7'))
  const [added] = await eventually(
    async () => [await environment.get('tenants.tenantry.dev', 'l7')],
    ([found]) => conditionsOf(found).ReleaseReady === 'True Deployed',
  )
  expect(added?.metadata.name).toBe('l7')
  await untilHalted(LEAVING.slice(2))
  const { 'tenant-l7': _, ...others } = await belongings()
  expect(others).toEqual(without(['l1', 'l2']))
})

test('a time on the namespace of the operator lets all go that were deleted until then, and nobody else', async () => {
  const now = new Date().toISOString()
  const confirmation = `tenantry.dev/confirm-deletions-until=${now}`
  await environment.kubectl(['annotate', 'namespace', 'tenantry-system', confirmation])
  await untilGone(LEAVING)
  const { 'tenant-l7': _, ...others } = await belongings()
  expect(others).toEqual(without(LEAVING))
})

test('one that goes afterwards goes without a word', async () => {
  await environment.kubectl(['delete', 'tenants.tenantry.dev', 'l7', '--wait=false'])
  await untilGone(['l7'])
  expect(await belongings()).toEqual(without(LEAVING))
})

test('where environments stand whose Tenants are missing from the list, none that is deleted goes; by another threshold the next one does', async () => {
  await environment.apply(...VANISHING.map(name => tenantManifest(name)))
  await eventually(said, found => found.every(conditions => conditions.NamespaceReady?.startsWith('True') === true))
  await operator.stop()
  for (const name of VANISHING) {
    const ref = { apiVersion: API_VERSION, kind: 'Tenant', name }
    await environment.kube.patch(ref, { metadata: { finalizers: null } })
    await environment.kube.delete(ref)
  }
  operator = await environment.startOperator()
  await environment.kubectl(['delete', 'tenants.tenantry.dev', 's1', '--wait=false'])
  await untilHalted(['s1'])
  const [halted] = (await tenants()).filter(({ metadata }) => metadata.name === 's1')
  expect(JSON.stringify(halted?.status)).toContain('5 of 7 environments stand without their Tenant')
  const standing = await belongings()
  await operator.stop()
  operator = await environment.startOperator({ 'deletion-halt-percent': '100' })
  await environment.kubectl(['delete', 'tenants.tenantry.dev', 's2', '--wait=false'])
  await untilGone(['s2'])
  // What was halted once waits for somebody's word.
  await untilHalted(['s1'])
  const { 'tenant-s2': _, ...others } = standing
  expect(await belongings()).toEqual(others)
  await confirm('s1')
  await untilGone(['s1'])
})

async function tenants() {
  return environment.list('tenants.tenantry.dev')
}

async function said() {
  return (await tenants()).map(conditionsOf)
}

async function untilHalted(names: readonly string[]): Promise<void> {
  await eventually(tenants, found => {
    const halted = found.filter(tenant => conditionsOf(tenant).Deleting === 'True DeletionsHalted')
    return names.every(name => halted.some(({ metadata }) => metadata.name === name))
  })
}

async function untilGone(names: readonly string[]): Promise<void> {
  const left = async () => (await tenants()).filter(({ metadata }) => names.includes(metadata.name))
  await eventually(left, found => found.length === 0, 50_000)
}

async function confirm(name: string): Promise<void> {
  const uid = (await environment.get('tenants.tenantry.dev', name))?.metadata.uid
  await environment.kubectl(['annotate', 'tenants.tenantry.dev', name, `tenantry.dev/confirm-deletion=${uid}`])
}

/** Everything in the namespaces of tenants, and these themselves; what is being deleted is marked so. */
async function belongings(): Promise<Record<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const { kind, metadata } of await environment.list(KINDS.join(','))) {
    const place = metadata.namespace ?? metadata.name
    if (!place.startsWith('tenant-')) continue
    const going = metadata.deletionTimestamp === undefined ? '' : ' going'
    found.set(place, [...(found.get(place) ?? []), `${kind} ${metadata.name} ${metadata.uid}${going}`])
  }
  return Object.fromEntries([...found].map(([place, objects]) => [place, objects.sort()]))
}

function without(names: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(Object.entries(before).filter(([place]) => !names.some(name => place === `tenant-${name}`)))
}

async function haltEvents(): Promise<string[]> {
  const events = await environment.list('events.events.k8s.io')
  return events
    .filter(({ reason }) => reason === 'DeletionsHalted')
    .map(({ type, regarding }) => `${type} ${(regarding as { name: string }).name}`)
    .sort()
}
