/** The environment as this program reads it, once. Messages name variables, never their values. */
import { readFileSync } from 'node:fs'

export interface Config {
  readonly port: number
  readonly databaseUrl: string
  /** Certificate authority of the database; without it the connection is not encrypted. */
  readonly databaseCaFile?: string
  readonly admin: { readonly username: string; readonly password: string }
  readonly jwtKey: string
  readonly publicUrl: string
  readonly companyName: string
  readonly plan: string
  readonly limits: Readonly<Record<string, number>>
}

/** RFC 7518 §3.2: a key for HS256 has at least the size of its hash. */
const MIN_KEY_BYTES = 32

/** Throws one error that names everything that is missing or wrong. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const required = (name: string) => {
    const value = env[name]
    if (!value) problems.push(`${name} is missing`)
    return value ?? ''
  }
  const config = {
    port: Number(env.PORT ?? 8080),
    databaseUrl: required('DATABASE_URL'),
    ...(env.DATABASE_CA_FILE ? { databaseCaFile: env.DATABASE_CA_FILE } : {}),
    admin: { username: required('ADMIN_USERNAME'), password: required('ADMIN_PASSWORD') },
    jwtKey: required('JWT_KEY'),
    publicUrl: required('PUBLIC_URL'),
    companyName: required('COMPANY_NAME'),
    plan: required('PLAN'),
    limits: parseLimits(env.LIMITS ?? '{}', problems),
  }
  if (!Number.isInteger(config.port) || config.port < 0 || config.port > 65535) problems.push('PORT is not a port')
  if (config.jwtKey !== '' && Buffer.byteLength(config.jwtKey) < MIN_KEY_BYTES) {
    problems.push(`JWT_KEY has fewer than ${MIN_KEY_BYTES} bytes`)
  }
  if (config.databaseCaFile !== undefined && !isReadable(config.databaseCaFile)) {
    problems.push('DATABASE_CA_FILE cannot be read')
  }
  if (problems.length > 0) throw new Error(`environment: ${problems.join(', ')}`)
  return config
}

function parseLimits(text: string, problems: string[]): Record<string, number> {
  const wrong = 'LIMITS is not a JSON object of whole numbers'
  try {
    const limits: unknown = JSON.parse(text)
    if (typeof limits === 'object' && limits !== null && Object.values(limits).every(Number.isInteger)) {
      return limits as Record<string, number>
    }
  } catch {
    // Said below: the text itself is nobody's business.
  }
  problems.push(wrong)
  return {}
}

function isReadable(path: string): boolean {
  try {
    return readFileSync(path).length > 0
  } catch {
    return false
  }
}
