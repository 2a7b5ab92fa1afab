/**
 * What becomes of tenants when the API server, its database or the way to it fails: some tens are converged, one has just
 * been made, and one is being deleted. Passes come all the time, so that each fault meets some. The operator elects, as it
 * does where it is deployed, and its lease cannot be renewed during most of the faults.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { API_VERSION, TENANT_LABEL } from '../../src/plan/names.ts'
import type { KubeObject } from '../../src/plan/object.ts'
import { type Fault, mostPerSecond } from '../make/fault-proxy.ts'
import { eventually } from './operator-environment.ts'
import { isInstalled, type OutageEnvironment, startOutageEnvironment } from './outage-environment.ts'
import { tenantManifest } from './tenant-manifest.ts'

const CONVERGED = Array.from({ length: 20 }, (_, index) => `t${index}`)
const RESYNC_SECONDS = 4
/** An answer is waited for for a third of it; after half of it without a renewal nothing is written. */
const LEASE_SECONDS = 6
/** Over a converged tenant, at most. */
const REQUESTS_PER_PASS = 5
/** How long a fault lasts. */
const OUTAGE_MS = 4_000

let outage: OutageEnvironment
beforeAll(async () => {
  outage = await startOutageEnvironment('outage', [...CONVERGED, 'leaver'], {
    'resync-seconds': `${RESYNC_SECONDS}`,
    'deletion-halt-percent': '100',
    'leader-elect': 'true',
    'lease-seconds': `${LEASE_SECONDS}`,
  })
})
afterAll(() => outage?.stop())

/** What the converged tenants are, and what would tell that anything of them was written or made anew. */
async function converged(): Promise<Record<string, unknown>> {
  const found = await outage.tenants()
  const spaces = await outage.kube.list({ apiVersion: 'v1', kind: 'Namespace' }, { labelSelector: TENANT_LABEL })
  const releases = await outage.kube.list({ apiVersion: API_VERSION, kind: 'TenantRelease' })
  return Object.fromEntries(
    CONVERGED.map(name => [
      name,
      {
        status: found.find(({ metadata }) => metadata.name === name)?.status,
        namespace: spaces.find(({ metadata }) => metadata.name === `tenant-${name}`)?.metadata.uid,
        release: releases.find(({ metadata }) => metadata.namespace === `tenant-${name}`)?.metadata.resourceVersion,
      },
    ]),
  )
}

const proxied =
  (...faults: Fault[]) =>
  () => {
    outage.proxy.set(...faults)
  }
const healed = () => outage.proxy.set()

interface Outage {
  begin(): unknown
  end(): unknown
  lastsMs?: number
}

const OUTAGES: Record<string, () => Outage> = {
  'every connection is cut': () => ({ begin: proxied({ does: 'cut' }), end: healed }),
  'the API server is killed and started again': () => ({
    begin: outage.servers.killApiServer,
    end: outage.servers.startApiServer,
  }),
  'the server has forgotten what it told last (410)': () => ({
    begin: proxied({ does: 'cut' }),
    async end() {
      await outage.servers.killApiServer()
      await outage.servers.startApiServer()
      await touchAll()
      healed()
    },
  }),
  'the server is too busy (429, Retry-After)': () => ({
    begin: proxied({ does: 'answer', status: 429, retryAfterSeconds: 1 }),
    end: healed,
  }),
  'the server fails (503)': () => ({ begin: proxied({ does: 'answer', status: 503 }), end: healed }),
  'answers take more than a second': () => ({ begin: proxied({ does: 'delay', ms: 1_200 }), end: healed }),
  'answers never come': () => ({ begin: proxied({ does: 'hang' }), end: healed }),
  'answers do not come for longer than a lease lasts': () => ({
    begin: proxied({ does: 'hang' }),
    end: healed,
    lastsMs: LEASE_SECONDS * 1000 + 2_000,
  }),
  'answers to reads break off in the middle': () => ({
    begin: proxied({ does: 'truncate', to: 'reads' }, { does: 'truncate', to: 'watches' }),
    end: healed,
  }),
  'answers to writes break off in the middle': () => ({
    begin: proxied({ does: 'truncate', to: 'writes' }),
    end: healed,
  }),
  'etcd stands still': () => ({ begin: outage.servers.holdEtcd, end: outage.servers.releaseEtcd }),
  'etcd takes no writes': () => ({
    begin: () => outage.servers.setEtcdFull(true),
    end: () => outage.servers.setEtcdFull(false),
  }),
  'connections go dead without a word': () => ({ begin: proxied({ does: 'mute' }), end: healed }),
}

/** So that a list after a forgotten moment has something to tell. */
async function touchAll(): Promise<void> {
  await outage.environment.kubectl(['label', 'namespaces', '-l', TENANT_LABEL, `touched=${Date.now()}`, '--overwrite'])
}

/** Each sends the client away with a chance of one in fifty. */
const ENOUGH_FOR_GOAWAY = 500

let newcomers = 0
let leaver = 'leaver'

interface Recovery {
  /** Of any second after the end of the fault, the most. */
  readonly requestsPerSecond: number
  readonly firstWriteMs: number
  /** Until the new tenant was there and the deleted one was going. */
  readonly doneMs: number
}

async function recoveryFrom(fault: string, { begin, end, lastsMs = OUTAGE_MS }: Outage): Promise<Recovery> {
  const { environment, proxy, operator, kube } = outage
  newcomers += 1
  const newcomer = `n${newcomers}`
  const before = await converged()
  await kube.create(tenantManifest(newcomer) as KubeObject)
  await kube.delete({ apiVersion: API_VERSION, kind: 'Tenant', name: leaver })
  await eventually(
    async () => environment.log.some(line => line.includes(`"tenant":"${newcomer}"`) && line.includes('"step"')),
    begun => begun,
  )

  const hasBegunMs = performance.now()
  await begin()
  await delay(lastsMs)
  expect(await alive(operator.healthPort)).toBe('200 ok')
  await end()
  const hasEndedMs = performance.now()

  await eventually(
    () => stateOf(newcomer, leaver),
    ({ isInstalled, isLeaving }) => isInstalled && isLeaving,
  )
  const doneMs = performance.now() - hasEndedMs
  const firstWrite = proxy.requests.find(
    ({ atMs, method, path }) => atMs > hasEndedMs && method !== 'GET' && !path.includes('/leases'),
  )
  const firstWriteMs = (firstWrite?.atMs ?? Number.NaN) - hasEndedMs
  expect(await converged()).toEqual(before)
  // Passes over all go on as before.
  const requestsPerSecond = mostPerSecond(proxy.requests, hasEndedMs)
  const during = proxy.requests.filter(({ atMs }) => atMs >= hasBegunMs && atMs < hasEndedMs).length
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  console.log(
    `${fault}: ${Math.round((during * 1000) / (hasEndedMs - hasBegunMs))} requests/s during it, at most ${requestsPerSecond}/s after it;`,
    `the first write after ${seconds(firstWriteMs)}, all done after ${seconds(doneMs)}`,
  )
  leaver = newcomer
  return { requestsPerSecond, firstWriteMs, doneMs }
}

let calm: Recovery | undefined
const measureCalm = () => recoveryFrom('nothing fails', { begin: healed, end: healed, lastsMs: 0 })

/** Some seconds for pauses and tries that have just begun; and of what has waited, all is due at once. */
const isLike = (usual: Recovery) => (found: Recovery) =>
  found.firstWriteMs < 2 * usual.firstWriteMs + 8_000 &&
  found.doneMs < 2 * usual.doneMs + 12_000 &&
  found.requestsPerSecond < 2 * usual.requestsPerSecond + REQUESTS_PER_PASS * (CONVERGED.length + 2)

const lapses = () => outage.environment.log.filter(line => line.includes('"lease-lapsed"')).length

test.each(Object.entries(OUTAGES))('%s', async (fault, outageOf) => {
  calm ??= await measureCalm()
  const usual = calm
  const before = lapses()
  const fails = outageOf()
  const recovery = await recoveryFrom(fault, fails)
  if (fails.lastsMs !== undefined) expect(lapses()).toBeGreaterThan(before)
  // The machine may be busier than it was, which holds for this fault and not for those after it.
  if (!isLike(usual)(recovery)) expect(recovery).toSatisfy(isLike(await measureCalm()))
  expect(outage.environment.log.filter(line => line.includes('"lease-lost"'))).toEqual([])
})

test('one that starts while the API server is away waits; sent away again and again (GOAWAY), it gets every answer', async () => {
  const { environment, operator, servers, kube } = outage
  const before = await converged()
  await operator.stop()
  await servers.killApiServer()
  const starting = environment.startOperator({ 'resync-seconds': '2', 'deletion-halt-percent': '100' })
  await servers.startApiServer('--goaway-chance=0.02')
  const direct = await starting
  const counted = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${direct.metricsPort}/metrics`)).text()
    return [...metrics.matchAll(/^tenantry_api_requests_total\{.*status="(\d+)"\} (\d+)$/gm)]
  }
  const sum = (counts: RegExpExecArray[]) => counts.reduce((sum, [, , times]) => sum + Number(times), 0)
  const unanswered = (counts: RegExpExecArray[]) => sum(counts.filter(([, status]) => status === '0'))
  const atStart = await counted()
  for (const name of ['g1', 'g2']) await kube.create(tenantManifest(name) as KubeObject)
  await eventually(outage.tenants, found => found.every(isInstalled))
  const atEnd = await eventually(counted, counts => sum(counts) > sum(atStart) + ENOUGH_FOR_GOAWAY)
  expect(unanswered(atEnd)).toBe(unanswered(atStart))
  expect(await converged()).toEqual(before)
  await eventually(outage.tenants, found => found.every(({ metadata }) => metadata.deletionTimestamp === undefined))
})

/** Whether the one is there, and the other's namespace is going. */
async function stateOf(newcomer: string, leaver: string) {
  const tenant = await outage.kube.get({ apiVersion: API_VERSION, kind: 'Tenant', name: newcomer })
  const namespace = await outage.kube.get({ apiVersion: 'v1', kind: 'Namespace', name: `tenant-${leaver}` })
  return {
    isInstalled: tenant !== undefined && isInstalled(tenant),
    isLeaving: namespace === undefined || namespace.metadata.deletionTimestamp !== undefined,
  }
}

async function alive(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`)
  return `${answer.status} ${(await answer.text()).trim()}`
}
