/** Replicas that are killed, frozen, stopped, added and told another number of shards, while tenants are edited. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { API_VERSION } from '../../src/plan/names.ts'
import { conditionsOf, eventually } from './operator-environment.ts'
import { LEASE_SECONDS, type Replica, type ReplicaEnvironment, startReplicaEnvironment } from './replica-environment.ts'
import { isOfRelease, overlaps, type TenantWrite, unauthorised, writersOf } from './writer-log.ts'

const TENANTS = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'soylent', 'tyrell', 'wonka']

/**
 * When frozen replicas went on. Whoever is frozen between asking whether it may write and the system call sends that write
 * then; docs/decisions/0012 has what makes it harmless.
 */
const thawedMs = new Map<string, number>()
const isThawed = ({ replica, beganMs }: TenantWrite) => beganMs >= (thawedMs.get(replica) ?? Number.POSITIVE_INFINITY)

let environment: ReplicaEnvironment
beforeAll(async () => {
  environment = await startReplicaEnvironment('replicas', TENANTS)
})
beforeEach(() => environment.killAll())
afterAll(() => environment?.stop())

/** Now, each of these and nobody else. */
const untilWriters = (...replicas: Replica[]) => {
  const expected = replicas.map(({ identity }) => identity).toSorted()
  return environment.untilWriters(writers => [...new Set(writers)].toSorted().join() === expected.join())
}

async function startStandby(name: string, shards?: number): Promise<Replica> {
  const replica = environment.start(name, shards)
  await replica.ready
  return replica
}

/** From then until this replica holds a lease. */
async function takeoverMs(replica: Replica, sinceMs: number): Promise<number> {
  const { leases } = await environment.log()
  const taken = leases.find(lease => lease.replica === replica.identity && lease.holder.startsWith(replica.identity))
  return (taken?.endedMs ?? Number.NaN) - sinceMs
}

test('a leader that is killed, frozen beyond its lease, or stopped is followed by another', async () => {
  const a = environment.start('a')
  await untilWriters(a)
  const b = await startStandby('b')
  const killedMs = Date.now()
  a.kill('SIGKILL')
  await untilWriters(b)
  const c = await startStandby('c')
  const frozenMs = Date.now()
  b.kill('SIGSTOP')
  await untilWriters(c)
  thawedMs.set(b.identity, Date.now())
  b.kill('SIGCONT')
  expect((await b.ended).exitCode).toBe(1)
  const d = await startStandby('d')
  c.kill('SIGTERM')
  expect((await c.ended).exitCode).toBe(0)
  const stoppedMs = Date.now()
  await untilWriters(d)
  const inOrder = [a, b, c, d].map(({ identity }) => identity)
  const { writes } = await environment.log()
  expect(writes.filter(isThawed).length).toBeLessThan(3)
  const writers = writersOf(
    writes.filter(write => inOrder.includes(write.replica) && TENANTS.includes(write.tenant) && !isThawed(write)),
  )
  expect(writers).toEqual(Object.fromEntries(TENANTS.map(tenant => [tenant, inOrder])))
  // One look more: that much later than the renewal itself, the last one was seen.
  const mostMs = (LEASE_SECONDS + LEASE_SECONDS / 3) * 1000
  expect(await takeoverMs(b, killedMs)).toBeLessThan(mostMs)
  expect(await takeoverMs(c, frozenMs)).toBeLessThan(mostMs)
  expect(await takeoverMs(d, stoppedMs)).toBeLessThan((LEASE_SECONDS / 2) * 1000)
})

test('a leader whose lease another takes ends, and the helm that it has started ends with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-replicas-'))
  const [helm, pidFile] = [join(folder, 'helm'), join(folder, 'pid')]
  await writeFile(helm, `#!/bin/sh\necho $$ >> ${pidFile}\nexec sleep 600\n`, { mode: 0o755 })
  const leader = environment.start('j', 1, { helm, renderer: 'none' })
  const pids = async () => (await readFile(pidFile, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number)
  await eventually(pids, started => started.length > 0)
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'tenantry-system' }
  const ref = { ...lease, name: 'tenantry-shard-0-of-1' }
  await environment.kube.patch(ref, { spec: { holderIdentity: 'somebody' } })
  expect((await leader.ended).exitCode).toBe(1)
  await eventually(pids, started => !started.some(isAlive))
  await environment.kube.delete(ref)
  await rm(folder, { recursive: true })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('replicas share the shards, also while some of them are told another number of shards', async () => {
  const e = environment.start('e', 2)
  await untilWriters(e)
  const f = environment.start('f', 2)
  await untilWriters(e, f)
  e.kill('SIGTERM')
  await untilWriters(f)
  const g = environment.start('g', 2)
  await untilWriters(f, g)
  const [h, i] = [await startStandby('h', 3), await startStandby('i', 3)]
  f.kill('SIGKILL')
  await untilWriters(g)
  g.kill('SIGTERM')
  await untilWriters(h, i)
  await allDeletionsAreHalted()
})

/** Each replica tears down some of them only; but both see all that are deleted. */
async function allDeletionsAreHalted(): Promise<void> {
  for (const name of TENANTS) await environment.kube.delete({ apiVersion: API_VERSION, kind: 'Tenant', name })
  await eventually(
    () => environment.kube.list({ apiVersion: API_VERSION, kind: 'Tenant' }),
    tenants =>
      tenants.filter(tenant => conditionsOf(tenant).Deleting === 'True DeletionsHalted').length === TENANTS.length,
    90_000,
  )
}

test('no tenant ever had two writers, and nobody wrote without its lease', async () => {
  const log = await environment.log()
  const writes = log.writes.filter(write => !isThawed(write))
  expect({
    overlaps: overlaps(writes),
    unauthorised: unauthorised({ ...log, writes }),
    unknown: log.unknown,
  }).toEqual({
    overlaps: [],
    unauthorised: [],
    unknown: [],
  })
  expect(log.writes.length).toBeGreaterThan(300)
  const ofReleases = log.writes.filter(isOfRelease)
  expect(ofReleases.length).toBeGreaterThan(100)
  expect(new Set(ofReleases.map(({ replica }) => replica)).size).toBeGreaterThan(5)
})
