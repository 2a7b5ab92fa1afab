/**
 * What the kubelet is told. Alive: unless a restart would help, which it never does while the API server is away. Ready:
 * the watches are complete, be it to work or to stand by.
 */
import type { Page } from './http-server.ts'

export interface HealthSources {
  readonly synced: () => boolean
  /** Of the watch that has neither heard from the server nor tried to for the longest time. */
  readonly watchesIdleForMs: () => number
  readonly longestPassMs: () => number
}

/** A watch hears a bookmark a minute, and tries again within seconds where the server is away. */
const IDLE_MS = 10 * 60_000
/** Everything that a pass waits for has a deadline of a minute or less. */
const PASS_MS = 30 * 60_000

export function healthPages(sources: HealthSources): Readonly<Record<'/healthz' | '/readyz', Page>> {
  return {
    '/healthz': async () => page(sickness(sources)),
    '/readyz': async () => page(sources.synced() ? undefined : 'the watches are not complete yet'),
  }
}

function sickness({ watchesIdleForMs, longestPassMs }: HealthSources): string | undefined {
  if (watchesIdleForMs() > IDLE_MS) return 'a watch hangs'
  return longestPassMs() > PASS_MS ? 'a pass hangs' : undefined
}

function page(wrong: string | undefined) {
  return { status: wrong === undefined ? 200 : 503, contentType: 'text/plain', body: `${wrong ?? 'ok'}\n` }
}
