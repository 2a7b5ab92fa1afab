import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isRunning, observeProcess, parseStat } from './process-mark.ts'

test('a command with spaces and parentheses does not shift the fields of stat', () => {
  const fields = ['S', ...Array.from({ length: 18 }, () => '0'), '4711', '0']
  expect(parseStat(`42 (odd) (name) ${fields.join(' ')}`)).toEqual({ state: 'S', startTicks: '4711' })
})

test('a process is running until it ends', async () => {
  const child = spawn('sleep', ['60'])
  const mark = observeProcess(child.pid ?? 0)
  expect(mark && isRunning(mark)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(mark && isRunning(mark)).toBe(false)
})

test('another process with the same pid is not taken for the marked one', () => {
  const mark = observeProcess(process.pid)
  expect(mark).toBeDefined()
  expect(isRunning({ pid: process.pid, started: 'another/1' })).toBe(false)
})
