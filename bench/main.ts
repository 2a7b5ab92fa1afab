/** `make bench`: what this operator costs, side by side with the limit and its peers. */
import { writeFile } from 'node:fs/promises'
import { stopControlPlanes } from '../dev/cluster/control-plane/ephemeral.ts'
import { consoleProgress, type Output, wasReported } from '../dev/cluster/progress.ts'
import type { Report } from './figures.ts'
import { parseOptions, usage } from './options.ts'
import { runBench } from './run.ts'
import { explanation, markdownTable, reportTable } from './table.ts'

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(`${options}\n${usage}`)
  process.exit(2)
}
// By then whatever is under way fails, which is of no interest.
let isOver = false
const stderr: Output = {
  isTTY: process.stderr.isTTY,
  columns: process.stderr.columns,
  write: text => isOver || process.stderr.write(text),
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error(`\n${signal}: taking everything away`)
    isOver = true
    void stopControlPlanes().finally(() => process.exit(1))
  })
}
const progress = consoleProgress(stderr)
const { runs, idleSeconds, json, markdown } = options
const reports: Report[] = []
try {
  for (const run of runs) {
    reports.push(await runBench({ ...run, idleSeconds, progress }))
    // After each run: the next one may take an hour, and not come to its end.
    if (json !== undefined) await writeFile(json, `${JSON.stringify(reports, undefined, 2)}\n`)
    if (markdown !== undefined) await writeFile(markdown, `${markdownTable(reports)}\n\n${explanation(reports)}\n`)
  }
  console.log(`\n${reportTable(reports)}\n\n${explanation(reports)}`)
} catch (error) {
  if (!isOver && !wasReported(error)) console.error(error)
  process.exitCode = 1
}
