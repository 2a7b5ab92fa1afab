/**
 * Closed while the API server cannot serve. Passes are not begun then: they would all fail, back off, or be told by a
 * server that has only just started what is not so (that a right is missing). What is due waits, and goes on where it was.
 */
import { createBackoff } from '../kube/backoff.ts'
import type { Clock } from '../kube/clock.ts'

export interface ApiGate {
  readonly isOpen: boolean
  /** A request failed in a way that may concern all others too: closed until the server says that it is ready. */
  suspect(): void
  stop(): void
}

export interface ApiGateOptions {
  /** Asks the server. Never rejects. */
  readonly isReady: () => Promise<boolean>
  readonly onOpen: () => void
  /** It is not one request that failed: the server says so itself, or nothing. */
  readonly onAway?: () => void
  readonly clock: Clock
}

/** One question at a time, so that a server that comes back is found within a second or two, and not overwhelmed. */
const PAUSE = { minMs: 250, maxMs: 2_000 }

export function createApiGate({ isReady, onOpen, onAway = () => undefined, clock }: ApiGateOptions): ApiGate {
  const ending = new AbortController()
  let isOpen = true

  const untilReady = async () => {
    const backoff = createBackoff(PAUSE)
    for (let asked = 0; !ending.signal.aborted; asked += 1) {
      const ready = await isReady()
      if (ending.signal.aborted) return
      if (ready) {
        isOpen = true
        return onOpen()
      }
      if (asked === 0) onAway()
      await clock.sleep(backoff.next(), ending.signal)
    }
  }

  return {
    get isOpen() {
      return isOpen
    },
    suspect() {
      if (!isOpen) return
      isOpen = false
      void untilReady()
    },
    stop: () => ending.abort(),
  }
}
