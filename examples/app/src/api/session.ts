/** Logging in, and what a route must do to know who is there. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { HttpError } from '../http/error.ts'
import { json, type Reply, type Request, type Route } from '../http/route.ts'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { FailedLogins } from './failed-logins.ts'
import { SESSION_SECONDS, type Session, signSession, verifySession } from './session-token.ts'

export interface SessionPorts {
  readonly config: Pick<Config, 'admin' | 'jwtKey' | 'publicUrl'>
  readonly database: Pick<Database, 'write'>
  readonly failedLogins: FailedLogins
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function sessionRoutes(ports: SessionPorts): Route[] {
  return [
    { method: 'POST', path: '/api/login', answer: request => logIn(ports, request) },
    {
      method: 'GET',
      path: '/api/me',
      answer: withSession(ports, (_, { sub, exp }) =>
        json(200, { username: sub, expiresAt: new Date(exp * 1000).toISOString() }),
      ),
    },
  ]
}

/** An answer that needs somebody logged in; 401 for everybody else. */
export function withSession(
  { config, now }: Pick<SessionPorts, 'config' | 'now'>,
  answer: (request: Request, session: Session) => Reply | Promise<Reply>,
): Route['answer'] {
  return request => {
    const [, token = ''] = /^Bearer (\S+)$/i.exec(String(request.headers.authorization)) ?? []
    const nowSeconds = Math.floor(now() / 1000)
    const session = verifySession(token, { key: config.jwtKey, issuer: config.publicUrl, nowSeconds })
    if (session === undefined) {
      throw new HttpError(401, 'unauthenticated', 'Log in first.', { 'www-authenticate': 'Bearer' })
    }
    return answer(request, session)
  }
}

async function logIn({ config, database, failedLogins, now }: SessionPorts, request: Request): Promise<Reply> {
  const blockedFor = failedLogins.blockedFor(request.client)
  if (blockedFor > 0) {
    throw new HttpError(429, 'too_many_attempts', 'Too many failed logins. Try again later.', {
      'retry-after': String(blockedFor),
    })
  }
  const { username, password } = parseCredentials(await request.json())
  // Both are always compared, so that the time says nothing about either.
  const matches = [isSame(username, config.admin.username), isSame(password, config.admin.password)]
  if (!matches.every(Boolean)) {
    failedLogins.add(request.client)
    throw new HttpError(401, 'wrong_credentials', 'User name or password is wrong.')
  }
  await database.write('INSERT INTO logins (username) VALUES ($1)', [username])
  const exp = Math.floor(now() / 1000) + SESSION_SECONDS
  const token = signSession({ sub: username, iss: config.publicUrl, exp }, config.jwtKey)
  return json(200, { token, expiresAt: new Date(exp * 1000).toISOString() })
}

function parseCredentials(body: unknown): { username: string; password: string } {
  const { username, password } = (body ?? {}) as Record<string, unknown>
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw new HttpError(400, 'bad_request', 'Send "username" and "password".')
  }
  return { username, password }
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
