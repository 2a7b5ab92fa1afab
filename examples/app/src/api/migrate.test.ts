import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPostgres, postgresMissing, type TestPostgres } from '../../test/postgres.ts'
import { migrate, readMigrations } from './migrate.ts'

const missing = postgresMissing()
let postgres: TestPostgres
beforeAll(async () => {
  if (missing !== undefined) return
  postgres = await createPostgres()
  await postgres.start()
}, 60_000)
afterAll(() => postgres?.remove())
beforeEach(({ skip }) => skip(missing !== undefined, missing))

/** A connection to an empty database. */
async function connect(name: string) {
  const admin = new Client({ connectionString: postgres.url })
  await admin.connect()
  const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (rowCount === 0) await admin.query(`CREATE DATABASE ${name}`)
  await admin.end()
  const client = new Client({ connectionString: postgres.url.replace(/postgres$/, name) })
  await client.connect()
  return client
}

test('each migration runs once, in the order of the file names', async () => {
  const client = await connect('orderly')
  const migrations = await readMigrations()
  expect(migrations.map(({ name }) => name)).toEqual(['0001-logins.sql', '0002-notes.sql'])
  expect(await migrate(client, migrations)).toEqual(['0001-logins.sql', '0002-notes.sql'])
  expect(await migrate(client, migrations)).toEqual([])
  await client.end()
})

test('of two replicas that start at once, one migrates and the other finds it done', async () => {
  const clients = [await connect('shared'), await connect('shared')]
  const migrations = await readMigrations()
  const applied = await Promise.all(clients.map(client => migrate(client, migrations)))
  expect(applied.flat()).toEqual(['0001-logins.sql', '0002-notes.sql'])
  for (const client of clients) await client.end()
})

test('a migration that fails leaves nothing of the ones before it', async () => {
  const client = await connect('broken')
  const migrations = [
    { name: '1.sql', sql: 'CREATE TABLE first ()' },
    { name: '2.sql', sql: 'CREATE TABLE oops' },
  ]
  await expect(migrate(client, migrations)).rejects.toThrow('syntax error')
  const { rows } = await client.query("SELECT to_regclass('first') AS first, to_regclass('migrations') AS migrations")
  expect(rows).toEqual([{ first: null, migrations: null }])
  await client.end()
})
