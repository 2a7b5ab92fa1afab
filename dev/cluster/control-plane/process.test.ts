import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isRunning } from '../process-mark.ts'
import { observePrograms, type Program, ProgramFailed, startProgram, stopPrograms, untilReady } from './process.ts'

/** A busy machine takes its time to start a program. */
const PATIENT = { timeout: 20_000 }

let cluster: string

beforeEach(async () => {
  cluster = await mkdtemp(join(tmpdir(), 'programs-'))
})
afterEach(async () => {
  await stopPrograms(observePrograms(cluster), 0)
  await rm(cluster, { recursive: true })
})

const program = (over: Partial<Program> = {}): Program => ({
  name: 'sleeper',
  file: 'sleep',
  args: ['300'],
  folder: cluster,
  logFile: join(cluster, 'log'),
  diesWithUs: false,
  ...over,
})

/** Says `ready` once its signal handler stands. */
const script = (trap: string) => ({
  file: 'sh',
  args: ['-c', `trap '${trap}' TERM; echo ready; while :; do sleep 0.05; done`],
})
const saidReady = async () => (await readFile(join(cluster, 'log'), 'utf8')).includes('ready')

describe.skipIf(process.platform !== 'linux')('programs (Linux only: they are found in /proc)', () => {
  test('a started program is found by its cluster and its name', async () => {
    const { logFile, ...started } = await startProgram(cluster, program())
    expect(observePrograms(cluster)).toEqual([started])
    expect(observePrograms(`${cluster}-other`)).toEqual([])
    expect(logFile).toBe(join(cluster, 'log'))
  })

  test('a program that ends on request is not killed', async () => {
    const started = await startProgram(cluster, program(script('echo bye; exit')))
    await vi.waitUntil(saidReady, PATIENT)
    await stopPrograms([started], 10_000)
    expect(await readFile(started.logFile, 'utf8')).toBe('ready\nbye\n')
    expect(observePrograms(cluster)).toEqual([])
  })

  test('a program that ignores the request is killed', async () => {
    const started = await startProgram(cluster, program(script('')))
    await vi.waitUntil(saidReady, PATIENT)
    await stopPrograms([started], 100)
    expect(isRunning(started)).toBe(false)
  })

  test('a process that got the pid of a program is left alone', async () => {
    const started = await startProgram(cluster, program())
    await stopPrograms([{ ...started, started: 'another/1' }], 0)
    expect(isRunning(started)).toBe(true)
  })

  test('a program that dies with us is killed when its parent is', async () => {
    const code = `
      const { startProgram } = await import(${JSON.stringify(join(import.meta.dirname, 'process.ts'))})
      await startProgram(${JSON.stringify(cluster)}, ${JSON.stringify(program({ diesWithUs: true }))})
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' })
    await vi.waitUntil(() => observePrograms(cluster).length === 1, PATIENT)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await vi.waitUntil(() => observePrograms(cluster).length === 0, PATIENT)
  })

  test('waiting for a program that ends tells what its log says', async () => {
    const end = join(cluster, 'end')
    const script = `while [ ! -e ${end} ]; do sleep 0.01; done; echo error: no disk >&2`
    const started = await startProgram(cluster, program({ file: 'sh', args: ['-c', script] }))
    await writeFile(end, '')
    const waiting = untilReady([started], async () => false, 10_000)
    await expect(waiting).rejects.toEqual(
      new ProgramFailed('sleeper ended', { file: join(cluster, 'log'), lines: ['error: no disk'] }),
    )
  })

  test('waiting has an end', async () => {
    const started = await startProgram(cluster, program())
    await expect(untilReady([started], async () => false, 100)).rejects.toThrow('sleeper is not ready after 0.1 s')
  })

  test('a program that cannot be executed says so', async () => {
    await expect(startProgram(cluster, program({ file: '/nowhere/etcd' }))).rejects.toThrow('ENOENT')
  })
})
