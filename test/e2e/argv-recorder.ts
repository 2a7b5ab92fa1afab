/** Reads the arguments of every process of this machine, over and over, and keeps each that was ever seen. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ArgvRecorder {
  /** Each command line once, arguments separated by spaces. */
  stop(): string[]
}

/** Shorter than any program that is worth its start takes. */
const everyMs = 10

export function recordArgv(): ArgvRecorder {
  const seen = new Set<string>()
  /** A process is read until its arguments are those of the program that it was started for. */
  const settled = new Map<string, string>()
  const look = () => {
    const pids = readdirSync('/proc').filter(entry => /^\d+$/.test(entry))
    for (const pid of pids) {
      const argv = argvOf(pid)
      if (argv === '' || settled.get(pid) === argv) continue
      settled.set(pid, argv)
      seen.add(argv)
    }
  }
  look()
  const timer = setInterval(look, everyMs)
  return {
    stop() {
      clearInterval(timer)
      return [...seen]
    },
  }
}

function argvOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
