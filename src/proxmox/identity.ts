/**
 * Which cluster an endpoint belongs to, asked before anything else is: to another cluster, everything that tenants have is unknown,
 * and would pass for gone.
 */
import { acceptText, carriesMarks, identityOf, type KnownCluster, otherClusterText } from '../plan/proxmox-identity.ts'
import { endpointOf } from './endpoint.ts'
import { dataOf, type Host, type Message, type RawAnswer } from './http/exchange.ts'
import type { Admission } from './http/failover.ts'
import { ConnectFailure } from './http/trust.ts'
import type { Answer, Route } from './route.ts'
import { pool } from './routes/access.ts'
import { cluster } from './routes/cluster.ts'

/** What stands behind an address may change without anybody noticing. */
const FRESH_MS = 60_000

/** Beside an endpoint that is merely down, nobody should be led to have everything made anew. */
const REMOVE = 'Remove it from spec.endpoints.'

/** `known`: undefined as long as no tenant has anything there, so that any cluster will do. */
export function createAdmission(known: () => KnownCluster | undefined): Admission {
  const admittedMs = new Map<Host, number>()
  const asking = new Map<Host, Promise<RawAnswer | undefined>>()

  async function identify(host: Host, { authorization }: Message, timeoutMs: number): Promise<RawAnswer | undefined> {
    const meant = known()
    if (meant === undefined) return undefined
    const startMs = performance.now()
    const nodes = await ask(host, cluster.listNodes, { authorization, timeoutMs })
    if ('refused' in nodes) return nodes.refused
    const found = nodes.data.map(({ node: name, ssl_fingerprint: fingerprint }) => ({ name, fingerprint }))
    let identity = identityOf(meant, found)
    if (identity === 'renewed') {
      const pools = await ask(host, pool.list, { authorization, timeoutMs })
      if ('refused' in pools) return pools.refused
      const comments = pools.data.map(({ comment }) => comment)
      identity = carriesMarks(meant, comments) ? 'same' : 'other'
    }
    if (identity === 'other') {
      const alone = acceptText(meant, found)
      throw new ConnectFailure(otherClusterText(meant, found), 'otherCluster', { alone, besides: REMOVE })
    }
    admittedMs.set(host, startMs)
    return undefined
  }

  return {
    async admit(host, message, timeoutMs) {
      const lastMs = admittedMs.get(host)
      if (lastMs !== undefined && performance.now() - lastMs < FRESH_MS) return undefined
      const answer = asking.get(host) ?? identify(host, message, timeoutMs).finally(() => asking.delete(host))
      asking.set(host, answer)
      return answer
    },
    forget: host => void admittedMs.delete(host),
  }
}

type Told<R extends Route> = { readonly data: Answer<R> } | { readonly refused: RawAnswer }

/** Whatever goes wrong, the request for which it was asked was not sent. */
async function ask<R extends typeof cluster.listNodes | typeof pool.list>(
  host: Host,
  route: R,
  { authorization, timeoutMs }: { readonly authorization: string; readonly timeoutMs: number },
): Promise<Told<R>> {
  const { method, path } = endpointOf<Route>(route, {})
  let answer: RawAnswer
  try {
    answer = await host.send({ method, path, authorization }, { timeoutMs })
  } catch (error) {
    if (error instanceof ConnectFailure) throw error
    throw new ConnectFailure(`it does not say which nodes it has (${(error as Error).name})`, 'unreachable')
  }
  if (answer.status < 200 || answer.status > 299) return { refused: answer }
  const parsed = route.gives.safeParse(dataOf(answer.body))
  if (parsed.success) return { data: parsed.data as Answer<R> }
  throw new ConnectFailure('its answer about its nodes cannot be read', 'unreachable')
}
