/** Statements over a pool of connections that survives a failover. Knows no table. */
import { setTimeout as delay } from 'node:timers/promises'
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg'
import type { Log } from '../log.ts'
import { isConnectionTrouble, isFormerPrimary } from './connection.ts'

export interface Database {
  /** Sent again on another connection where one breaks. Rejects with DatabaseUnavailable when none works in time. */
  read<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /**
   * Resolves only after the commit. Sent again only while it is certain that nothing was done; DatabaseUnavailable may
   * therefore mean that it was done and nobody heard of it.
   */
  write<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database cannot be reached', { cause })
    this.name = 'DatabaseUnavailable'
  }
}

/** How long a statement may look for a connection that works. */
const PATIENCE_MS = 5_000
const PAUSE_MS = 200

export function createDatabase(options: PoolConfig, log: Log, patienceMs = PATIENCE_MS): Database {
  const pool = new Pool({
    // With the chart's 20 replicas at most, this stays below its max_connections.
    max: 4,
    idleTimeoutMillis: 10_000,
    maxLifetimeSeconds: 300,
    // The client gives up after the server has: a statement that nobody waits for does not run on.
    statement_timeout: 4_000,
    query_timeout: 5_000,
    ...options,
  })
  pool.on('error', error => log('idle connection lost', { error: error.message }))
  // In use, a connection that breaks also fails its statement, and that is where it is dealt with.
  pool.on('connect', client => client.on('error', () => undefined))

  async function run<Row extends QueryResultRow>(sql: string, values: readonly unknown[], isSafe: IsSafe) {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const attempt = await runOnce<Row>(pool, sql, values)
      if ('rows' in attempt) return attempt.rows
      if (!isConnectionTrouble(attempt.error)) throw attempt.error
      if (!isSafe(attempt) || performance.now() > deadline) throw new DatabaseUnavailable(attempt.error)
      await delay(PAUSE_MS)
    }
  }

  return {
    read: (sql, values = []) => run(sql, values, () => true),
    write: (sql, values = []) => run(sql, values, ({ sent, error }) => !sent || isFormerPrimary(error)),
    close: () => pool.end(),
  }
}

interface FailedAttempt {
  readonly sent: boolean
  readonly error: unknown
}
type IsSafe = (attempt: FailedAttempt) => boolean

async function runOnce<Row extends QueryResultRow>(pool: Pool, sql: string, values: readonly unknown[]) {
  let client: PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    return { sent: false, error }
  }
  try {
    const { rows } = await client.query<Row>(sql, [...values])
    client.release()
    return { rows }
  } catch (error) {
    // A connection in doubt is closed, never reused.
    client.release(isConnectionTrouble(error))
    return { sent: true, error }
  }
}
