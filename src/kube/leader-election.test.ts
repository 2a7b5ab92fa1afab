import { expect, test } from 'vitest'
import { makeClock } from '../../test/make/clock.ts'
import type { KubeObject } from '../plan/object.ts'
import { KubeError } from './errors.ts'
import { createLeaderElection, type LeaderElectionOptions } from './leader-election.ts'

const TIMES = { leaseDurationMs: 15_000, renewDeadlineMs: 9_000, retryMs: 2_000, requestTimeoutMs: 5_000 }

/** One Lease with the API server's optimistic concurrency. `mood` is how it treats requests. */
function makeLeases() {
  let lease: KubeObject | undefined
  let version = 0
  const store = (spec: unknown) => {
    version += 1
    const metadata = { name: 'leader', namespace: 'tenantry', resourceVersion: String(version) }
    lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
    return lease
  }
  const kubeWith = (mood: { value: 'well' | 'away' | 'hanging' | 'deaf' }): LeaderElectionOptions['kube'] => {
    const answering = async <T>(work: () => T): Promise<T> => {
      if (mood.value === 'hanging') return new Promise(() => undefined)
      if (mood.value === 'away') throw new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
      const result = work()
      if (mood.value === 'deaf') throw new KubeError({ status: 0, reason: 'NoAnswerInTime', message: 'deaf' })
      return result
    }
    return {
      get: () => answering(() => lease),
      create: object =>
        answering(() => {
          if (lease === undefined) return store(object.spec)
          throw new KubeError({ status: 409, reason: 'AlreadyExists', message: 'there' })
        }),
      patch: (_, { metadata, spec }) =>
        answering(() => {
          if ((metadata as { resourceVersion: string }).resourceVersion !== lease?.metadata.resourceVersion) {
            throw new KubeError({ status: 409, reason: 'Conflict', message: 'changed' })
          }
          return store({ ...(lease.spec as object), ...(spec as object) })
        }),
    }
  }
  return { kubeWith, holder: () => (lease?.spec as { holderIdentity: string } | undefined)?.holderIdentity }
}

function given() {
  const clock = makeClock()
  const leases = makeLeases()
  const log: string[] = []
  const candidate = (identity: string) => {
    const mood = { value: 'well' as 'well' | 'away' | 'hanging' | 'deaf' }
    const election = createLeaderElection({
      ...TIMES,
      kube: leases.kubeWith(mood),
      namespace: 'tenantry',
      name: 'leader',
      identity,
      clock,
      onElected: () => log.push(`${identity} elected at ${clock.nowMs() / 1000}`),
      onLost: reason => log.push(`${identity} lost at ${clock.nowMs() / 1000}: ${reason.replace(/_[-0-9a-f]+/, '')}`),
    })
    election.start()
    return { election, mood }
  }
  return { clock, leases, log, candidate }
}

test('the first candidate holds the lease for as long as it renews it, and the second waits', async () => {
  const { clock, log, candidate } = given()
  const [a, b] = [candidate('a'), candidate('b')]
  await clock.advance(600_000)
  expect([log, a.election.holds(), b.election.holds()]).toEqual([['a elected at 0'], true, false])
})

test('a lease that is given back is taken at the next look', async () => {
  const { clock, log, candidate, leases } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  candidate('b')
  await clock.advance(10_000)
  await a.election.stop()
  expect([a.election.holds(), leases.holder()]).toEqual([false, ''])
  await clock.advance(2_000)
  expect(log).toEqual(['a elected at 0', 'b elected at 13'])
})

test('a holder that cannot renew stops before another may begin', async () => {
  for (const mood of ['away', 'hanging'] as const) {
    const { clock, log, candidate } = given()
    const a = candidate('a')
    await clock.advance(1_000)
    candidate('b')
    await clock.advance(5_000)
    a.mood.value = mood
    await clock.advance(8_999)
    expect(a.election.holds()).toBe(true)
    await clock.advance(60_000)
    expect([mood, ...log]).toEqual([
      mood,
      'a elected at 0',
      'a lost at 15: it could not be renewed in time',
      'b elected at 23',
    ])
  }
})

test('a process that was held up learns that it has lost before its timers tell', async () => {
  const { clock, candidate } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  const heldUp = createLeaderElection({
    ...TIMES,
    kube: makeLeases().kubeWith({ value: 'well' }),
    namespace: 'tenantry',
    name: 'leader',
    identity: 'c',
    onElected: () => undefined,
    onLost: () => undefined,
    clock: { ...clock, nowMs: () => clock.nowMs() + late },
  })
  let late = 0
  heldUp.start()
  await clock.advance(1)
  expect(heldUp.holds()).toBe(true)
  late = 9_000
  expect([heldUp.holds(), a.election.holds()]).toEqual([false, true])
})

test('a renewal whose answer was lost is not taken for a loss', async () => {
  const { clock, log, candidate } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  a.mood.value = 'deaf'
  await clock.advance(3_000)
  a.mood.value = 'well'
  await clock.advance(60_000)
  expect([log, a.election.holds()]).toEqual([['a elected at 0'], true])
})

test('a lease that another has taken is lost at once', async () => {
  const { clock, leases, log, candidate } = given()
  candidate('a')
  await clock.advance(1_000)
  const kube = leases.kubeWith({ value: 'well' })
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'tenantry', name: 'leader' }
  const metadata = { resourceVersion: (await kube.get(ref))?.metadata.resourceVersion }
  await kube.patch(ref, { metadata, spec: { holderIdentity: 'somebody' } })
  await clock.advance(2_000)
  expect(log).toEqual(['a elected at 0', 'a lost at 2: somebody holds it now'])
})

test('times that could give two holders are refused', () => {
  const { kubeWith } = makeLeases()
  const create = (times: Partial<typeof TIMES>) => () =>
    createLeaderElection({
      ...TIMES,
      ...times,
      kube: kubeWith({ value: 'well' }),
      namespace: 'a',
      name: 'b',
      identity: 'c',
      onElected: () => undefined,
      onLost: () => undefined,
    })
  expect(create({ leaseDurationMs: 14_000 })).toThrow('Cannot elect a leader')
  expect(create({ retryMs: 9_000 })).toThrow('Cannot elect a leader')
  expect(create({ leaseDurationMs: 15_500 })).toThrow('Cannot elect a leader')
})
