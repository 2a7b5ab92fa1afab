/** Tells people what is going on, how long it has taken, and what to look at when it fails. */

export interface Progress {
  /** Runs `work` under a title. Steps may be nested and may run side by side. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>
}

/** An error may carry the lines of a log that explain it; they are shown once, with the innermost step. */
export interface WithLog {
  log: { file: string; lines: string[] }
}

export const silentProgress: Progress = { step: (_title, work) => work() }

export interface Output {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

const heartbeatMs = 1000

const reported = new WeakSet<object>()

/** Whether a console has told people about this error already. */
export function wasReported(error: unknown): boolean {
  return typeof error === 'object' && error !== null && reported.has(error)
}

/** On a terminal the last line shows what is running and for how long; elsewhere each start and end is a line. */
export function consoleProgress(
  output: Output = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  const running = new Map<symbol, { title: string; since: number }>()
  let timer: NodeJS.Timeout | undefined

  const line = (text: string) => {
    output.write(output.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`)
    beat()
  }
  const beat = () => {
    const current = [...running.values()].at(-1)
    if (!output.isTTY || current === undefined) return
    const time = elapsed(now() - current.since)
    const room = (output.columns ?? 80) - time.length - 4
    output.write(`\r\x1b[K… ${current.title.slice(0, room)} ${time}`)
  }

  return {
    async step(title, work) {
      const key = Symbol(title)
      const since = now()
      running.set(key, { title, since })
      timer ??= output.isTTY ? setInterval(beat, heartbeatMs).unref() : undefined
      if (output.isTTY) beat()
      else line(`… ${title}`)
      const end = (mark: string) => {
        running.delete(key)
        if (running.size === 0) {
          clearInterval(timer)
          timer = undefined
        }
        line(`${mark} ${title} ${elapsed(now() - since)}`)
      }
      try {
        const result = await work()
        end('✓')
        return result
      } catch (error) {
        end('✗')
        if (error instanceof Error && !reported.has(error)) {
          reported.add(error)
          for (const text of explained(error)) line(`  ${text}`)
        }
        throw error
      }
    },
  }
}

/** The message of an error, then the log lines it carries and where the rest of the log is. */
export function explained(error: Error & Partial<WithLog>): string[] {
  const message = error.message.split('\n')
  if (error.log === undefined) return message
  return [...message, ...error.log.lines.map(line => `| ${line}`), `the whole log: ${error.log.file}`]
}

export function elapsed(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
