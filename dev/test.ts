/** Runs every test there is; the last line says how many passed and failed. `make test`. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { elapsed } from './cluster/progress.ts'
import { mergeReports, reportOfRun, summaryLines, type TestReport } from './test-report.ts'
import { reportVariable } from './test-reporter.ts'

interface Run {
  name: string
  /** Projects of vitest.config.ts. */
  projects: readonly string[]
}

/** The second has a cluster of its own to wait for, so the first has the machine to itself for a while. */
const runs: readonly Run[] = [
  { name: 'unit', projects: ['unit', 'arch', 'chart', 'integration'] },
  { name: 'e2e', projects: ['e2e'] },
]
/** The cluster of the e2e tests; `test/e2e/global-setup.ts` starts it. */
const cluster = 'e2e'

const repository = resolve(import.meta.dirname, '..')
const interrupted = new AbortController()
// Listened to until the end: execa ends this process on a signal that nobody else listens to.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort(signal))

const startedMs = performance.now()
const folder = await mkdtemp(join(tmpdir(), 'tenantry-test-'))
/**
 * For all that tests start. Go collects its garbage when there is four times as much of it as of what is in use, instead of
 * as much: a seventh of what an API server does. Node compiles a file that is as it was only once.
 */
const cheapPrograms = { GOGC: '400', NODE_COMPILE_CACHE: join(folder, 'compiled') }
try {
  await removeCluster()
  const reports = availableParallelism() > 1 ? await Promise.all(runs.map(start)) : await oneByOne(runs)
  await removeCluster()
  const report = mergeReports(reports)
  console.log(`\nall tests took ${elapsed(performance.now() - startedMs)}`)
  for (const line of summaryLines(report)) console.log(line)
  process.exitCode = report.failed.length > 0 ? 1 : 0
} finally {
  // A program that was told to end may be writing what it has compiled.
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
}

async function oneByOne(all: readonly Run[]): Promise<TestReport[]> {
  const reports: TestReport[] = []
  for (const run of all) reports.push(await start(run))
  return reports
}

async function start({ name, projects }: Run): Promise<TestReport> {
  if (interrupted.signal.aborted) return reportOfRun(name, undefined, 'interrupted')
  const file = join(folder, `${name}.json`)
  const prefixed = function* (line: unknown) {
    yield `${name.padEnd(4)} │ ${line}`
  }
  const args = ['run', ...projects.flatMap(project => ['--project', project])]
  const reporters = ['--reporter=default', '--reporter=./dev/test-reporter.ts']
  const { exitCode, signal } = await execa('vitest', [...args, ...reporters], {
    cwd: repository,
    env: { ...cheapPrograms, [reportVariable]: file },
    preferLocal: true,
    stdin: 'ignore',
    stdout: [prefixed, 'inherit'],
    stderr: [prefixed, 'inherit'],
    buffer: false,
    reject: false,
    cancelSignal: interrupted.signal,
    // What a test has started gets the time to end.
    forceKillAfterDelay: 20_000,
  })
  const exit = exitCode === 0 ? undefined : exitCode === undefined ? `signal ${signal}` : `exit code ${exitCode}`
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return reportOfRun(name, text === undefined ? undefined : (JSON.parse(text) as TestReport), exit)
}

/** Whatever a run that broke off may have left. */
async function removeCluster(): Promise<void> {
  const command = [join(repository, 'dev/cluster/main.ts'), 'down', '--name', cluster]
  await execa(process.execPath, command, { stdio: 'inherit', reject: false })
}
