/** Clusters on this machine, from the command line. */

import { parseArgs } from 'node:util'
import { type Command, commands, UsageError } from './commands.ts'
import { explained, wasReported } from './progress.ts'

const usage = [
  'usage: node dev/cluster/main.ts <command> [--name demo] [--provider auto]',
  '',
  ...Object.entries(commands).map(([name, { meta }]) => `  ${name.padEnd(12)} ${meta.description}`),
].join('\n')

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (['help', '--help', '-h'].includes(name) || args.includes('--help')) console.log(usage)
else if (command === undefined) fail(name === '' ? usage : `there is no command ${name}\n${usage}`, 2)
else await run(command)

async function run({ args: options, run: work }: Command): Promise<void> {
  try {
    await work(parse(options))
  } catch (error) {
    if (error instanceof UsageError) fail(`${error.message}\n${usage}`, 2)
    else if (error instanceof Error) fail(wasReported(error) ? '' : explained(error).join('\n'), 1)
    else throw error
  }
}

function parse(options: Command['args']) {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Ends at once: downloads and builds that were under way beside what failed are of no use any more. */
function fail(message: string, exitCode: number): never {
  if (message !== '') console.error(message)
  process.exit(exitCode)
}
