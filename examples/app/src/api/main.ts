/** The API: reads its environment, serves at once, migrates the database as soon as it can be reached. */
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { startServer } from '../http/server.ts'
import { type Log, log } from '../log.ts'
import { stopSignal, whenAborted } from '../stop-signal.ts'
import { type Config, parseConfig } from './config.ts'
import { connectionOptions } from './connection.ts'
import { createDatabase } from './database.ts'
import { createFailedLogins } from './failed-logins.ts'
import { migrate, readMigrations } from './migrate.ts'
import { apiRoutes } from './routes.ts'

const MIGRATION_TIMEOUT_MS = 60_000
const LONGEST_PAUSE_MS = 1_000

export async function startApi(): Promise<void> {
  const stop = stopSignal()
  const config = parseConfig(process.env)
  const database = createDatabase(connectionOptions(config), log)
  const readiness = { migrated: false }
  const failedLogins = createFailedLogins(Date.now)
  const routes = apiRoutes({ config, database, readiness, failedLogins, now: Date.now })
  const server = await startServer({ port: config.port, routes, log })
  log('api started', { port: server.port })

  const applied = await migrateWhenReachable(config, log, stop)
  if (applied !== undefined) {
    readiness.migrated = true
    log('database is up to date', { applied })
  }
  await whenAborted(stop)
  log('api stopping')
  await server.stop()
  await database.close()
}

/** Tries until it succeeds or the program is stopped: a new environment's database starts later than this. */
async function migrateWhenReachable(config: Config, log: Log, stop: AbortSignal): Promise<string[] | undefined> {
  const migrations = await readMigrations()
  for (let pauseMs = 250; !stop.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const client = new Client({ ...connectionOptions(config), query_timeout: MIGRATION_TIMEOUT_MS })
    // A connection that breaks fails the query that runs on it; without a listener it would end the process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await migrate(client, migrations)
    } catch (error) {
      log('database cannot be migrated yet', { error: String(error) })
    } finally {
      await client.end().catch(() => undefined)
    }
    await delay(pauseMs, undefined, { signal: stop }).catch(() => undefined)
  }
  return undefined
}
