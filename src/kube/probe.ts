/** Asks a tenant's application through the ingress whether it answers, as a customer's browser would reach it. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { ProbeResult } from '../plan/observation.ts'

/** Never rejects: a failure to reach is an answer too. */
export type Probe = (target: ProbeTarget) => Promise<ProbeResult>

export interface ProbeTarget {
  readonly host: string
  /** Of which each has to answer below 400. Without any, nothing is probed. */
  readonly paths: readonly string[]
}

export interface ProbeOptions {
  /** URL of the ingress controller, such as http://traefik.traefik.svc; without it nothing is probed. */
  readonly address?: string
  readonly timeoutMs: number
}

export function createProbe({ address, timeoutMs }: ProbeOptions): Probe {
  if (address === undefined) return () => Promise.resolve({ result: 'off' })
  return async ({ host, paths }) => {
    if (paths.length === 0) return { result: 'off' }
    for (const path of paths) {
      const failure = await failureOf(urlOf(address, path), host, timeoutMs)
      if (failure !== undefined) return { result: 'failing', message: `${path} ${failure}.` }
    }
    return { result: 'serving' }
  }
}

/** A path that begins with `//` would name another host, were it resolved as a link is. */
function urlOf(address: string, path: string): URL {
  const url = new URL(address)
  url.pathname = path
  url.search = ''
  return url
}

/**
 * TLS, where the address has it, is verified against the tenant's host name. The time counts over all, and nothing but
 * the status is read: what answers is the tenant's own, and may be slow or endless.
 */
function failureOf(url: URL, host: string, timeoutMs: number): Promise<string | undefined> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise(resolve => {
    const request = send(
      url,
      {
        headers: { host },
        ...(url.protocol === 'https:' ? { servername: host } : {}),
        signal,
        agent: false,
      },
      response => {
        const status = response.statusCode ?? 0
        response.destroy()
        resolve(status < 400 ? undefined : `answers with status ${status}`)
      },
    )
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve(signal.aborted ? 'does not answer in time' : `cannot be reached (${error.code ?? 'error'})`),
    )
    request.end()
  })
}
