/**
 * What becomes of tenants when the API server, its database or the way to it fails: some tens are converged, one has just
 * been made, and one is being deleted. Passes come all the time, so that each fault meets some.
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
/** How long a fault lasts. */
const OUTAGE_MS = 4_000
/** Of the end of the fault; on a machine that also compiles. */
const RECOVERED_MS = 60_000
/** A pass over a converged tenant asks five times or less, an installation about sixty times, a watch twice. */
const MOST_PER_SECOND = 300

let outage: OutageEnvironment
beforeAll(async () => {
  outage = await startOutageEnvironment('outage', [...CONVERGED, 'leaver'], {
    'resync-seconds': `${RESYNC_SECONDS}`,
    'deletion-halt-percent': '100',
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
}

const OUTAGES: Record<string, () => Outage> = {
  'nothing fails, to compare with': () => ({ begin: healed, end: healed }),
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
  'answers take two seconds': () => ({ begin: proxied({ does: 'delay', ms: 2_000 }), end: healed }),
  'answers never come': () => ({ begin: proxied({ does: 'hang' }), end: healed }),
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

test.each(Object.entries(OUTAGES))('%s', async (fault, outageOf) => {
  const { environment, proxy, operator, kube } = outage
  const { begin, end } = outageOf()
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
  await delay(OUTAGE_MS)
  expect(await alive(operator.healthPort)).toBe('200 ok')
  await end()
  const hasEndedMs = performance.now()

  await eventually(
    () => stateOf(newcomer, leaver),
    ({ isInstalled, isLeaving }) => isInstalled && isLeaving,
    RECOVERED_MS,
  )
  const recoveredMs = performance.now() - hasEndedMs
  const firstWrite = proxy.requests.find(({ atMs, method }) => atMs > hasEndedMs && method !== 'GET')
  expect(await converged()).toEqual(before)
  // Passes over all go on as before.
  const most = mostPerSecond(proxy.requests, hasEndedMs)
  const during = proxy.requests.filter(({ atMs }) => atMs >= hasBegunMs && atMs < hasEndedMs).length
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  console.log(
    `${fault}: ${Math.round((during * 1000) / (hasEndedMs - hasBegunMs))} requests/s during it, at most ${most}/s after it;`,
    `the first write after ${seconds((firstWrite?.atMs ?? Number.NaN) - hasEndedMs)}, all done after ${seconds(recoveredMs)}`,
  )
  expect(most).toBeLessThan(MOST_PER_SECOND)
  leaver = newcomer
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
