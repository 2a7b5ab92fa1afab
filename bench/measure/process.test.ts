import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  childrenOf,
  commandOf,
  parseCpu,
  parseMemoryMiB,
  readCpu,
  readTreeMiB,
  runningChildrenSeconds,
} from './process.ts'

const line =
  '4242 (helm (v4) x) S 1 4242 4242 0 -1 4194304 100 200 0 0 150 50 300 25 20 0 9 0 12345 1000 200 18446744073709551615'

test('the times of a process and of its children are seconds, whatever its name', () => {
  expect(parseCpu(line)).toEqual({ own: 2, children: 3.25 })
})

test('what is no line of stat is refused', () => {
  expect(() => parseCpu('4242 (x) S 1')).toThrow('is no line of /proc/<pid>/stat')
})

test('memory is read in MiB, and is none where the kernel tells none', () => {
  const status = 'Name:\thelm\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n'
  expect([parseMemoryMiB(status, 'VmHWM'), parseMemoryMiB(status, 'VmRSS')]).toEqual([200, 100])
  expect(parseMemoryMiB('Name:\tzombie\n', 'VmRSS')).toBe(0)
})

test('this very process has used time and memory', () => {
  expect(readCpu(process.pid).own).toBeGreaterThan(0)
  expect(readTreeMiB(process.pid)).toBeGreaterThan(10)
})

test('a child that has not ended is counted, and known by its command', async () => {
  const child = spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' })
  try {
    await expect.poll(() => childrenOf(process.pid).map(commandOf)).toContain('node')
    await expect.poll(() => runningChildrenSeconds(process.pid), { timeout: 20_000 }).toBeGreaterThan(0)
  } finally {
    child.kill('SIGKILL')
  }
})
