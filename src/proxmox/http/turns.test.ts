import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

/** Longer than any test may take. */
const LONG_MS = 3_600_000

test('so many have a turn at once, and the others in the order in which they came', async () => {
  const turns = createTurns(2)
  const came: string[] = []
  const take = async (name: string) => {
    if (await turns.take(LONG_MS)) came.push(name)
  }
  await Promise.all(['a', 'b'].map(take))
  const others = ['c', 'd'].map(take)
  expect(came).toEqual(['a', 'b'])
  turns.give()
  await others[0]
  expect(came).toEqual(['a', 'b', 'c'])
  turns.give()
  await others[1]
  expect(came).toEqual(['a', 'b', 'c', 'd'])
})

test('whoever waited too long gets no turn, and takes none from the next one', async () => {
  const turns = createTurns(1)
  await turns.take(0)
  expect(await turns.take(0)).toBe(false)
  turns.give()
  expect(await turns.take(0)).toBe(true)
})

test('after the end nobody gets a turn: not who waits, nor who comes, nor where one is given back', async () => {
  const turns = createTurns(1)
  await turns.take(LONG_MS)
  const waiting = turns.take(LONG_MS)
  turns.end()
  expect([await waiting, await turns.take(LONG_MS)]).toEqual([false, false])
  turns.give()
  expect(await turns.take(LONG_MS)).toBe(false)
})
