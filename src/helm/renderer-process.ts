/**
 * The life of one renderer process: started, asked any number of times, ended for good. Its standard input closes with
 * the operator, however that ends, and the renderer ends with it.
 */
import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Abilities } from '../plan/abilities.ts'
import type { RenderRequest } from './port.ts'
import { type Answer, abilitiesLine, parseAnswer, requestLine } from './renderer-line.ts'

/** `missing`: there is no such program, or nobody may start it. */
export type RendererEnd = 'missing' | 'memory' | 'crash' | 'killed'

export type Answered = { readonly answer: Answer } | { readonly end: RendererEnd }

export interface RendererProcess {
  ask(question: Question): Promise<Answered>
  readonly underWay: number
  /** At once; what is under way is answered with `killed`. */
  kill(): void
  /** When all that is under way is answered. */
  close(): void
}

export interface Question {
  readonly abilities: Abilities
  readonly chartPath: string
  readonly request: RenderRequest
}

export interface RendererProcessOptions {
  readonly file: string
  /** Its working directory, where it writes nothing. */
  readonly folder: string
  /** Go collects more often from here on, and the renderer ends itself at twice as much. */
  readonly memoryMiB: number
  readonly onEnd: (end: RendererEnd) => void
}

/** Of a start that fails each time. With another one, such as EAGAIN or EMFILE, the machine is short of something now. */
const MISSING: readonly (string | undefined)[] = ['ENOENT', 'EACCES']
/** Exit code for too much memory: renderer/guard.go. */
const EXIT_MEMORY = 5

export function startRenderer({ file, folder, memoryMiB, onEnd }: RendererProcessOptions): RendererProcess {
  // PATH is where it is looked for. Go collects less often than by default: a tenth of the CPU for 10 MiB.
  const env = { PATH: process.env.PATH, GOMEMLIMIT: `${memoryMiB}MiB`, GOGC: '300' }
  const child = spawn(file, [], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] })
  // Where no file descriptor is left there are none, and `error` comes next.
  const pipes: { readonly stdin?: Writable; readonly stdout?: Readable } = child
  const waiting = new Map<number, (answered: Answered) => void>()
  let told: Abilities | undefined
  let lastId = 0
  let ended: RendererEnd | undefined
  const end = (how: RendererEnd) => {
    if (ended !== undefined) return
    ended = how
    onEnd(how)
    for (const answer of waiting.values()) answer({ end: how })
    waiting.clear()
  }
  const kill = () => {
    child.kill('SIGKILL')
    end('killed')
  }
  child.on('error', ({ code }: NodeJS.ErrnoException) => end(MISSING.includes(code) ? 'missing' : 'crash'))
  // Not on `exit`: answers may still be in the pipe.
  child.on('close', code => end(code === EXIT_MEMORY ? 'memory' : 'crash'))
  // Broken off when it ends, which the exit tells.
  pipes.stdin?.on('error', () => {})
  eachLine(pipes.stdout, line => {
    const answer = parseAnswer(line)
    if (answer === undefined) return kill()
    waiting.get(answer.id)?.({ answer })
    waiting.delete(answer.id)
  })
  return {
    ask({ abilities, chartPath, request }) {
      if (ended !== undefined || pipes.stdin === undefined) return Promise.resolve({ end: ended ?? 'crash' })
      if (told !== abilities) pipes.stdin.write(abilitiesLine(abilities))
      told = abilities
      lastId += 1
      pipes.stdin.write(requestLine(lastId, chartPath, request))
      return new Promise(resolve => waiting.set(lastId, resolve))
    },
    get underWay() {
      return waiting.size
    },
    kill,
    close: () => void pipes.stdin?.end(),
  }
}

function eachLine(stream: Readable | undefined, onLine: (line: string) => void): void {
  let parts: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => {
    let from = 0
    for (let to = chunk.indexOf('\n'); to >= 0; to = chunk.indexOf('\n', from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, to)]).toString()
      parts = []
      from = to + 1
      onLine(line)
    }
    parts.push(chunk.subarray(from))
  })
}
