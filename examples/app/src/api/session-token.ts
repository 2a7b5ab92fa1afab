/** Sessions as JSON Web Tokens, HS256 (RFC 7519, RFC 7515). Pure: the clock is an argument. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const SESSION_SECONDS = 3600

export interface Session {
  /** Who is logged in. */
  readonly sub: string
  /** Who vouches for it: the URL of this environment. */
  readonly iss: string
  /** In seconds since 1970. */
  readonly exp: number
}

const HEADER = encode({ alg: 'HS256', typ: 'JWT' })

export function signSession(session: Session, key: string): string {
  const signed = `${HEADER}.${encode(session)}`
  return `${signed}.${signature(signed, key)}`
}

/** The session, or undefined where the token is not ours, is changed, or has expired. Other algorithms are refused. */
export function verifySession(
  token: string,
  { key, issuer, nowSeconds }: { key: string; issuer: string; nowSeconds: number },
): Session | undefined {
  const [header, payload, given, ...rest] = token.split('.')
  if (header !== HEADER || payload === undefined || given === undefined || rest.length > 0) return undefined
  const expected = Buffer.from(signature(`${header}.${payload}`, key))
  const actual = Buffer.from(given)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined
  // Whoever signed this knows the key: it is JSON of this program.
  const session = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Session
  return session.iss === issuer && session.exp > nowSeconds ? session : undefined
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signature(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
