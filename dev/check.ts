/** What can be judged without running the operator, each with its time; fails when one of them does. `make check`. */

import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import { consoleProgress } from './cluster/progress.ts'

interface Check {
  title: string
  argv: readonly [string, ...string[]]
}

const checks: readonly Check[] = [
  { title: 'types', argv: ['tsc', '-p', '.', '--pretty', 'false'] },
  { title: 'lint and format', argv: ['biome', 'check', '--colors=off'] },
  { title: 'import directions, purity, names and sizes of files', argv: ['vitest', 'run', '--project', 'arch'] },
  { title: 'generated files are up to date', argv: ['node', 'dev/crds.ts', '--check'] },
  { title: 'the operator starts', argv: ['node', 'src/main.ts', '--version'] },
]
const shownLines = 40

const progress = consoleProgress()
const waiting = [...checks]
const failed: string[] = []
await Promise.all(Array.from({ length: availableParallelism() }, work))
console.log(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join('; ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const { title, argv } = check
    await progress.step(title, () => run(argv)).catch(() => failed.push(title))
  }
}

async function run([file, ...args]: Check['argv']): Promise<void> {
  const result = await execa(file, args, {
    cwd: resolve(import.meta.dirname, '..'),
    preferLocal: true,
    stdin: 'ignore',
    all: true,
    reject: false,
    env: { NO_COLOR: '1' },
  })
  if (result.failed) throw new Error(excerpt(result.all) || result.shortMessage)
}

/** The end of an output: where vitest lists its failures, and more than enough of the other tools. */
function excerpt(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter(line => line.trim() !== '')
  return lines.slice(-shownLines).join('\n')
}
