import { expect, test } from 'vitest'
import { mapAtMost } from './at-most.ts'

async function working(count: number, atOnce: number, failing?: number) {
  let now = 0
  let most = 0
  let begun = 0
  const work = async (item: number) => {
    begun += 1
    now += 1
    most = Math.max(most, now)
    await new Promise(resolve => setImmediate(resolve))
    now -= 1
    if (item === failing) throw new Error('broken')
    return item * 2
  }
  const items = Array.from({ length: count }, (_, index) => index)
  const result = await mapAtMost(items, atOnce, work).catch(({ message }) => message)
  return { result, most, begun }
}

test('a few are worked on at once, and the results come in the order of the items', async () => {
  expect(await working(7, 3)).toEqual({ result: [0, 2, 4, 6, 8, 10, 12], most: 3, begun: 7 })
  expect(await working(0, 3)).toEqual({ result: [], most: 0, begun: 0 })
})

test('nothing is begun after the first failure, which is thrown', async () => {
  expect(await working(50, 2, 3)).toEqual({ result: 'broken', most: 2, begun: 5 })
})
