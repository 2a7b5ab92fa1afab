/** `make bench`: what this operator costs, side by side with the limit and its peers. */
import { writeFile } from 'node:fs/promises'
import { consoleProgress, wasReported } from '../dev/cluster/progress.ts'
import { parseOptions, usage } from './options.ts'
import { runBench } from './run.ts'
import { explanation, reportTable } from './table.ts'

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(`${options}\n${usage}`)
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
try {
  const report = await runBench({ ...options, progress: consoleProgress() })
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`)
  console.log(`\n${reportTable(report)}\n\n${explanation(report)}`)
} catch (error) {
  if (!wasReported(error)) console.error(error)
  process.exitCode = 1
}
