import { expect, test } from 'vitest'
import { makeClock } from '../../test/make/clock.ts'
import { type Mood, makeLeaseKube } from '../../test/make/lease-kube.ts'
import type { KubeObject } from '../plan/object.ts'
import { writeAgreement } from './shard-agreement.ts'
import { createShardElection } from './shard-election.ts'

const TIMES = { leaseDurationMs: 15_000, renewDeadlineMs: 9_000, retryMs: 2_000, requestTimeoutMs: 5_000 }

function given({ lateMs = () => 0 }: { readonly lateMs?: () => number } = {}) {
  const clock = makeClock()
  const leases = makeLeaseKube()
  const log: string[] = []
  const candidate = (identity: string, delay?: Mood['delay']) => {
    const mood: Mood = { value: 'well', ...(delay === undefined ? {} : { delay }) }
    const election = createShardElection({
      ...TIMES,
      kube: leases.kubeFor(mood),
      namespace: 'tenantry',
      count: 1,
      identity,
      clock: { ...clock, nowMs: () => clock.nowMs() + lateMs() },
      onTaken: () => void log.push(`${identity} elected at ${clock.nowMs() / 1000}`),
      onGiving: () => Promise.resolve(),
      onLapsed: () => void log.push(`${identity} lapsed at ${clock.nowMs() / 1000}`),
      onRegained: () => void log.push(`${identity} regained at ${clock.nowMs() / 1000}`),
      onLost: reason =>
        void log.push(`${identity} lost at ${clock.nowMs() / 1000}: ${reason.replace(/_[-0-9a-f]+/, '')}`),
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
  expect([log, a.election.mayWrite(), b.election.mayWrite()]).toEqual([['a elected at 0'], true, false])
})

test('a lease that is given back is taken at the next look', async () => {
  const { clock, log, candidate, leases } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  candidate('b')
  await clock.advance(10_000)
  await a.election.stop()
  expect([a.election.mayWrite(), leases.holders()['tenantry-shard-0-of-1']]).toEqual([false, ''])
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
    expect(a.election.mayWrite()).toBe(true)
    await clock.advance(60_000)
    expect([mood, ...log]).toEqual([mood, 'a elected at 0', 'a lapsed at 15', 'b elected at 22'])
    a.mood.value = 'well'
    await clock.advance(4_000)
    expect([a.election.mayWrite(), log.slice(3)]).toEqual([
      false,
      [expect.stringMatching(/^a lost .* b holds it now$/)],
    ])
  }
})

test('a holder that could not renew writes nothing until it can again, and goes on if nobody has taken its lease', async () => {
  for (const mood of ['away', 'hanging', 'deaf'] as const) {
    const { clock, log, candidate } = given()
    const { election, mood: server } = candidate('a')
    await clock.advance(6_000)
    server.value = mood
    await clock.advance(9_000)
    const during = [election.mayWrite(), election.keeps(0)]
    await clock.advance(60_000)
    server.value = 'well'
    await clock.advance(4_000)
    const lapsed = Number(/[.\d]+$/.exec(log[1] ?? '')?.[0])
    expect([mood, during, election.mayWrite()]).toEqual([mood, [false, true], true])
    expect([mood, log.length, lapsed <= 15, log[2]]).toEqual([
      mood,
      3,
      true,
      expect.stringMatching(/^a regained at 7[5-9]/),
    ])
    await clock.advance(600_000)
    expect([mood, log.length]).toEqual([mood, 3])
  }
})

test('a lease that somebody has written on since its last renewal, such as who asks for it, is given back all the same', async () => {
  const { clock, log, candidate, leases } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  candidate('b')
  await clock.advance(10_000)
  leases.label('tenantry-shard-0-of-1')
  await a.election.stop()
  expect(leases.holders()['tenantry-shard-0-of-1']).toBe('')
  await clock.advance(2_000)
  expect(log).toEqual(['a elected at 0', 'b elected at 13'])
})

test('a lease that is deleted is lost at once, for anybody may make it anew', async () => {
  const { clock, leases, log, candidate } = given()
  candidate('a')
  await clock.advance(1_000)
  leases.leases.delete('tenantry-shard-0-of-1')
  await clock.advance(1_000)
  expect(log).toEqual(['a elected at 0', 'a lost at 2: its Lease is gone'])
})

test('who could not renew and finds that replicas have agreed anew meanwhile has lost, though nobody asked for its lease', async () => {
  const { clock, leases, log, candidate } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  a.mood.value = 'away'
  await clock.advance(20_000)
  const agreement = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: 'tenantry',
    name: 'tenantry-shards',
  }
  const kube = leases.kubeFor({ value: 'well' })
  // The count is the same again when it is looked at.
  for (const count of [2, 1]) await writeAgreement(kube, agreement, await kube.get(agreement), count)
  a.mood.value = 'well'
  await clock.advance(4_000)
  expect([a.election.mayWrite(), log.at(-1)]).toEqual([
    false,
    expect.stringMatching(/^a lost at 2\d: replicas have agreed anew on their count meanwhile, in tenantry-shards$/),
  ])
})

test('who labels Leases again and again keeps nobody from taking, keeping and regaining them, nor from taking them over', async () => {
  const { clock, leases, log, candidate } = given()
  const advance = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      for (const name of leases.leases.keys()) leases.label(name)
      await clock.advance(1_000)
    }
  }
  const a = candidate('a')
  await advance(10)
  a.mood.value = 'away'
  await advance(20)
  a.mood.value = 'well'
  await advance(20)
  const lives = [a.election.mayWrite(), log[0], log.at(-1)]
  expect(lives).toEqual([true, 'a elected at 0', expect.stringMatching(/^a regained at 3\d$/)])
  candidate('b')
  a.mood.value = 'away'
  await advance(40)
  expect(log.at(-1)).toMatch(/^b elected at (6|7)\d$/)
})

test('a count that somebody writes without agreeing to it is no agreement, and is agreed anew', async () => {
  const { clock, leases, log, candidate } = given()
  candidate('a')
  await clock.advance(1_000)
  const agreement = () => leases.leases.get('tenantry-shards')?.metadata ?? expect.fail()
  const before = agreement().annotations
  const found = leases.leases.get('tenantry-shards') as KubeObject
  const annotations = { ...before, 'tenantry.dev/shard-count': '7' }
  leases.leases.set('tenantry-shards', { ...found, metadata: { ...found.metadata, annotations } })
  candidate('b')
  await clock.advance(60_000)
  expect(agreement().annotations?.['tenantry.dev/shard-count']).toBe('1')
  expect(agreement().annotations).not.toEqual(before)
  expect(log).toEqual(['a elected at 0'])
})

test('a lease that lapses before it is known whether the count still holds is given back, and then taken anew', async () => {
  const { clock, log, candidate } = given()
  let asked = 0
  const never = new AbortController().signal
  // The answer to the second look at the agreement, which is the one after the taking, is long on its way.
  const slow = (way: 'there' | 'back', call: string) =>
    clock.sleep(way === 'back' && call === 'get tenantry-shards' && ++asked === 1 ? 20_000 : 0, never)
  const { election, mood } = candidate('a', slow)
  await clock.advance(1_000)
  expect(asked).toBe(1)
  mood.value = 'away'
  await clock.advance(12_000)
  mood.value = 'well'
  await clock.advance(13_000)
  expect([log, election.mayWrite()]).toEqual([['a elected at 22'], true])
  await clock.advance(600_000)
  expect(log).toHaveLength(1)
})

test('while a deadline has passed and no timer has told so yet nothing is written, and what may begin does not change', async () => {
  let late = 0
  const { clock, log, candidate } = given({ lateMs: () => late })
  const { election, mood } = candidate('a')
  await clock.advance(1_000)
  late = 9_000
  expect([election.mayWrite(), election.mayBegin(), log]).toEqual([false, true, ['a elected at 0']])
  mood.value = 'away'
  await clock.advance(4_000)
  expect([election.mayBegin(), log[1]]).toEqual([false, expect.stringContaining('a lapsed')])
  mood.value = 'well'
  await clock.advance(4_000)
  expect([election.mayWrite(), election.mayBegin(), log[2]]).toEqual([
    true,
    true,
    expect.stringContaining('a regained'),
  ])
  await election.stop()
  expect(election.mayBegin()).toBe(false)
})

test('a process that was held up learns that it has lost before its timers tell', async () => {
  const { clock, candidate } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  const heldUp = createShardElection({
    ...TIMES,
    kube: makeLeaseKube().kubeFor({ value: 'well' }),
    namespace: 'tenantry',
    count: 1,
    identity: 'c',
    onTaken: () => undefined,
    onGiving: () => Promise.resolve(),
    onLapsed: () => undefined,
    onRegained: () => undefined,
    onLost: () => undefined,
    clock: { ...clock, nowMs: () => clock.nowMs() + late },
  })
  let late = 0
  heldUp.start()
  await clock.advance(1)
  expect(heldUp.mayWrite()).toBe(true)
  late = 9_000
  expect([heldUp.mayWrite(), a.election.mayWrite()]).toEqual([false, true])
})

test('a renewal whose answer was lost is not taken for a loss', async () => {
  const { clock, log, candidate } = given()
  const a = candidate('a')
  await clock.advance(1_000)
  a.mood.value = 'deaf'
  await clock.advance(3_000)
  a.mood.value = 'well'
  await clock.advance(60_000)
  expect([log, a.election.mayWrite()]).toEqual([['a elected at 0'], true])
})

test('a lease that another has taken is lost at once', async () => {
  const { clock, leases, log, candidate } = given()
  candidate('a')
  await clock.advance(1_000)
  const kube = leases.kubeFor({ value: 'well' })
  const name = 'tenantry-shard-0-of-1'
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'tenantry', name }
  const metadata = { resourceVersion: (await kube.get(ref))?.metadata.resourceVersion }
  await kube.patch(ref, { metadata, spec: { holderIdentity: 'somebody' } })
  await clock.advance(2_000)
  expect(log).toEqual(['a elected at 0', 'a lost at 2: somebody holds it now'])
})

test('times that could give two holders are refused', () => {
  const kube = makeLeaseKube().kubeFor({ value: 'well' })
  const create = (times: Partial<typeof TIMES>) => () =>
    createShardElection({
      ...TIMES,
      ...times,
      kube,
      namespace: 'a',
      count: 1,
      identity: 'c',
      onTaken: () => undefined,
      onGiving: () => Promise.resolve(),
      onLapsed: () => undefined,
      onRegained: () => undefined,
      onLost: () => undefined,
    })
  expect(create({ leaseDurationMs: 14_000 })).toThrow('Cannot elect a leader')
  expect(create({ retryMs: 9_000 })).toThrow('Cannot elect a leader')
  expect(create({ leaseDurationMs: 15_500 })).toThrow('Cannot elect a leader')
})
