/** How connections to PostgreSQL are made, and what their errors mean. */
import { readFileSync } from 'node:fs'
import { DatabaseError, type PoolConfig } from 'pg'
import type { Config } from './config.ts'

export function connectionOptions({ databaseUrl, databaseCaFile }: Config): PoolConfig {
  return {
    connectionString: databaseUrl,
    ...(databaseCaFile === undefined ? {} : { ssl: verifiedTls(databaseCaFile) }),
    application_name: 'api',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 2_000,
  }
}

/** The file is read for each connection, because CloudNativePG renews its certificate authority while this runs. */
function verifiedTls(caFile: string): { readonly ca: Buffer } {
  return {
    get ca() {
      return readFileSync(caFile)
    },
  }
}

/**
 * True where the connection or the server is the trouble and not the statement: another attempt, on another
 * connection, may succeed. Anything that is no answer of PostgreSQL itself counts as such.
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isConnectionTrouble(error: unknown): boolean {
  return !(error instanceof DatabaseError) || /^(08|57P0|53300)/.test(error.code ?? '') || isFormerPrimary(error)
}

/** The server has become a standby and refused to write: nothing was done, so that a write may be sent again. */
export function isFormerPrimary(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25006'
}
