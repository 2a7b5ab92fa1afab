import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BreakerWorld, type DeletionMark, HALTED, judgeDeletion, SETTLE_MS } from './deletion-breaker.ts'

const limits = { least: 5, percent: 10, windowSeconds: 600 }
const T0 = Date.parse('2026-01-01T00:00:00Z')
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString()
const LATER = T0 + 7 * 86_400_000

function standing(count: number): DeletionMark[] {
  return Array.from({ length: count }, (_, index) => ({ name: `s${index}`, uid: `s-${index}` }))
}

/** Deleted one after another, so many seconds apart. */
function deleted(count: number, pauseSeconds = 0): DeletionMark[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `d${index}`,
    uid: `d-${index}`,
    deletedAt: at(index * pauseSeconds),
  }))
}

interface World extends Partial<BreakerWorld> {
  /** Uids of the tenants whose environments stand. */
  readonly environments?: readonly string[]
}

function world(tenants: readonly DeletionMark[], { environments = [], ...rest }: World = {}): BreakerWorld {
  const leaving = tenants.filter(({ deletedAt }) => deletedAt !== undefined)
  const vanished = environments.filter(uid => !tenants.some(tenant => tenant.uid === uid)).length
  return { tenants: tenants.length, leaving, vanished, operatorNamespace: 'tenantry-system', ...rest }
}

function verdicts(found: BreakerWorld, nowMs = LATER): string[] {
  return found.leaving.map(tenant => judgeDeletion(tenant, found, { limits, nowMs }).go)
}

function messageFor(tenant: DeletionMark, found: BreakerWorld): string {
  const verdict = judgeDeletion(tenant, found, { limits, nowMs: LATER })
  return verdict.go === 'hold' ? verdict.message : verdict.go
}

test.each([
  ['both of two tenants', world(deleted(2)), 'on'],
  ['four of four', world(deleted(4)), 'on'],
  ['five of five', world(deleted(5)), 'hold'],
  ['five of fifty', world([...deleted(5), ...standing(45)]), 'on'],
  ['six of fifty', world([...deleted(6), ...standing(44)]), 'hold'],
  ['six in the course of an hour', world(deleted(6, 600)), 'on'],
  ['six in ten minutes', world(deleted(6, 120)), 'hold'],
])('%s, deleted long ago', (_, found, go) => {
  expect(new Set(verdicts(found))).toEqual(new Set([go]))
})

test('waiting lets nobody go', () => {
  const found = world(deleted(6))
  for (const days of [0, 1, 365]) expect(new Set(verdicts(found, T0 + days * 86_400_000))).toEqual(new Set(['hold']))
})

test('a deletion is begun only when those of the same command are there, and at once where too few tenants are', () => {
  expect(verdicts(world([...deleted(1), ...standing(4)]), T0 + SETTLE_MS - 1)).toEqual(['settle'])
  expect(verdicts(world([...deleted(1), ...standing(4)]), T0 + SETTLE_MS)).toEqual(['on'])
  expect(verdicts(world([...deleted(2), ...standing(2)]), T0)).toEqual(['on', 'on'])
})

test('what has begun goes on, and counts', () => {
  const [first, ...others] = deleted(5)
  const begun = { ...(first as DeletionMark), said: 'TearingDown' }
  expect(verdicts(world([begun, ...others]))).toEqual(['on', 'hold', 'hold', 'hold', 'hold'])
})

test('one goes on with its own uid, and with nobody else’s', () => {
  const [first, second, ...others] = deleted(8)
  const confirmed = { ...(first as DeletionMark), confirmation: 'd-0' }
  const copied = { ...(second as DeletionMark), confirmation: 'd-0' }
  expect(verdicts(world([confirmed, copied, ...others]))).toEqual(['on', ...Array(7).fill('hold')])
})

test('with those that went one by one, the others have not become few enough', () => {
  const latched = deleted(4).map(tenant => ({ ...tenant, said: HALTED }))
  expect(verdicts(world([...latched, ...standing(2)]))).toEqual(Array(4).fill('hold'))
})

test('a time confirms what was deleted until then, and nothing later', () => {
  const found = world([...deleted(6, 60), ...standing(2)])
  expect(verdicts({ ...found, confirmedUntil: at(300) })).toEqual(Array(6).fill('on'))
  expect(verdicts({ ...found, confirmedUntil: at(30) })).toEqual(['on', ...Array(5).fill('hold')])
})

test.each(['yes', '', '2026', 'true', '9'])(
  '%o is no time, confirms nothing, and the message says so',
  confirmedUntil => {
    const found = world(deleted(5), { confirmedUntil })
    expect(messageFor(found.leaving[0] as DeletionMark, found)).toMatch(
      /confirm-deletions-until says now is no time\.$/,
    )
  },
)

test('the message counts, and tells how to go on', () => {
  const found = world([...deleted(6), ...standing(2)])
  expect(messageFor(found.leaving[0] as DeletionMark, found)).toBe(
    '6 of 8 tenants were deleted within 600 seconds: deletions are halted. Nothing of this tenant is deleted. ' +
      'To go on with it: kubectl annotate tenants.tenantry.dev d0 --overwrite tenantry.dev/confirm-deletion=d-0; ' +
      'with all that are deleted by now: kubectl annotate namespace tenantry-system --overwrite ' +
      'tenantry.dev/confirm-deletions-until=$(date -u +%FT%TZ).',
  )
})

test('environments without their tenants halt the deletion of whoever is left', () => {
  const environments = ['s-0', 'x-1', 'x-2', 'x-3', 'x-4', 'x-5']
  const found = world([...deleted(1), ...standing(3)], { environments })
  expect(messageFor(found.leaving[0] as DeletionMark, found)).toContain(
    '5 of 9 environments stand without their Tenant',
  )
  expect(verdicts(world([...deleted(1), ...standing(3)], { environments: environments.slice(2) }))).toEqual(['on'])
})

const mark = fc.record(
  {
    name: fc.constant('t'),
    uid: fc.string(),
    deletedAt: fc.oneof(fc.integer({ min: 0, max: 3000 }).map(at), fc.string()),
    confirmation: fc.string(),
    said: fc.constantFrom(HALTED, 'TearingDown', 'Forbidden'),
  },
  { requiredKeys: ['name', 'uid'] },
)

test('the order in which tenants are listed makes no difference, and nothing that they say makes it throw', () => {
  const tenants = fc.array(mark, { maxLength: 20, minLength: 1 })
  fc.assert(
    fc.property(tenants, fc.option(fc.string(), { nil: undefined }), fc.nat(), (tenants, confirmedUntil, seed) => {
      const rest = confirmedUntil === undefined ? {} : { confirmedUntil }
      const tenant = tenants[seed % tenants.length] as DeletionMark
      const input = { limits, nowMs: T0 + seed }
      const shuffled = tenants.toSorted((a, b) => a.uid.localeCompare(b.uid))
      expect(judgeDeletion(tenant, world(tenants, rest), input)).toEqual(
        judgeDeletion(tenant, world(shuffled, rest), input),
      )
    }),
  )
})

test('less than the least number of tenants are never held', () => {
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 4, minLength: 1 }), tenants => {
      const fresh = tenants.map(({ said: _, ...tenant }) => tenant)
      expect(judgeDeletion(fresh[0] as DeletionMark, world(fresh), { limits, nowMs: T0 })).toEqual({ go: 'on' })
    }),
  )
})
