/** What the API server makes of manifests, good and bad: schemas and CEL as generated into deploy/crds/. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KINDS } from '../../src/crds/kind.ts'
import {
  GOOD_PLAN,
  GOOD_TENANT,
  type Manifest,
  type Mistake,
  PLAN_MISTAKES,
  TENANT_MISTAKES,
  titleOf,
  withMistake,
} from '../make/refused-manifest.ts'
import { CLUSTER_MISTAKES, GOOD_CLUSTER } from '../make/refused-proxmox-cluster.ts'
import { GOOD_SLICE, REFUSED_SLICE_UPDATES, SLICE_MISTAKES } from '../make/refused-slice.ts'
import { type Installation, startInstallation } from './installation.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation('admission')
  await installation.kubectl.run(['apply', '-f', '-'], JSON.stringify(GOOD_TENANT))
  await installation.kubectl.run(['apply', '-f', '-'], JSON.stringify(GOOD_PLAN))
  await installation.kubectl.run(['apply', '-f', '-'], JSON.stringify(GOOD_CLUSTER))
  await installation.kubectl.run(['apply', '-f', '-'], JSON.stringify(GOOD_SLICE))
})
afterAll(() => installation?.stop())

const dryRun = ['apply', '--dry-run=server', '-f', '-']
const kubectl = (...args: string[]) => installation.kubectl.run(args)
const refusalOf = (manifest: Manifest) => installation.refusal(dryRun, JSON.stringify(manifest))

test('the API server takes every definition as it is', async () => {
  const { items } = await installation.kubectl.json<{
    items: { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } }[]
  }>(['get', 'crd'])
  const found = items.map(({ metadata, status }) => [
    metadata.name,
    status.conditions.filter(({ status }) => status === 'True').map(({ type }) => type),
  ])
  const wanted = KINDS.map(({ plural }) => [`${plural}.tenantry.dev`, ['NamesAccepted', 'Established']])
  expect(found.toSorted()).toEqual(wanted.toSorted())
})

test.each(['examples/plans', 'examples/tenants', 'examples/proxmox'])('%s is accepted', async folder => {
  await expect(kubectl('apply', '--dry-run=server', '-f', folder)).resolves.toContain('created')
})

test('every mistake in a tenant is refused, and the refusal names the field', () =>
  expectRefusals(GOOD_TENANT, TENANT_MISTAKES))

test('every mistake in a plan is refused, and the refusal names the field', () =>
  expectRefusals(GOOD_PLAN, PLAN_MISTAKES))

test('every mistake in a Proxmox cluster is refused, and the refusal names the field', () =>
  expectRefusals(GOOD_CLUSTER, CLUSTER_MISTAKES))

test('every mistake in the Proxmox VE part of a tenant is refused, and the refusal names the field', () =>
  expectRefusals(GOOD_SLICE, SLICE_MISTAKES))

test.each(REFUSED_SLICE_UPDATES)('an update of a tenant in Proxmox VE with %s is refused', async (_, set, to, says) => {
  expect(await refusalOf(withMistake(GOOD_SLICE, { set, to, says: /./ }))).toContain(says)
})

test('a container that an earlier version let somebody call privileged keeps nobody from edits, and may be put right', async () => {
  const [crd, rule] = [
    'tenants.tenantry.dev',
    '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/machines/items/properties/container' +
      '/properties/unprivileged/x-kubernetes-validations',
  ]
  const patch = (...changes: object[]) => kubectl('patch', 'crd', crd, '--type=json', '-p', JSON.stringify(changes))
  const set = 'spec.machines.1.container.unprivileged'
  const manifest = { ...GOOD_SLICE, metadata: { name: 'privileged' } }
  const stored = withMistake(manifest, { set, to: false, says: /./ })
  const fresh = { ...stored, metadata: { name: 'fresh' } }
  await patch({ op: 'remove', path: rule })
  await expect.poll(() => refusalOf(fresh), { timeout: 30_000 }).toBe('')
  await installation.kubectl.run(['apply', '-f', '-'], JSON.stringify(stored))
  const value = [{ rule: 'self', message: 'must be true' }]
  await patch({ op: 'add', path: rule, value })
  await expect.poll(() => refusalOf(fresh), { timeout: 30_000 }).toContain('must be true')
  expect(await refusalOf(withMistake(stored, { set: 'spec.machines.1.cores', to: 2, says: /./ }))).toBe('')
  expect(await refusalOf(manifest)).toBe('')
  const template = 'local:vztmpl/debian-13.tar.zst'
  const other = withMistake(stored, { set: 'spec.machines.1.container.template', to: template, says: /./ })
  expect(await refusalOf(other)).toContain('must keep its template')
})

test('the machines of a tenant may all go, a disk may grow, and a VLAN be left to the operator', async () => {
  const changes: readonly [string, unknown][] = [
    ['spec.machines', []],
    ['spec.machines.0.disks.0.size', '41Gi'],
    ['spec.proxmox.vlan', undefined],
  ]
  for (const [set, to] of changes) expect(await refusalOf(withMistake(GOOD_SLICE, { set, to, says: /./ }))).toBe('')
})

test.each(['isolation', 'suspend'])('spec.%s, which there is not, is refused', async field => {
  const said = await refusalOf(withMistake(GOOD_TENANT, { set: `spec.${field}`, to: true, says: /./ }))
  expect(said).toContain(`unknown field "spec.${field}"`)
})

test('a quantity that is none is told once, by its own rule', async () => {
  const said = await refusalOf(withMistake(GOOD_PLAN, { set: 'spec.quota.memory', to: '8 gigs', says: /./ }))
  expect(said).toMatch(/is invalid: spec\.quota\.memory: Invalid value: "8 gigs": must be bytes/)
})

const grown = 'must not shrink'
const sameClass = 'cannot be changed, added or removed'
const updates: readonly [string, Manifest, Mistake['set'], unknown, string][] = [
  ['a smaller volume', GOOD_TENANT, 'spec.overrides.database.storage', '79Gi', grown],
  ['a volume taken back', GOOD_TENANT, 'spec.overrides.database.storage', undefined, grown],
  ['a volume taken back with its parent', GOOD_TENANT, 'spec.overrides.database', undefined, grown],
  ['a volume taken back with all overrides', GOOD_TENANT, 'spec.overrides', undefined, grown],
  ['a smaller volume in the plan', GOOD_PLAN, 'spec.database.storage', '49Gi', grown],
  ['another storage class', GOOD_PLAN, 'spec.database.storageClassName', 'slow', sameClass],
  ['no storage class any more', GOOD_PLAN, 'spec.database.storageClassName', undefined, sameClass],
  ['another parent pool', GOOD_CLUSTER, 'spec.access.parentPool', 'others', 'cannot be changed: the pools'],
]
test.each(updates)('an update with %s is refused', async (_, good, set, to, says) => {
  const said = await refusalOf(withMistake(good, { set, to, says: /./ }))
  const field = set.startsWith('spec.overrides') ? 'spec.overrides.database.storage' : set
  expect(said).toContain(`${field}: Invalid value: ${says}`)
})

test('the networks of tenants stay in the zone of their cluster', async () => {
  const said = await refusalOf(withMistake(GOOD_CLUSTER, { set: 'spec.network.zone', to: 'others', says: /./ }))
  expect(said).toMatch(/spec\.network: Invalid value: .*must keep its type, zone, bridge, subnetBase and/)
  expect(await refusalOf(withMistake(GOOD_CLUSTER, { set: 'spec.network.vlanRange.last', to: 299, says: /./ }))).toBe(
    '',
  )
})

test('a volume may grow, in a tenant and in a plan', async () => {
  const tenant = withMistake(GOOD_TENANT, { set: 'spec.overrides.database.storage', to: '0.1Ti', says: /./ })
  expect(await refusalOf(tenant)).toBe('')
  const plan = withMistake(GOOD_PLAN, { set: 'spec.database.storage', to: '50.1Gi', says: /./ })
  const roomier = withMistake(plan, { set: 'spec.quota.storage', to: '200Gi', says: /./ })
  expect(await refusalOf(roomier)).toBe('')
})

test('a plan without a storage class does not get one later', async () => {
  const plan = withMistake({ ...GOOD_PLAN, metadata: { name: 'classless' } }, classless)
  await installation.kubectl.run(['apply', '-f', '-'], JSON.stringify(plan))
  const said = await refusalOf(withMistake(plan, { ...classless, to: 'fast' }))
  expect(said).toContain(`spec.database.storageClassName: Invalid value: ${sameClass}`)
})
const classless: Mistake = { set: 'spec.database.storageClassName', to: undefined, says: /./ }

test('a new tenant has its defaults, and a status that says that nobody has seen it', async () => {
  const spec = { companyName: 'Acme', owner: { email: 'ada@example.com' }, plan: 'free' }
  const manifest = JSON.stringify({ ...GOOD_TENANT, metadata: { name: 'fresh' }, spec })
  const created = JSON.parse(await installation.kubectl.run(['create', '-o', 'json', '-f', '-'], manifest))
  expect([created.spec, created.status]).toEqual([
    { ...spec, machines: [], deletionPolicy: 'Retain', deletionProtection: false },
    { observedGeneration: -1 },
  ])
})

test('kubectl get shows what matters, and more when asked', async () => {
  const at = '2026-01-01T00:00:00Z'
  const url = 'https://app.umbrella.example.com'
  const ready = { type: 'Ready', status: 'False', reason: 'PlanNotFound', message: 'No plan.', lastTransitionTime: at }
  const status = {
    observedGeneration: 1,
    namespace: 'tenant-umbrella',
    url,
    pool: 'tenants/umbrella',
    network: { cluster: 'proxmox', vlan: 110 },
    machines: { ready: 1, total: 2, summary: '1/2' },
    release: { name: 'tenant-umbrella', revision: 1, chartVersion: '0.1.0', digest: 'd' },
    database: { readyInstances: 2, instances: 3 },
    conditions: [ready],
  }
  await kubectl('patch', 'ten', 'umbrella', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }))
  const short = await kubectl('get', 'tenants', 'umbrella')
  expect(table(short)).toEqual([
    ['NAME', 'PLAN', 'READY', 'STATUS', 'DB', 'MACHINES', 'VLAN', 'URL', 'AGE'],
    ['umbrella', 'professional', 'False', 'PlanNotFound', '2', '1/2', '110', url, expect.any(String)],
  ])
  const wide = await kubectl('get', 'tenants', 'umbrella', '-o', 'wide')
  const more = ['NAMESPACE', 'POOL', 'VERSION', 'MESSAGE', 'AGE']
  expect(table(wide)[0]).toEqual(['NAME', 'PLAN', 'READY', 'STATUS', 'DB', 'MACHINES', 'VLAN', 'URL', ...more])
  expect(table(wide)[1]?.slice(8, 12)).toEqual(['tenant-umbrella', 'tenants/umbrella', '0.1.0', 'No plan.'])
})

test('tenants are found by their plan, and everything by the category', async () => {
  const found = await kubectl('get', 'ten', '--field-selector=spec.plan=professional', '-o', 'name')
  expect(found.trim()).toBe('tenant.tenantry.dev/umbrella')
  const all = await kubectl('get', 'tenantry', '-A', '-o', 'name')
  expect(all.split('\n')).toEqual(
    expect.arrayContaining(['tenant.tenantry.dev/umbrella', 'tenantplan.tenantry.dev/gold']),
  )
})

test('kubectl explain tells what a field means', async () => {
  expect(await kubectl('explain', 'tenants.spec.deletionProtection')).toContain('deleting this tenant is refused')
})

/** All at once, since each kubectl takes its time: it goes on after a refusal, and tells them in order at the end. */
async function expectRefusals(good: Manifest, mistakes: readonly Mistake[]): Promise<void> {
  // A fresh name, so that no rule about updates speaks too.
  const fresh = { ...good, metadata: { name: 'mistaken' } }
  const manifests = mistakes.map(mistake => JSON.stringify(withMistake(fresh, mistake))).join('\n---\n')
  const said = await installation.refusal(dryRun, manifests)
  const refusals = said.split(/^(?=(?:Error from server|The \w+ ".*" is invalid))/m)
  const found = mistakes.map((mistake, index) => [titleOf(mistake), verdictOn(refusals[index] ?? '', mistake)])
  expect(found).toEqual(mistakes.map(mistake => [titleOf(mistake), 'refused']))
  expect(refusals).toHaveLength(mistakes.length)
}

function verdictOn(refusal: string, { field, set, says }: Mistake): string {
  return refusal.includes(`${field ?? set}: `) && says.test(refusal) ? 'refused' : refusal
}

/** Cells are at least three blanks apart. */
function table(printed: string): string[][] {
  return printed
    .trim()
    .split('\n')
    .map(line => line.trim().split(/ {3,}/))
}
