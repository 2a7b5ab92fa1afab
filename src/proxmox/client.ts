/**
 * Asks Proxmox VE. No request that changes something is ever sent twice, but for the two cases in which the first is
 * proven to have done nothing: no connection, or a refused token in whose place there is another one by now.
 */
import type { KnownCluster } from '../plan/proxmox-identity.ts'
import { endpointOf } from './endpoint.ts'
import { ProxmoxError, type ProxmoxErrorKind } from './errors.ts'
import { createHost, dataOf, type RawAnswer } from './http/exchange.ts'
import { createFailover } from './http/failover.ts'
import type { Trust } from './http/trust.ts'
import { createAdmission } from './identity.ts'
import { refusalOf } from './refusal.ts'
import type { Answer, Params, Route } from './route.ts'
import { authorizationOf, type TokenSource } from './token.ts'

export interface Proxmox {
  /** Throws a ProxmoxError. */
  call<R extends Route>(route: R, params: Params<R>): Promise<Answer<R>>
  /** Breaks off what is under way. */
  close(): Promise<void>
}

export interface ProxmoxOptions {
  /** https://host:port, at least one. */
  readonly endpoints: readonly string[]
  readonly trust: Trust
  readonly token: TokenSource
  /** Whether this process may change anything now, such as while it holds its lease. */
  readonly mayWrite?: () => boolean
  /** Which cluster its endpoints have to belong to; one of another cluster is passed over. */
  readonly known?: () => KnownCluster | undefined
  readonly onRequest?: (report: RequestReport) => void
  /** From when a request is sent, before which it may wait twice as long for its turn; Proxmox VE itself gives up on another node after 30 seconds. */
  readonly timeoutMs?: number
  readonly connectTimeoutMs?: number
}

export interface RequestReport {
  /** Method and path with the names of its parameters: one of the table. */
  readonly route: string
  readonly result: 'ok' | ProxmoxErrorKind
}

export function createProxmox(options: ProxmoxOptions): Proxmox {
  const { endpoints, trust, token, mayWrite = () => true, timeoutMs = 45_000, connectTimeoutMs = 5000 } = options
  const hosts = endpoints.map(origin => createHost({ origin, trust, connectTimeoutMs }))
  const failover = createFailover({
    hosts,
    checkWrite: what => mayWrite() || refuseWrite(what),
    ...(options.known && { admission: createAdmission(options.known) }),
  })

  async function call<R extends Route>(route: R, params: Params<R>): Promise<Answer<R>> {
    const { what, ...message } = endpointOf(route, params)
    const send = (authorization: string) => failover.send({ ...message, authorization }, what, timeoutMs)
    let used = await token.current()
    let answer = await send(authorizationOf(used))
    if (answer.status === 401) {
      const other = await token.replacementOf(used)
      if (other !== undefined) {
        used = other
        answer = await send(authorizationOf(used))
      }
    }
    if (answer.status >= 200 && answer.status <= 299) return read(route, what, answer)
    const secrets = [used.secret, ...secretsIn(route, params)]
    const error = refused(what, answer, secrets)
    // A node without quorum may be cut off from others that have it.
    if (error.kind === 'noQuorum') failover.leave(answer)
    throw error
  }

  return {
    async call(route, params) {
      const report = (result: RequestReport['result']) =>
        options.onRequest?.({ route: `${route.method} ${route.path}`, result })
      try {
        const answer = await call(route, params)
        report('ok')
        return answer
      } catch (error) {
        if (!(error instanceof ProxmoxError)) throw error
        report(error.kind)
        throw error
      }
    },
    close: () => failover.close(),
  }
}

function read<R extends Route>(route: R, what: string, { status, body }: RawAnswer): Answer<R> {
  const parsed = route.gives.safeParse(dataOf(body))
  if (parsed.success) return parsed.data as Answer<R>
  const names = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'data'))].sort().slice(0, 5)
  const why = `the answer is not as it should be: ${names.join(', ')}`
  throw new ProxmoxError({ kind: 'unreadable', what, why, status })
}

function refused(what: string, answer: RawAnswer, secrets: readonly string[]): ProxmoxError {
  const { why, fields, ...refusal } = refusalOf(answer)
  const told = (text: string) => secrets.reduce((kept, secret) => kept.replaceAll(secret, '…'), text)
  return new ProxmoxError({
    ...refusal,
    what,
    status: answer.status,
    why: told(why),
    ...(fields && {
      fields: Object.fromEntries(Object.entries(fields).map(([name, wrong]) => [name, told(wrong)])),
    }),
  })
}

function secretsIn<R extends Route>(route: R, params: Params<R>): string[] {
  const given = params as Readonly<Record<string, unknown>>
  return route.secret.flatMap(name => (typeof given[name] === 'string' && given[name] !== '' ? [given[name]] : []))
}

function refuseWrite(what: string): never {
  const why = 'this process does not hold the lease now'
  throw new ProxmoxError({ kind: 'fenced', what, why, status: 0 })
}
