/** A transport before a server that the test answers for; both end with the test. */
import { afterEach } from 'vitest'
import type { KubeConnection } from '../../src/kube/config.ts'
import { KubeError } from '../../src/kube/errors.ts'
import type { CredentialSource } from '../../src/kube/identity/credentials.ts'
import { createTransport, type TransportOptions, type TransportRequest } from '../../src/kube/transport.ts'
import { type ApiServerOptions, type Handler, startApiServer } from './api-server.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

interface Given extends Omit<ApiServerOptions, 'handler'>, Partial<Omit<TransportOptions, 'connection'>> {
  readonly credentials?: CredentialSource
}

export async function givenTransport(
  handler: Handler,
  { credentials, protocol, maxStreams, authority, ...options }: Given = {},
) {
  const api = await startApiServer({
    handler,
    ...(protocol && { protocol }),
    ...(maxStreams && { maxStreams }),
    ...(authority && { authority }),
  })
  endings.push(() => api.stop())
  const source = credentials ?? fixed({ headers: {}, tls: { ca: api.authority.certificate } })
  const transport = createTransport({ ...options, connection: connectionTo(api.server, source) })
  endings.push(() => transport.close())
  return { api, transport }
}

export function fixed(credentials: Awaited<ReturnType<CredentialSource['current']>>): CredentialSource {
  return { current: async () => credentials, refresh: () => false }
}

export function connectionTo(server: string, credentials: CredentialSource): KubeConnection {
  return { server, credentials, kubeconfigForExec: () => Promise.reject(new Error('not used')) }
}

export const GET: TransportRequest = {
  method: 'GET',
  path: '/a?b=c',
  verb: 'get',
  resource: 'pods',
  what: 'get Pod a/b',
}
export const POST: TransportRequest = {
  ...GET,
  method: 'POST',
  verb: 'create',
  what: 'create Pod a/b',
  body: '{"a":1}',
}
export const WATCH: TransportRequest = { ...GET, verb: 'watch', what: 'watch Pod objects' }

export async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof KubeError)) throw new Error(`not a KubeError: ${error}`)
  return { status: error.status, reason: error.reason, message: error.message }
}

export const ok: Handler = (_, response) => response.end('{}')

export async function readAll(body: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of body) text += piece
  return text
}
