/** A contender that is one Node process: started, asked, restarted and stopped, with its times kept beyond its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readExcerpt } from '../../dev/cluster/log-excerpt.ts'
import type { Worker } from '../measure/meter.ts'
import { readCpu, runningChildrenSeconds } from '../measure/process.ts'

export interface NodeProcess extends Worker {
  start(): Promise<void>
  /** Resolves with its answer; for a program that listens to messages, `channel` set. */
  ask(message: string): Promise<void>
  /** Rejects when it ends by itself. */
  died(): Promise<never>
  /** By SIGTERM. Rejects where the process had ended by itself before. */
  stop(): Promise<void>
}

export interface NodeProcessOptions {
  readonly args: readonly string[]
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
  /** Takes both output streams. */
  readonly logFile: string
  readonly channel?: boolean
}

export function nodeProcess({ args, folder, env = {}, logFile, channel = false }: NodeProcessOptions): NodeProcess {
  let child: ChildProcess | undefined
  let endedSeconds = 0
  const running = () => (child?.pid === undefined || child.exitCode !== null ? undefined : child.pid)
  const current = () => {
    const pid = running()
    if (pid === undefined) return 0
    const { own, children } = readCpu(pid)
    return own + children + runningChildrenSeconds(pid)
  }
  const died = async () => {
    const { lines } = await readExcerpt(logFile)
    return new Error(`the contender ended by itself with ${child?.exitCode}:\n${lines.join('\n')}`)
  }
  const whenDied = async () => {
    const watched = child
    if (watched !== undefined && running() !== undefined) await once(watched, 'exit')
    // Nobody has started it, or somebody has stopped it.
    if (watched === undefined || watched !== child) return new Promise<never>(() => {})
    throw await died()
  }
  return {
    cpuSeconds: () => endedSeconds + current(),
    pids: () => [running()].flatMap(pid => pid ?? []),
    async start() {
      const log = openSync(logFile, 'a', 0o600)
      // The kernel ends it with the bench, however that ends.
      child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', process.execPath, ...args], {
        ...(folder === undefined ? {} : { cwd: folder }),
        env: { ...process.env, ...env },
        stdio: ['ignore', log, log, ...(channel ? ['ipc' as const] : [])],
      })
      await once(child, 'spawn').finally(() => closeSync(log))
    },
    async ask(message) {
      if (child === undefined) throw new Error('the contender is not running')
      const answered = once(child, 'message')
      child.send(message)
      await Promise.race([answered, whenDied()])
    },
    died: whenDied,
    async stop() {
      if (child === undefined) return
      if (running() === undefined) throw await died()
      endedSeconds += current()
      const stopped = child
      child = undefined
      const ended = once(stopped, 'exit')
      stopped.kill('SIGTERM')
      await ended
    },
  }
}
