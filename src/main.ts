/** Wires the operator to this process: arguments, log, signals, exit code. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Config, helpText, parseInvocation } from './config.ts'
import { createLogger } from './controllers/logger.ts'
import { type Operator, startOperator } from './controllers/operator.ts'

const invocation = parseInvocation(process.argv.slice(2), process.env)
switch (invocation.run) {
  case 'operator':
    await run(invocation.config)
    break
  case 'version':
    process.stdout.write(`tenantry ${version()}\n`)
    break
  case 'help':
    process.stdout.write(helpText())
    break
  case 'refused':
    process.stderr.write(`${invocation.message}\nSee --help.\n`)
    process.exitCode = 2
    break
  default:
    invocation satisfies never
}

async function run(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel)
  const fail = (reason: string) => {
    logger.fatal({ reason }, 'ending')
    process.exit(1)
  }
  logger.info({ version: version() }, 'starting')
  const starting = startOperator({ config, logger, identity: config.identity ?? hostname(), onLost: fail })
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Listened to until the end: while a helm runs, execa ends this process on a signal that nobody else listens to.
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      logger.info({ signal }, 'stopping')
      void stopped(starting, logger).finally(() => process.exit())
    })
  }
  await starting.catch((err: unknown) => {
    logger.fatal({ err }, 'cannot start')
    process.exit(1)
  })
}

/** An operator that is still waiting for its watches has written nothing, and is not waited for. */
async function stopped(starting: Promise<Operator>, logger: Logger): Promise<void> {
  const operator = await Promise.race([starting.catch(() => undefined), setImmediate(undefined)])
  await operator?.stop()
  logger.info('stopped')
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
