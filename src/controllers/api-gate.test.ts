import { expect, test } from 'vitest'
import { makeClock } from '../../test/make/clock.ts'
import { createApiGate } from './api-gate.ts'

function given(answers: { ready: boolean }) {
  const clock = makeClock()
  const log: string[] = []
  const gate = createApiGate({
    isReady: async () => {
      log.push('asked')
      return answers.ready
    },
    onOpen: () => log.push('open'),
    onAway: () => log.push('away'),
    clock,
  })
  return { gate, clock, log }
}

test('where only one request failed, it opens as soon as the server says that it is ready', async () => {
  const { gate, clock, log } = given({ ready: true })
  gate.suspect()
  expect(gate.isOpen).toBe(false)
  await clock.advance(0)
  expect([gate.isOpen, log]).toEqual([true, ['asked', 'open']])
})

test('many suspicions are one question, and a server that is away is asked about once in two seconds', async () => {
  const answers = { ready: false }
  const { gate, clock, log } = given(answers)
  for (let count = 0; count < 100; count += 1) gate.suspect()
  await clock.advance(60_000)
  expect(gate.isOpen).toBe(false)
  expect(log.filter(line => line === 'away').length).toBe(1)
  expect(log.length).toBeLessThan(65)
  answers.ready = true
  await clock.advance(2_000)
  expect([gate.isOpen, log.at(-1)]).toEqual([true, 'open'])
})

test('it closes again when the server goes away again', async () => {
  const answers = { ready: true }
  const { gate, clock, log } = given(answers)
  gate.suspect()
  await clock.advance(0)
  answers.ready = false
  gate.suspect()
  await clock.advance(0)
  expect([gate.isOpen, log]).toEqual([false, ['asked', 'open', 'asked', 'away']])
})

test('a stopped one asks no more', async () => {
  const { gate, clock, log } = given({ ready: false })
  gate.suspect()
  await clock.advance(0)
  gate.stop()
  const asked = log.length
  await clock.advance(60_000)
  expect(log.length).toBe(asked)
})
