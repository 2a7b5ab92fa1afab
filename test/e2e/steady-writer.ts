/** A client that writes notes one after another, and remembers which of them were acknowledged. */
import { setTimeout as delay } from 'node:timers/promises'
import type { IngressClient } from '../../dev/demo/ingress-client.ts'

export interface SteadyWriter {
  /** Texts of the notes that the API answered with 201, in order. */
  readonly acknowledged: readonly string[]
  /** How many requests failed, or were answered otherwise. */
  readonly refused: number
  stop(): Promise<void>
}

/** So that an application that is down is asked a few times a second, not as often as a loop can. */
const pauseMs = 50

export function startWriting(ingress: IngressClient, { host, token }: { host: string; token: string }): SteadyWriter {
  const acknowledged: string[] = []
  let refused = 0
  let stopped = false
  const ended = (async () => {
    for (let count = 1; !stopped; count += 1) {
      const text = `note ${count}`
      const answer = await ingress
        .ask(host, { path: '/api/notes', method: 'POST', token, body: { text } })
        .catch(() => undefined)
      if (answer?.status === 201) acknowledged.push(text)
      else refused += 1
      await delay(pauseMs)
    }
  })()
  return {
    acknowledged,
    get refused() {
      return refused
    },
    async stop() {
      stopped = true
      await ended
    },
  }
}
