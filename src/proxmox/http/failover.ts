/**
 * Which endpoint is asked. All of them answer for the whole cluster, so the one that answered last is asked again; one
 * that cannot be reached is passed over. A request that may have arrived is sent again only if it changes nothing.
 */
import { ProxmoxError } from '../errors.ts'
import { type Host, type Message, type RawAnswer, wasNotSent } from './exchange.ts'

export interface Failover {
  /** Throws a ProxmoxError: unreachable, untrusted, otherCluster, unanswered, or what `mayWrite` throws. */
  send(message: Message, what: string, timeoutMs: number): Promise<HostAnswer>
  /** The endpoint that gave this answer is of no use: the next request goes to another one. */
  leave(answer: HostAnswer): void
  /** Whatever is under way ends as `closed`. */
  close(): Promise<void>
}

export interface HostAnswer extends RawAnswer {
  readonly host: Host
}

export interface FailoverOptions {
  readonly hosts: readonly Host[]
  /** Asked whenever a request that changes something is about to be sent; throws where it may not be. */
  readonly checkWrite: (what: string) => void
  readonly admission?: Admission
}

export interface Admission {
  /**
   * Asked before each request whether the host is one of those that are meant. Throws a ConnectFailure where it is not, or cannot be
   * asked; what the host refuses is the answer to the request itself.
   */
  admit(host: Host, message: Message, timeoutMs: number): Promise<RawAnswer | undefined>
  /** The host has failed: somebody else may stand at its address from now on. */
  forget(host: Host): void
}

export function createFailover({ hosts, checkWrite, admission }: FailoverOptions): Failover {
  let preferred = 0
  let closed = false
  const after = (index: number) => (index + 1) % hosts.length
  // Requests that fail at the same time leave one endpoint, and not the next one, too.
  const leave = (host: Host) => {
    admission?.forget(host)
    const index = hosts.indexOf(host)
    if (preferred === index) preferred = after(index)
  }
  return {
    leave: ({ host }) => leave(host),
    async close() {
      closed = true
      await Promise.all(hosts.map(host => host.destroy()))
    },
    async send(message, what, timeoutMs) {
      const isRead = message.method === 'GET'
      const troubles: Trouble[] = []
      // A read has a second try where there is one endpoint only: its idle connection may just have been closed.
      let index = preferred
      for (let left = isRead ? Math.max(hosts.length, 2) : hosts.length; left > 0; left -= 1, index = after(index)) {
        const host = hosts[index] as Host
        try {
          const refused = await admission?.admit(host, message, timeoutMs)
          if (refused !== undefined) return { ...refused, host }
        } catch (error) {
          if (closed) throw closedError(what, error)
          leave(host)
          troubles.push({ origin: host.origin, error })
          continue
        }
        const mayBegin = () => isRead || checkWrite(what)
        try {
          return { ...(await host.send(message, { timeoutMs, mayBegin })), host }
        } catch (error) {
          if (closed) throw closedError(what, error)
          if (error instanceof ProxmoxError) throw error
          leave(host)
          troubles.push({ origin: host.origin, error })
          if (!isRead && !wasNotSent(error)) throw unanswered(what, troubles, timeoutMs)
        }
      }
      throw troubles.some(({ error }) => !wasNotSent(error))
        ? unanswered(what, troubles, timeoutMs)
        : unreachable(what, troubles)
    },
  }
}

function closedError(what: string, cause: unknown): ProxmoxError {
  return new ProxmoxError({ kind: 'closed', what, why: 'nobody waits for it any more', status: 0, cause })
}

interface Trouble {
  readonly origin: string
  readonly error: unknown
}

function unanswered(what: string, troubles: readonly Trouble[], timeoutMs: number): ProxmoxError {
  const { origin, error } = troubles.findLast(trouble => !wasNotSent(trouble.error)) as Trouble
  const late = error instanceof Error && error.name === 'TimeoutError'
  const why = late
    ? `${origin} did not answer within ${timeoutMs / 1000} s`
    : `the connection to ${origin} was lost before the answer (${codeOf(error)})`
  return new ProxmoxError({ kind: 'unanswered', what, why, status: 0, cause: error })
}

/** Each endpoint once, so that the sentence is the same whichever was asked first. */
function unreachable(what: string, troubles: readonly Trouble[]): ProxmoxError {
  const kinds = new Set(troubles.map(({ error }) => (wasNotSent(error) ? error.kind : 'unreachable')))
  const [only = 'unreachable'] = kinds
  const isOneKind = kinds.size === 1
  const told = ({ origin, error }: Trouble) => `${origin} (${textOf(error, isOneKind ? 'alone' : 'besides')})`
  const reasons = [...new Set(troubles.map(told))].sort()
  return new ProxmoxError({
    kind: isOneKind ? only : 'unreachable',
    what,
    why: `no endpoint can be reached: ${reasons.join(', ')}`,
    status: 0,
    cause: troubles[0]?.error,
  })
}

function textOf(error: unknown, among: 'alone' | 'besides'): string {
  const { message } = error as Error
  const remedy = wasNotSent(error) ? error.remedy[among] : undefined
  return remedy === undefined ? message : `${message} ${remedy}`
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : String(name)
}
