/** Starts the long-running programs of a cluster and finds them again, also after whoever started them has died. */

import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { readExcerpt } from '../log-excerpt.ts'
import { isRunning, observeProcess, type ProcessMark } from '../process-mark.ts'
import type { WithLog } from '../progress.ts'

export interface Program {
  /** What it is called within its cluster. */
  name: string
  file: string
  args: readonly string[]
  /** Working directory. */
  folder: string
  /** Takes both output streams; appended to. */
  logFile: string
  /** True: the kernel kills it as soon as this process is gone, however that ends. Else it survives this process. */
  diesWithUs: boolean
}

/** As found in /proc. */
export interface RunningProgram extends ProcessMark {
  name: string
}

export interface StartedProgram extends RunningProgram {
  logFile: string
}

/**
 * Environment variables by which programs are found in /proc. A list of pids on disk would miss what was started right
 * before a crash.
 */
const clusterVariable = 'TENANTRY_CLUSTER'
const nameVariable = 'TENANTRY_PROGRAM'

const pollMs = 50

/** `cluster` is the state folder of the cluster the program belongs to. Throws where it cannot be executed. */
export async function startProgram(cluster: string, program: Program): Promise<StartedProgram> {
  const [file = '', ...args] = program.diesWithUs
    ? ['setpriv', '--pdeathsig', 'KILL', '--', program.file, ...program.args]
    : [program.file, ...program.args]
  const log = openSync(program.logFile, 'a', 0o600)
  try {
    const child = spawn(file, args, {
      cwd: program.folder,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, [clusterVariable]: cluster, [nameVariable]: program.name },
    })
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.unref()
    const mark = child.pid === undefined ? undefined : observeProcess(child.pid)
    if (mark === undefined) throw new ProgramFailed(`${program.name} ended at once`, await readExcerpt(program.logFile))
    return { name: program.name, logFile: program.logFile, ...mark }
  } finally {
    closeSync(log)
  }
}

/** The running programs of a cluster, from /proc; none where there is no /proc, since nothing can be started there. */
export function observePrograms(cluster: string): RunningProgram[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .flatMap(entry => {
      const mark = observeProcess(Number(entry))
      const environment = mark && readEnvironment(mark.pid)
      if (environment?.get(clusterVariable) !== cluster) return []
      return [{ name: environment.get(nameVariable) ?? '', ...mark } as RunningProgram]
    })
}

/** Ends programs: asks first, and kills what has not ended in time. Returns when they are gone. */
export async function stopPrograms(programs: readonly RunningProgram[], graceMs: number): Promise<void> {
  for (const program of programs) signal(program, 'SIGTERM')
  const end = performance.now() + graceMs
  while (programs.some(isRunning) && performance.now() < end) await delay(pollMs)
  for (const program of programs) signal(program, 'SIGKILL')
  while (programs.some(isRunning)) await delay(pollMs)
}

/**
 * Waits until a condition holds, or rejects with the decisive lines of a log: of the program that ended, or of the last
 * one when the time is up.
 */
export async function untilReady(
  programs: readonly StartedProgram[],
  condition: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await condition())) {
    const ended = programs.find(program => !isRunning(program))
    const late = performance.now() > end ? programs.at(-1) : undefined
    if (ended) throw new ProgramFailed(`${ended.name} ended`, await readExcerpt(ended.logFile))
    if (late)
      throw new ProgramFailed(`${late.name} is not ready after ${timeoutMs / 1000} s`, await readExcerpt(late.logFile))
    await delay(pollMs)
  }
}

export class ProgramFailed extends Error implements WithLog {
  readonly log: WithLog['log']

  constructor(message: string, log: WithLog['log']) {
    super(message)
    this.log = log
  }
}

function signal(program: RunningProgram, name: NodeJS.Signals): void {
  if (!isRunning(program)) return
  try {
    process.kill(program.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** proc_pid_environ(5). Empty for processes of other users and for those that are just ending. */
function readEnvironment(pid: number): Map<string, string> {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return new Map(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  } catch {
    return new Map()
  }
}
