/** Every route of the API. */
import { HttpError } from '../http/error.ts'
import { json, type Route } from '../http/route.ts'
import type { Config } from './config.ts'
import { type Database, DatabaseUnavailable } from './database.ts'
import { healthRoutes, type Readiness } from './health.ts'
import { noteRoutes } from './notes.ts'
import { type SessionPorts, sessionRoutes } from './session.ts'

export interface ApiPorts extends SessionPorts {
  readonly config: Config
  readonly database: Database
  readonly readiness: Readiness
}

export function apiRoutes(ports: ApiPorts): Route[] {
  const { companyName, plan, limits } = ports.config
  const routes: Route[] = [
    ...healthRoutes(ports.database, ports.readiness),
    { method: 'GET', path: '/api/info', answer: () => json(200, { companyName, plan, limits }) },
    ...sessionRoutes(ports),
    ...noteRoutes(ports, ports.database),
  ]
  return routes.map(route => ({ ...route, answer: sayingWhenUnavailable(route.answer) }))
}

function sayingWhenUnavailable(answer: Route['answer']): Route['answer'] {
  return async request => {
    try {
      return await answer(request)
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
      throw new HttpError(503, 'database_unavailable', 'The database cannot be reached. Try again.', {
        'retry-after': '1',
      })
    }
  }
}
