/** Logs in to a tenant's application with the credentials that its status leads to. */

import type { IngressClient } from './ingress-client.ts'
import type { Kubectl } from './kubectl.ts'
import type { Tenant } from './tenants.ts'

export interface Session {
  username: string
  token: string
}

export interface Credentials {
  username: string
  password: string
}

/** Read where status.credentials says, and from nowhere else. */
export async function readCredentials(kubectl: Kubectl, { metadata, status }: Tenant): Promise<Credentials> {
  const where = status?.credentials
  if (where === undefined) throw new Error(`tenant ${metadata.name}: its status names no credentials`)
  const secret = await kubectl.json<{ data: Record<string, string> }>([
    ...['get', 'secret', '-n', where.namespace, where.secretName],
  ])
  const value = (key: string) => {
    const encoded = secret.data[key]
    if (encoded === undefined) throw new Error(`Secret ${where.secretName} has no key ${key}`)
    return Buffer.from(encoded, 'base64').toString()
  }
  return { username: value(where.usernameKey), password: value(where.passwordKey) }
}

/** Rejects unless the API takes the credentials, and knows afterwards who is there. */
export async function logIn(ingress: IngressClient, host: string, credentials: Credentials): Promise<Session> {
  const login = await ingress.ask(host, { path: '/api/login', method: 'POST', body: credentials })
  if (login.status !== 200) throw new Error(`https://${host}/api/login answers ${login.status}: ${login.body}`)
  const { token } = JSON.parse(login.body) as { token: string }
  const me = await ingress.ask(host, { path: '/api/me', token })
  if (me.status !== 200) throw new Error(`https://${host}/api/me answers ${me.status}: ${me.body}`)
  const { username } = JSON.parse(me.body) as { username: string }
  return { username, token }
}
