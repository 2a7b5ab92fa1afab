/** Tells one process from a later one that got the same pid. */

import { readFileSync } from 'node:fs'

export interface ProcessMark {
  pid: number
  /** Boot id and start time in clock ticks on Linux; empty where the kernel does not tell. */
  started: string
}

/** The mark of a running process; undefined where none has that pid. A zombie does not count as running. */
export function observeProcess(pid: number): ProcessMark | undefined {
  if (process.platform !== 'linux') return signalled(pid) ? { pid, started: '' } : undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const { state, startTicks } = parseStat(stat)
    if (state === 'Z' || state === 'X') return undefined
    return { pid, started: `${bootId()}/${startTicks}` }
  } catch (error) {
    // ESRCH: it ended between open and read.
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

/** Whether the very process that was marked is still running. */
export function isRunning(mark: ProcessMark): boolean {
  return observeProcess(mark.pid)?.started === mark.started
}

/** proc_pid_stat(5): the command stands in parentheses and may itself contain spaces and parentheses. */
export function parseStat(stat: string): { state: string; startTicks: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTicks: fields[19] ?? '' }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

function signalled(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
