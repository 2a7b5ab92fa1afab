/** Brings the schema of the database up to date. */
import { readdir, readFile } from 'node:fs/promises'
import type { ClientBase } from 'pg'

export interface Migration {
  readonly name: string
  readonly sql: string
}

const FOLDER = new URL('migrations/', import.meta.url)
/** Any number that nothing else in this database locks. */
const LOCK = 7_461_001

/** In the order of their file names. */
export async function readMigrations(folder = FOLDER): Promise<Migration[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
  return await Promise.all(files.map(async name => ({ name, sql: await readFile(new URL(name, folder), 'utf8') })))
}

/**
 * Runs what has not run yet, all of it in one transaction, and returns the names. Of several replicas that start at
 * once, one does the work while the others wait for the lock.
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    )
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations')
    const pending = migrations.filter(({ name }) => !rows.some(row => row.name === name))
    for (const { name, sql } of pending) {
      await client.query(sql)
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [name])
    }
    await client.query('COMMIT')
    return pending.map(({ name }) => name)
  } catch (error) {
    // The first error is the one to report; a connection that cannot roll back takes the transaction with it.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}
