/** The log: one line of JSON for each decision, on standard output. */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import type { Config } from '../config.ts'

/** A second belt: nothing that carries one of these is meant to be logged at all. `*` is one level, whatever its name. */
const redact = {
  paths: ['*.data', '*.stringData', '*.password', '*.token', '*.headers.authorization'],
  censor: '[redacted]',
}

export function createLogger(level: Config['logLevel'], destination?: DestinationStream): Logger {
  const options: LoggerOptions = { ...loggerOptions, level }
  return destination === undefined ? pino(options) : pino(options, destination)
}

export const loggerOptions: LoggerOptions = { base: null, timestamp: pino.stdTimeFunctions.isoTime, redact }
