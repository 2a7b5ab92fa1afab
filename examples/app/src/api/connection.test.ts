import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseError, Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAuthority } from '../../test/authority.ts'
import { createPostgres, postgresMissing, type TestPostgres } from '../../test/postgres.ts'
import type { Config } from './config.ts'
import { connectionOptions, isConnectionTrouble } from './connection.ts'

function databaseError(code: string) {
  return Object.assign(new DatabaseError('refused', 0, 'error'), { code })
}

test.each([
  ['connection refused', Object.assign(new Error(), { code: 'ECONNREFUSED' }), true],
  ['a connection that ended', new Error('Connection terminated unexpectedly'), true],
  ['a server that is being stopped', databaseError('57P01'), true],
  ['too many connections', databaseError('53300'), true],
  ['a standby', databaseError('25006'), true],
  ['a broken rule', databaseError('23505'), false],
  ['a wrong password', databaseError('28P01'), false],
])('%s: connection trouble is %3$s', (_, error, expected) => {
  expect(isConnectionTrouble(error)).toBe(expected)
})

describe('over TLS', () => {
  const missing = postgresMissing()
  let folder: string
  let postgres: TestPostgres
  let trusted: string
  beforeAll(async () => {
    if (missing !== undefined) return
    const authority = await createAuthority()
    trusted = authority.certificate
    postgres = await createPostgres(await authority.issue('localhost'))
    folder = await mkdtemp(join(tmpdir(), 'ca-'))
    await postgres.start()
  }, 60_000)
  afterAll(async () => {
    await postgres?.remove()
    if (folder !== undefined) await rm(folder, { recursive: true })
  })
  beforeEach(({ skip }) => skip(missing !== undefined, missing))

  test('a server is trusted by what the file of the authority says at that moment', async () => {
    const databaseCaFile = join(folder, 'ca.crt')
    const pool = new Pool(connectionOptions({ databaseUrl: postgres.url, databaseCaFile } as Config))
    await writeFile(databaseCaFile, (await createAuthority()).certificate)
    await expect(pool.query('SELECT 1')).rejects.toThrow('unable to verify the first certificate')
    await writeFile(databaseCaFile, trusted)
    const { rows } = await pool.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
    expect(rows).toEqual([{ ssl: true }])
    await pool.end()
  })
})
