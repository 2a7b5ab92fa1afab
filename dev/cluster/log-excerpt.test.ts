import { expect, test } from 'vitest'
import { decisiveLines, readExcerpt } from './log-excerpt.ts'

test('lines that speak of a failure are preferred to the last ones', () => {
  const log =
    'I1121 starting\nE1121 08:20:30.1 first\nI1121 still here\nF1121 08:20:31.1 listen: address in use\nI1121 bye\n'
  expect(decisiveLines(log)).toEqual(['E1121 08:20:30.1 first', 'F1121 08:20:31.1 listen: address in use'])
})

test('a log without failures is told by its last lines', () => {
  expect(decisiveLines('one\n\ntwo\nthree\n', 2)).toEqual(['two', 'three'])
})

test('a log that does not exist has no lines', async () => {
  expect(await readExcerpt('/nowhere/x.log')).toEqual({ file: '/nowhere/x.log', lines: [] })
})
