/** Whether the process lives, and whether it can do its work. */
import { HttpError } from '../http/error.ts'
import { json, type Route } from '../http/route.ts'
import type { Database } from './database.ts'

/** Shorter than the probe waits, so that its answer says why. */
const TIMEOUT_MS = 2_000

export interface Readiness {
  /** Set once, when the schema is up to date. */
  migrated: boolean
}

export function healthRoutes(database: Pick<Database, 'read'>, readiness: Readiness): Route[] {
  return [
    { method: 'GET', path: '/api/livez', answer: () => json(200, { status: 'alive' }) },
    {
      method: 'GET',
      path: '/api/readyz',
      async answer() {
        if (!readiness.migrated) throw notReady('The schema of the database is not up to date yet.')
        const answered = await answersInTime(database.read('SELECT 1'))
        if (!answered) throw notReady('The database does not answer.')
        return json(200, { status: 'ready' })
      },
    },
  ]
}

function notReady(message: string): HttpError {
  return new HttpError(503, 'not_ready', message)
}

async function answersInTime(query: Promise<unknown>): Promise<boolean> {
  const timeout = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => timeout.resolve(false), TIMEOUT_MS)
  const answered = query.then(
    () => true,
    () => false,
  )
  return await Promise.race([answered, timeout.promise]).finally(() => clearTimeout(timer))
}
