import { expect, test } from 'vitest'
import { consoleProgress, elapsed, type Output, wasReported } from './progress.ts'

function recorded(isTTY: boolean) {
  const written: string[] = []
  const output: Output = { isTTY, columns: 40, write: text => written.push(text) }
  let time = 0
  return { written, progress: consoleProgress(output, () => time), pass: (ms: number) => (time += ms) }
}

test('start and end of a step are lines, with the time it took', async () => {
  const { written, progress, pass } = recorded(false)
  expect(await progress.step('build', async () => pass(1500))).toBe(1500)
  expect(written).toEqual(['… build\n', '✓ build 1.5 s\n'])
})

test('a failure is explained once, at the innermost step, with the log it carries', async () => {
  const { written, progress } = recorded(false)
  const error = Object.assign(new Error('etcd ended'), { log: { file: '/x/etcd.log', lines: ['address in use'] } })
  const outer = progress.step('start', () => progress.step('etcd', () => Promise.reject(error)))
  await expect(outer).rejects.toBe(error)
  expect(written).toEqual([
    '… start\n',
    '… etcd\n',
    '✗ etcd 0.0 s\n',
    '  etcd ended\n',
    '  | address in use\n',
    '  the whole log: /x/etcd.log\n',
    '✗ start 0.0 s\n',
  ])
  expect(wasReported(error)).toBe(true)
  expect(wasReported(new Error('another'))).toBe(false)
})

test('on a terminal the last line shows the step at work, cut so that its time fits', async () => {
  const { written, progress } = recorded(true)
  await progress.step('a title that is longer than the terminal is wide', async () => undefined)
  expect(written).toEqual([
    '\r\x1b[K… a title that is longer than the 0.0 s',
    '\r\x1b[K✓ a title that is longer than the terminal is wide 0.0 s\n',
  ])
})

test('times are told in seconds, then in minutes', () => {
  expect([950, 59_940, 61_000, 605_400].map(elapsed)).toEqual(['0.9 s', '59.9 s', '1 min 1 s', '10 min 5 s'])
})
