import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPostgres, postgresMissing, type TestPostgres } from '../../test/postgres.ts'
import { createDatabase, type Database, DatabaseUnavailable } from './database.ts'

const missing = postgresMissing()
let postgres: TestPostgres
let database: Database
beforeAll(async () => {
  if (missing !== undefined) return
  postgres = await createPostgres()
  await postgres.start()
  database = createDatabase({ connectionString: postgres.url, connectionTimeoutMillis: 2_000 }, () => undefined)
  await database.write('CREATE TABLE kept (n integer)')
}, 60_000)
afterAll(async () => {
  await database?.close()
  await postgres?.remove()
})
beforeEach(({ skip }) => skip(missing !== undefined, missing))

async function rows() {
  const found = await database.read<{ n: number }>('SELECT n FROM kept ORDER BY n')
  return found.map(({ n }) => n)
}

test('a mistake in a statement is reported as it is, and at once', async () => {
  await expect(database.read('SELECT * FROM nowhere')).rejects.toThrow('relation "nowhere" does not exist')
})

test('every write that was acknowledged outlives crashes of the server', { timeout: 60_000 }, async () => {
  const acknowledged: number[] = []
  let next = 0
  let crashes = 0
  const write = async () => {
    while (crashes < 2) {
      const n = next++
      const kept = await database.write('INSERT INTO kept VALUES ($1)', [n]).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(DatabaseUnavailable)
          return false
        },
      )
      if (kept) acknowledged.push(n)
    }
  }
  const crash = async () => {
    while (crashes < 2) {
      const before = acknowledged.length
      await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 50)
      await postgres.crash()
      await postgres.start()
      crashes += 1
    }
  }
  await Promise.all([write(), write(), crash()])
  expect(await rows()).toEqual(expect.arrayContaining(acknowledged))
  expect(acknowledged.length).toBeGreaterThan(100)
})

test('a statement waits for a server that comes back soon', { timeout: 30_000 }, async () => {
  await postgres.crash()
  const read = rows()
  // Over a connection that the server has left without a word, a write may have been carried out; here is none yet.
  const fresh = createDatabase({ connectionString: postgres.url, connectionTimeoutMillis: 2_000 }, () => undefined)
  const write = fresh.write('INSERT INTO kept VALUES (-1)')
  await postgres.start()
  expect((await read).length).toBeGreaterThan(0)
  await write
  await fresh.close()
  expect(await rows()).toContain(-1)
})

test('a write that a former primary refused is sent again, over a connection to the new one', async () => {
  await database.write('ALTER ROLE app SET default_transaction_read_only = on')
  const stale = createDatabase({ connectionString: postgres.url, max: 1 }, () => undefined)
  expect(await stale.read('SHOW transaction_read_only')).toEqual([{ transaction_read_only: 'on' }])
  await database.write('ALTER ROLE app RESET default_transaction_read_only')
  await stale.write('INSERT INTO kept VALUES (-2)')
  await stale.close()
  expect(await rows()).toContain(-2)
})

test('a server that stays away is unavailable', { timeout: 30_000 }, async () => {
  await postgres.crash()
  const impatient = createDatabase({ connectionString: postgres.url }, () => undefined, 500)
  await expect(impatient.read('SELECT 1')).rejects.toThrow(DatabaseUnavailable)
  await expect(impatient.write('SELECT 1')).rejects.toThrow(DatabaseUnavailable)
  await impatient.close()
})
