/** What a pass over one tenant looks at, counted, with few neighbours and with many. */
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { answeringKube } from '../../test/make/answering-kube.ts'
import { makePlanObject, makeTenantObject, NOW } from '../../test/make/pass.ts'
import { makeDesired, makeInputs } from '../../test/make/tenant.ts'
import { makeCache, makeInformer, type TestCache } from '../../test/make/tenant-cache.ts'
import { parseInvocation } from '../config.ts'
import { systemClock } from '../kube/clock.ts'
import { observeDrift } from '../kube/drift.ts'
import type { Informer } from '../kube/informer.ts'
import { observeTeardown, observeTenant } from '../kube/observe.ts'
import { MARKED, type TenantCache, WATCHED } from '../kube/tenant-cache.ts'
import * as names from '../plan/names.ts'
import type { KubeObject } from '../plan/object.ts'
import { createPass } from './pass.ts'
import type { Worlds } from './worlds.ts'

const FEW = 10
const MANY = 3000

function tenantAt(index: number, deleted: boolean): KubeObject {
  const name = `tenant${index}`
  return makeTenantObject({ metadata: { name, uid: `uid-${index}`, ...(deleted ? { deletionTimestamp: NOW } : {}) } })
}

/** Everything of `count` tenants that the operator watches. */
function worldOf(count: number, deleted: (index: number) => boolean): TestCache & TenantCache {
  const tenants = Array.from({ length: count }, (_, index) => tenantAt(index, deleted(index)))
  const desired = tenants.map(({ metadata }) =>
    makeDesired({ tenant: { name: metadata.name, uid: metadata.uid ?? '' }, host: `${metadata.name}.localhost` }),
  )
  const own = desired.flatMap(({ access, policies }) => [...access, ...policies])
  const others = (['deployments', 'ingresses', 'endpointSlices', 'databases'] as const).map(watch => {
    const objectIn = (namespace: string) => ({ ...WATCHED[watch], metadata: { name: 'x', namespace }, spec: {} })
    return [watch, tenants.map(({ metadata }) => objectIn(names.namespaceName(metadata.name)))] as const
  })
  return makeCache({
    tenants,
    plans: [makePlanObject()],
    namespaces: desired.map(({ namespace }) => ({
      ...namespace,
      metadata: { ...namespace.metadata, uid: `uid-of-${namespace.metadata.name}` },
    })),
    ...Object.fromEntries(MARKED.map(watch => [watch, own.filter(({ kind }) => kind === WATCHED[watch].kind)])),
    ...Object.fromEntries(others),
  })
}

/** The same watches, which count what they hand out. */
function counting(cache: TenantCache): { cache: TenantCache; looked: () => number } {
  let looked = 0
  const counted = (found: KubeObject[]) => {
    looked += found.length
    return found
  }
  const watched = (informer: Informer): Informer => ({
    ...informer,
    synced: true,
    get: (name, namespace) => counted([informer.get(name, namespace)].flatMap(found => found ?? []))[0],
    list: namespace => counted(informer.list(namespace)),
    indexed: key => counted(informer.indexed(key)),
  })
  const entries = Object.entries(cache).map(([name, informer]) => [name, watched(informer)])
  return { cache: Object.fromEntries(entries) as TenantCache, looked: () => looked }
}

async function lookedAt(count: number, deleted: (index: number) => boolean = () => false): Promise<number> {
  const { cache, looked } = counting(worldOf(count, deleted))
  const { kube } = answeringKube(what => (what.startsWith('list') ? { items: [] } : 404))
  const invocation = parseInvocation([], {})
  if (invocation.run !== 'operator') throw new Error('no configuration')
  const ports = { kube, cache, probe: async () => ({ result: 'off' }) as const }
  const { chart, neighbours } = makeInputs()
  const worlds: Worlds = {
    cache,
    charts: { named: async () => chart, resolve: async () => chart, createKinds: async () => {} },
    proxmox: {
      installation: () => 'here',
      look: async () => ({ found: 'unknown', problem: { reason: 'None', message: '' } }),
    },
    neighbours: () => neighbours,
    observeKube: (tenant, host) => observeTenant(ports, tenant, host),
    observeTeardown: tenant => observeTeardown(ports, tenant, 'tenantry-system'),
    observeRelease: async () => ({ history: [] }),
    observeSecrets: async () => new Map(),
    observeDrift: expected => observeDrift(ports, expected),
    observeReadiness: async () => ({ unready: [], unjudged: [] }),
    observeLeases: async () => [],
    observeMachines: async () => [],
    observeRetained: () => [],
    applyStep: async () => ({ waitingFor: [] }),
    recordEvent: () => undefined,
  }
  const cluster = { kube, cache, ownNamespace: makeInformer() }
  const pass = createPass({
    config: invocation.config,
    cluster,
    worlds,
    logger: pino({ level: 'silent' }),
    clock: systemClock,
  })
  await pass('tenant0')
  return looked()
}

test('a pass looks at as much with 10 tenants as with 3,000', async () => {
  const few = await lookedAt(FEW)
  expect(few).toBeGreaterThan(10)
  expect(await lookedAt(MANY)).toBe(few)
})

test('so does the pass of a tenant that is being deleted', async () => {
  const first = (index: number) => index === 0
  expect(await lookedAt(MANY, first)).toBe(await lookedAt(FEW, first))
})
