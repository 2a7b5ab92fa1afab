/** CPU time and memory of processes, from proc_pid_stat(5) and proc_pid_status(5). Linux only. */
import { readFileSync } from 'node:fs'

export interface CpuSeconds {
  /** Of the process itself. */
  readonly own: number
  /** Of its children that have ended and were waited for, theirs included. */
  readonly children: number
}

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100

/** The command stands in parentheses and may itself contain spaces and parentheses. */
export function parseCpu(stat: string): CpuSeconds {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // The state is field 3 of the manual page; utime, stime, cutime and cstime are 14 to 17.
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number)
  if (utime === undefined || stime === undefined || cutime === undefined || cstime === undefined) {
    throw new Error(`Cannot read CPU times: ${JSON.stringify(stat)} is no line of /proc/<pid>/stat`)
  }
  return { own: (utime + stime) / TICKS_PER_SECOND, children: (cutime + cstime) / TICKS_PER_SECOND }
}

/** MiB, of a line such as `VmRSS:	  123456 kB`; 0 for a process that has just ended and keeps no memory. */
export function parseMemoryMiB(status: string, field: 'VmRSS' | 'VmHWM'): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)
  return match === null ? 0 : Number(match[1]) / 1024
}

export function readCpu(pid: number): CpuSeconds {
  return parseCpu(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

export function readPeakMiB(pid: number): number {
  return parseMemoryMiB(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM')
}

/** CPU of the children that have not ended yet, such as a program that is kept. */
export function runningChildrenSeconds(pid: number): number {
  return childrenOf(pid)
    .map(child => readIfThere(`/proc/${child}/stat`))
    .filter(stat => stat !== '')
    .map(parseCpu)
    .reduce((sum, { own, children }) => sum + own + children, 0)
}

/** What a process and all below it have in memory now. Pages that they share count for each. */
export function readTreeMiB(pid: number): number {
  const status = readIfThere(`/proc/${pid}/status`)
  return childrenOf(pid)
    .map(readTreeMiB)
    .reduce((sum, miB) => sum + miB, parseMemoryMiB(status, 'VmRSS'))
}

/** Running now, such as a helm that has been started. */
export function childrenOf(pid: number): number[] {
  return readIfThere(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** The first 15 characters of its program's name. */
export function commandOf(pid: number): string {
  return readIfThere(`/proc/${pid}/comm`).trimEnd()
}

/** Empty where the process has just ended. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return ''
    throw error
  }
}
