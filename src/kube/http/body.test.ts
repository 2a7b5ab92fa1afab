import { expect, test } from 'vitest'
import { linesOf } from './body.ts'

async function split(...pieces: string[]): Promise<string[]> {
  const stream = (async function* () {
    yield* pieces
  })()
  const lines: string[] = []
  for await (const line of linesOf(stream)) lines.push(line)
  return lines
}

test('lines are put together from pieces', async () => {
  expect(await split('a\nb', 'c', 'd\ne\n', '\n\n', 'f')).toEqual(['a', 'bcd', 'e', 'f'])
})

test('nothing is no line', async () => {
  expect(await split('', '\n', '')).toEqual([])
})
