/** What the API server says of itself: whether it is ready, and whether it is new enough. */
import { createBackoff } from './backoff.ts'
import type { Kube } from './client.ts'
import type { Clock } from './clock.ts'
import { isServerTrouble } from './errors.ts'
import type { Transport } from './transport.ts'

/** The oldest Kubernetes with everything the resources and policies of this operator need. */
const MINIMUM = { major: 1, minor: 32 }
const READY_WITHIN_MS = 5_000
const PAUSE = { minMs: 250, maxMs: 2_000 }

/**
 * Asks whether the server is ready; never rejects. Its database counts, and whether it knows the rights of its users yet:
 * just after its start it refuses what it allows a second later, this page included. Where that could never be seen, that
 * the server answers at all has to be enough.
 */
export function createReadiness(transport: Transport): () => Promise<boolean> {
  const what = 'ask the API server whether it is ready'
  const request = { method: 'GET', path: '/readyz', verb: 'get', resource: 'readyz', what } as const
  let wasReady = false
  return async () => {
    try {
      const { status } = await transport.request({ ...request, timeoutMs: READY_WITHIN_MS })
      wasReady ||= status === 200
      return wasReady ? status === 200 : status < 500 && status !== 429
    } catch {
      return false
    }
  }
}

/** A server that is away is waited for: to end would only mean to be started again, after ever longer pauses. */
export async function requireServer(kube: Pick<Kube, 'serverVersion'>, clock: Clock): Promise<void> {
  const { major, minor, gitVersion } = await versionOf(kube, clock)
  if (major > MINIMUM.major || minor >= MINIMUM.minor) return
  throw new Error(`Kubernetes ${gitVersion} is too old: ${MINIMUM.major}.${MINIMUM.minor} or newer is needed`)
}

async function versionOf(kube: Pick<Kube, 'serverVersion'>, clock: Clock) {
  const backoff = createBackoff(PAUSE)
  for (;;) {
    try {
      return await kube.serverVersion()
    } catch (error) {
      if (!isServerTrouble(error)) throw error
      await clock.sleep(backoff.next(), new AbortController().signal)
    }
  }
}
