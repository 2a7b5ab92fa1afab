/** `make bench`: what this operator costs, side by side with the limit and its peers. */
import { writeFile } from 'node:fs/promises'
import { consoleProgress, wasReported } from '../dev/cluster/progress.ts'
import type { Report } from './figures.ts'
import { parseOptions, usage } from './options.ts'
import { runBench } from './run.ts'
import { explanation, markdownTable, reportTable } from './table.ts'

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(`${options}\n${usage}`)
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const { runs, idleSeconds, json, markdown } = options
const reports: Report[] = []
try {
  for (const run of runs) {
    reports.push(await runBench({ ...run, idleSeconds, progress: consoleProgress() }))
    // After each run: the next one may take an hour, and not come to its end.
    if (json !== undefined) await writeFile(json, `${JSON.stringify(reports, undefined, 2)}\n`)
    if (markdown !== undefined) await writeFile(markdown, `${markdownTable(reports)}\n\n${explanation(reports)}\n`)
  }
  console.log(`\n${reportTable(reports)}\n\n${explanation(reports)}`)
} catch (error) {
  if (!wasReported(error)) console.error(error)
  process.exitCode = 1
}
