import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendLog, provisioningOf } from './provisioning.ts'

const STARTED = '2026-01-01T00:00:00Z'
const LATER = '2026-01-01T00:01:30.400Z'

test('the time to the first Ready is measured once, and a later trouble does not change it', () => {
  const started = provisioningOf({ startedAt: STARTED }, false, STARTED)
  const ready = provisioningOf(started, true, LATER)
  expect([started, ready]).toEqual([
    { startedAt: STARTED },
    { startedAt: STARTED, readyAt: LATER, durationSeconds: 90 },
  ])
  expect(provisioningOf(ready, false, '2026-02-01T00:00:00Z')).toEqual(ready)
  expect(provisioningOf(ready, true, '2026-02-01T00:00:00Z')).toEqual(ready)
})

test('the log says each thing once while it lasts, and again when it comes back', () => {
  const entry = (stage: string, time = STARTED) => ({ time, stage, message: `${stage}.` })
  const log = [entry('Installing'), entry('Installing', LATER), entry('Converged'), entry('Installing', LATER)]
  expect(log.reduce(appendLog, [])).toEqual([entry('Installing'), entry('Converged'), entry('Installing', LATER)])
})

test('the log keeps the newest 20 entries', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 60 }), messages => {
      const log = messages.map(message => ({ time: STARTED, stage: 'Installing', message })).reduce(appendLog, [])
      expect(log.length).toBeLessThanOrEqual(20)
      expect(log.at(-1)?.message).toBe(messages.at(-1))
    }),
  )
})
