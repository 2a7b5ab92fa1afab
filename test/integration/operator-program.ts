/** The operator as a process of its own. */
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'

export interface OperatorProgram {
  /** It has looked at everything there is, and works or stands by. */
  readonly ready: Promise<void>
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
  readonly ended: Promise<ProgramEnd>
}

export interface ProgramEnd {
  /** undefined where a signal ended it. */
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly stdout: string
}

/** Serves health and metrics at ports that nobody else has, unless the flags say more. */
export function startProgram(flags: Readonly<Record<string, string | number>>): OperatorProgram {
  const argv = Object.entries({ 'health-port': 0, 'metrics-port': 0, ...flags }).map(([flag, is]) => `--${flag}=${is}`)
  const child = execa(process.execPath, [resolve('src/main.ts'), ...argv], {
    reject: false,
    forceKillAfterDelay: false,
  })
  const ready = Promise.withResolvers<void>()
  // By lines: a word may come in two pieces.
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => line.includes('"watching"') && ready.resolve())
  lines.on('close', () => ready.reject(new Error('the operator has ended before it was ready')))
  // Nobody has to wait for it.
  ready.promise.catch(() => undefined)
  return { ready: ready.promise, kill: signal => void child.kill(signal), ended: child.then(end => end) }
}
