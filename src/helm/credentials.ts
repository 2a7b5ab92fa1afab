/** With what a repository is asked: read from a Secret, and written into files that only helm reads. Pure. */
import type { KubeObject } from '../plan/object.ts'
import { HelmError } from './errors.ts'

export interface ChartCredentials {
  readonly username?: string
  readonly password?: string
  /** Certificates of who signs that of the repository, as PEM. */
  readonly ca?: string
  /** A config.json of docker, for oci://. */
  readonly dockerConfig?: string
}

/**
 * A Secret says itself for which repositories it is, so that a plan cannot have it sent elsewhere.
 * @throws HelmError CredentialsRefused
 */
export function parseCredentials(secret: KubeObject, repository: string): ChartCredentials {
  const data = (secret.data ?? {}) as Record<string, string>
  const read = (key: string) => {
    const value = Object.hasOwn(data, key) ? data[key] : undefined
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString()
  }
  const where = `Secret ${secret.metadata.namespace}/${secret.metadata.name}`
  const meant = read('repository')?.trim().replace(/[/]+$/, '')
  if (meant === undefined || meant === '') {
    throw refused(
      `${where} says not for which repository it is: its key "repository" has to be ${repository}, or the beginning of it`,
    )
  }
  if (repository !== meant && !repository.startsWith(`${meant}/`))
    throw refused(`${where} is not for ${repository}, as its key "repository" says`)
  const found = {
    username: read('username'),
    password: read('password'),
    ca: read('ca.crt'),
    dockerConfig: read('.dockerconfigjson'),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

export function secretMissing(namespace: string, name: string): HelmError {
  return refused(`there is no Secret ${namespace}/${name}`)
}

function refused(why: string): HelmError {
  return new HelmError({ reason: 'CredentialsRefused', message: `Cannot ask the repository: ${why}` })
}

/** What helm reads as its registry configuration. */
export function registryConfig(repository: string, { username, password, dockerConfig }: ChartCredentials): string {
  if (dockerConfig !== undefined) return dockerConfig
  if (username === undefined || password === undefined) return '{}'
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  return JSON.stringify({ auths: { [new URL(repository).host]: { auth } } })
}

/** What helm reads as its list of repositories. JSON is YAML. */
export function repositoriesFile(
  repository: string,
  credentials: ChartCredentials,
  caFile: string | undefined,
): string {
  const { username, password } = credentials
  const entry = { name: REPOSITORY, url: repository, username, password, caFile }
  return JSON.stringify({ apiVersion: '', repositories: [entry] })
}

export const REPOSITORY = 'source'
