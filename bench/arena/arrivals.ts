/** When releases were Deployed, by Helm's own records: the one sign that all contenders leave. One watch for all. */
import { createInformer } from '../../src/kube/informer.ts'
import type { Arena } from './arena.ts'
import { whenHolds } from './deadline.ts'

export interface Arrivals {
  /** Milliseconds on the monotonic clock, one for each release, once all of them are at that revision. */
  whenDeployed(revision: number, timeoutMs: number): Promise<number[]>
  stop(): Promise<void>
}

export async function watchArrivals({ transport, discovery }: Arena, releases: readonly string[]): Promise<Arrivals> {
  const expected = new Set(releases)
  const informer = createInformer({
    transport,
    discovery,
    kind: { apiVersion: 'v1', kind: 'Secret' },
    labelSelector: 'owner=helm',
    metadataOnly: true,
  })
  const seen = new Map<string, Map<string, number>>()
  const waiting = new Set<() => void>()
  informer.onChange(({ type, object }) => {
    const { version = '', status, name = '' } = object.metadata.labels ?? {}
    if (type === 'deleted' || status !== 'deployed' || !expected.has(name)) return
    const arrived = seen.get(version) ?? new Map<string, number>()
    seen.set(version, arrived)
    if (!arrived.has(name)) arrived.set(name, performance.now())
    for (const look of waiting) look()
  })
  informer.start()
  await informer.whenSynced()
  const deployed = (revision: number) => [...(seen.get(String(revision))?.values() ?? [])]

  return {
    async whenDeployed(revision, timeoutMs) {
      await whenHolds(waiting, {
        holds: () => deployed(revision).length >= expected.size,
        lacking: () => `${deployed(revision).length} of ${expected.size} releases are at revision ${revision} in time`,
        timeoutMs,
      })
      return deployed(revision)
    },
    stop: () => informer.stop(),
  }
}
