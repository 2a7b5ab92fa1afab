/** Requests as a browser on this machine makes them: HTTPS, through the ingress controller, with a verified certificate. */

import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import type { PeerCertificate } from 'node:tls'
import type { Cluster } from '../cluster/provider.ts'
import { authorityFile } from './ingress-certificate.ts'

export interface Answer {
  status: number
  body: string
}

export interface Ask {
  path: string
  method?: string
  /** Sent as JSON. */
  body?: unknown
  /** Of a session. */
  token?: string
}

export interface IngressClient {
  /** Rejects where no answer comes, or comes from somebody without the cluster's certificate. */
  ask(host: string, what: Ask): Promise<Answer>
}

const timeoutMs = 10_000

export async function ingressClient(
  { httpsPort }: Pick<Cluster, 'httpsPort'>,
  stateDir: string,
): Promise<IngressClient> {
  if (httpsPort === undefined) throw new Error('this cluster has no ingress controller')
  const ca = await readFile(authorityFile(stateDir), 'utf8')
  return {
    ask: (host, { path, method = 'GET', body, token }) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body)
        const headers = {
          host: `${host}:${httpsPort}`,
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        }
        const options = {
          host: '127.0.0.1',
          port: httpsPort,
          servername: host,
          ca,
          checkServerIdentity: identityProblem,
        }
        const asking = request({ ...options, path, method, headers, timeout: timeoutMs, agent: false }, answer => {
          const chunks: Buffer[] = []
          answer.on('data', chunk => chunks.push(chunk))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
          answer.on('error', reject)
        })
        asking.on('timeout', () => asking.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
        asking.on('error', reject)
        asking.end(text)
      }),
  }
}

/**
 * Node takes no wildcard directly below a top-level domain, which `*.localhost` is; browsers do. So the name is compared
 * here; the chain up to the authority is verified as ever.
 */
export function identityProblem(host: string, { subjectaltname = '' }: Pick<PeerCertificate, 'subjectaltname'>) {
  const wildcard = `*.${host.split('.').slice(1).join('.')}`
  const names = subjectaltname.split(', ').map(name => name.replace(/^DNS:/, ''))
  if (names.includes(host) || names.includes(wildcard)) return undefined
  return new Error(`the certificate is for ${names.join(', ')}, not for ${host}`)
}
