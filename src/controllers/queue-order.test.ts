/** The queue against the plainest one: a list that is searched from end to end. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Urgency, WorkQueue } from './queue.ts'

const MANY = { first: 500, most: 8000 }
const PAUSES = { again: 50, wait: MANY, backoff: MANY, passing: MANY, resync: 600_000 }

interface Plain {
  readonly key: string
  urgency: Urgency
  dueAtMs: number
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const act = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key, urgency: fc.constantFrom<Urgency>('urgent', 'routine') }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('finish' as const) }),
  fc.record({ do: fc.constant('forget' as const), key }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 700_000 }) }),
)

test('whatever is added, finished and forgotten, the key that is taken is the most urgent, then the longest due', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), acts => {
      let nowMs = 0
      const queue = new WorkQueue({ nowMs: () => nowMs, random: () => 0.5, pauses: PAUSES })
      const plain = new Map<string, Plain>()
      const running: string[] = []
      const forgotten = new Set<string>()
      const schedule = (key: string, urgency: Urgency, dueAtMs: number) => {
        const known = plain.get(key) ?? { key, urgency, dueAtMs }
        if (urgency === 'urgent') known.urgency = 'urgent'
        known.dueAtMs = Math.min(known.dueAtMs, dueAtMs)
        plain.set(key, known)
      }
      for (const one of acts) {
        // No two keys are due at the same time, where any order would do.
        nowMs += 1
        if (one.do === 'pass') nowMs += one.ms
        if (one.do === 'add') {
          queue.add(one.key, one.urgency)
          forgotten.delete(one.key)
          schedule(one.key, one.urgency, nowMs)
        }
        if (one.do === 'forget') {
          queue.forget(one.key)
          plain.delete(one.key)
          if (running.includes(one.key)) forgotten.add(one.key)
        }
        const waiting = [...plain.values()].filter(({ key }) => !running.includes(key))
        if (one.do === 'take') {
          const due = waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs)
          const urgent = due.filter(({ urgency }) => urgency === 'urgent')
          const [first] = (urgent.length > 0 ? urgent : due).sort((a, b) => a.dueAtMs - b.dueAtMs)
          expect(queue.take()).toBe(first?.key)
          if (first !== undefined) {
            plain.delete(first.key)
            running.push(first.key)
          }
        }
        if (one.do === 'finish') {
          const key = running.shift()
          if (key === undefined) continue
          queue.finish(key, { end: 'done' })
          if (!forgotten.delete(key)) schedule(key, 'routine', nowMs + PAUSES.resync)
        }
        const left = [...plain.values()].filter(({ key }) => !running.includes(key)).map(({ dueAtMs }) => dueAtMs)
        expect(queue.nextDueInMs()).toBe(left.length === 0 ? undefined : Math.max(0, Math.min(...left) - nowMs))
      }
    }),
    { numRuns: 500 },
  )
})

test('a key that comes back over and over leaves nothing behind', () => {
  let nowMs = 0
  const queue = new WorkQueue({ nowMs: () => nowMs, random: () => 0.5, pauses: PAUSES })
  for (let round = 0; round < 10_000; round += 1) {
    nowMs += 1
    queue.add('a', 'routine')
    expect(queue.take()).toBe('a')
    queue.finish('a', { end: 'done' })
  }
  expect([queue.keys(), queue.depth, queue.nextDueInMs()]).toEqual([['a'], 0, PAUSES.resync])
})
