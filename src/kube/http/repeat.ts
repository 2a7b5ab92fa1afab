/** Which requests are sent again: only those that can do no harm twice, and only where that has a chance. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TransportRequest } from '../transport.ts'
import { ExchangeError } from './channel.ts'

interface Outcome {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** How long, and how often, a read waits because the server asks for that (429). Writes are left to their caller. */
const MAX_RETRY_AFTER_MS = 10_000
const MAX_WAITS = 3

/** How often a request is sent again that the server provably did not look at: it may be sent away several times in a row. */
const MAX_REFUSALS = 3

/**
 * A lost connection: once more where the request was a read, and a few times where it was provably not looked at. A
 * connection that could not be opened at all is not tried again, for the next try would be the same.
 */
export async function repeating<T extends Outcome>(
  request: Pick<TransportRequest, 'method'>,
  signal: AbortSignal,
  send: () => Promise<T>,
): Promise<T> {
  const times = { no: 0, maybe: 0 }
  for (let waits = 0; ; ) {
    try {
      const outcome = await send()
      const waitMs = waits < MAX_WAITS ? retryAfterMs(request, outcome) : undefined
      if (waitMs === undefined) return outcome
      waits += 1
      await sleep(waitMs, undefined, { signal })
    } catch (error) {
      if (signal.aborted || !(error instanceof ExchangeError)) throw error
      times[error.processed] += 1
      if (!mayRepeat(request, times)) throw error
    }
  }
}

function mayRepeat(
  { method }: Pick<TransportRequest, 'method'>,
  { no, maybe }: { no: number; maybe: number },
): boolean {
  return no <= MAX_REFUSALS && maybe <= (method === 'GET' ? 1 : 0)
}

function retryAfterMs({ method }: Pick<TransportRequest, 'method'>, { status, headers }: Outcome): number | undefined {
  if (method !== 'GET' || status !== 429) return undefined
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return seconds * 1000 <= MAX_RETRY_AFTER_MS ? seconds * 1000 : undefined
}
